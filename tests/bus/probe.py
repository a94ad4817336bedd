"""A client under test in a process of its own: the bus room on Qt's loop, reporting JSON lines.

    python -m tests.bus.probe SCENARIO [ARGUMENT...]

Prints `ready` once it listens, then one JSON value a line for everything it hears.
"""

from __future__ import annotations

import json
import logging
import sys

from PyQt5.QtCore import QCoreApplication, QTimer

from u1tray.bus import notifications, owners
from u1tray.bus.calls import Method, call
from u1tray.bus.export import Offer, export
from u1tray.bus.loop import attach_qt
from u1tray.bus.session import open_session
from u1tray.bus.signals import Signal, listen

NAME = "com.example.Peer"
PATH = "/peer"
INTERFACE = "com.example.Interface"


def say(value) -> None:
    """Bytes are told as {"bytes": hex}."""
    print(json.dumps(value, default=lambda raw: {"bytes": raw.hex()}), flush=True)


def ready(bus) -> None:
    """Say so after a round trip: everything sent before has reached the bus."""
    call(
        bus,
        owners.LIST_NAMES,
        on_reply=lambda _names: print("ready", flush=True),
        on_error=lambda error: say(error.name),
    )


def calls(bus, member: str, seconds: str, signature: str = "", arguments: str = "[]") -> None:
    """Call once; say the type and value of the reply, or name and text of the error."""
    method = Method(NAME, PATH, INTERFACE, member, signature, float(seconds))
    call(
        bus,
        method,
        *json.loads(arguments),
        on_reply=lambda value: say({"reply": value, "type": type(value).__name__}),
        on_error=lambda error: say({"error": error.name, "text": error.text, "kind": error.kind}),
    )


def listens(bus, member: str, arguments: str) -> None:
    """Say the arguments of each such signal."""
    signal = Signal(NAME, PATH, INTERFACE, member, int(arguments))
    listen(bus, signal, lambda *heard: say(list(heard)))
    ready(bus)


def watches(bus, name: str) -> None:
    """Say each owner."""
    owners.watch(bus, name, say)


def starts(bus, name: str) -> None:
    """Start a service; say `started` or the error's name."""
    owners.start_service(bus, name, lambda: say("started"), lambda error: say(error.name))


def activatable(bus) -> None:
    """Say what could be started, now and after every change."""

    def ask() -> None:
        owners.ask_activatable(bus, lambda names: say(sorted(names)))

    owners.watch_activatable(bus, ask)
    ask()


def offers(bus) -> None:
    """Export an object and own the name."""
    offer = Offer(PATH, INTERFACE, {"Show": lambda: say("shown")}, {"Describe": lambda: "words"})
    export(bus, offer)
    say(owners.request_name(bus, NAME))


def notifies(bus) -> None:
    """Ask for the capabilities, show a bubble, and say what became of it."""
    notifications.listen_actions(bus, lambda ident, key: say(["action", ident, key]))
    notifications.listen_closed(bus, lambda ident, reason: say(["closed", ident, reason]))
    notifications.ask_capabilities(bus, lambda found: say(found and sorted(found)))
    bubble = notifications.Bubble("Full", "a & b", actions=(("open", "Open"),))
    notifications.notify(bus, "u1tray", bubble, lambda ident: say(["shown", ident]))


def idles(bus) -> None:
    """Only be there."""
    ready(bus)


def leaves(bus) -> None:
    """Leave the bus from the loop, let it run a few turns more, and say so."""

    def leave() -> None:
        bus.close()
        QTimer.singleShot(300, lambda: say("left"))

    QTimer.singleShot(0, leave)


SCENARIOS = {
    function.__name__: function
    for function in (calls, listens, watches, starts, activatable, offers, notifies, idles, leaves)
}


def main() -> None:
    """Run a scenario until terminated."""
    logging.basicConfig(format="log: %(message)s", stream=sys.stdout)
    qt = QCoreApplication(["probe"])
    bus = open_session(attach_qt())
    bus.when_lost(lambda: say("lost"))
    SCENARIOS[sys.argv[1]](bus, *sys.argv[2:])
    qt.exec()


if __name__ == "__main__":
    main()
