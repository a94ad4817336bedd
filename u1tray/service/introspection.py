"""Describes exported objects in the introspection format of the D-Bus specification."""

from __future__ import annotations

from collections.abc import Iterable

from dbus_fast import introspection as described
from dbus_fast.constants import ArgDirection

from u1tray.service.interfaces import Interface, Method, Signal, complete_types

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEER = "org.freedesktop.DBus.Peer"

# What every object answers besides its own interfaces. Properties and ObjectManager are left
# out on purpose: there are none (D-Bus contract, section 1).
_STANDARD = (
    described.Interface(
        INTROSPECTABLE,
        methods=[described.Method("Introspect", [], [described.Arg("s", ArgDirection.OUT, "xml")])],
    ),
    described.Interface(
        PEER,
        methods=[
            described.Method("Ping"),
            described.Method(
                "GetMachineId", [], [described.Arg("s", ArgDirection.OUT, "machine_uuid")]
            ),
        ],
    ),
)


def _arguments(
    signature: str, direction: ArgDirection, argument_names: tuple[str, ...] = ()
) -> list[described.Arg]:
    types = complete_types(signature)
    padded = (*argument_names, *(None for _ in types))
    return [described.Arg(one, direction, name) for one, name in zip(types, padded, strict=False)]


def _method(method: Method) -> described.Method:
    return described.Method(
        method.name,
        _arguments(method.inputs, ArgDirection.IN, method.argument_names),
        _arguments(method.outputs, ArgDirection.OUT),
    )


def _signal(signal: Signal) -> described.Signal:
    return described.Signal(
        signal.name, _arguments(signal.signature, ArgDirection.OUT, signal.argument_names)
    )


def describe(path: str, interfaces: Iterable[Interface], children: Iterable[str]) -> str:
    """The XML of one object; `children` are the names of the nodes right below it."""
    own = [
        described.Interface(
            one.name,
            methods=[_method(found) for found in one.methods.values()],
            signals=[_signal(found) for found in one.signals],
        )
        for one in interfaces
    ]
    node = described.Node(path, interfaces=[*_STANDARD, *own])
    node.nodes = [described.Node(child) for child in sorted(children)]
    return node.tostring()
