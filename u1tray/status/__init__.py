"""What a person is told about file sync, decided purely (D-Bus contract, sections 7 and 8).

`update(model, event, now) -> (model, commands)` and `present(model) -> View` are all there is.
Nothing in here knows Qt, a bus, a clock or a language; the programs carry events in and commands
out.
"""
