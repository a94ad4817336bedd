"""Exported interfaces: a class with marked methods and a table of signals.

Only declares; calls are answered in `dispatch`, descriptions written in `introspection`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from dbus_fast.signature import get_signature_tree

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "_dbus_method"


def complete_types(signature: str) -> tuple[str, ...]:
    """The single complete types of a signature: `('s', 'a{ss}')` of `'sa{ss}'`."""
    return tuple(one.signature for one in get_signature_tree(signature).types)


@dataclass(frozen=True)
class Method:
    """A method as callers see it; `function` is the Python attribute that answers it."""

    name: str
    inputs: str
    outputs: str
    argument_names: tuple[str, ...]
    function: str


@dataclass(frozen=True)
class Signal:
    """A broadcast signal; `signature` is exactly what the message carries (`''`: no body)."""

    name: str
    signature: str = ""
    argument_names: tuple[str, ...] = ()


def method(
    inputs: str = "", outputs: str = "", *, name: str = ""
) -> Callable[[_Function], _Function]:
    """Mark a function as a D-Bus method; argument names are its own.

    A plain function is answered at once with what it returns, so signals it emits go out before
    the reply. A coroutine function is answered when it ends, which may be never. `MethodError`
    is answered as that error. One result is returned as itself, several as a tuple.
    """

    def mark(function: _Function) -> _Function:
        parameters = tuple(inspect.signature(function).parameters)[1:]
        if len(parameters) != len(complete_types(inputs)):
            message = f"{function.__name__} does not take the arguments {inputs!r}"
            raise TypeError(message)
        found = Method(name or function.__name__, inputs, outputs, parameters, function.__name__)
        setattr(function, _MARK, found)
        return function

    return mark


Emitter = Callable[[str, Signal, tuple[Any, ...]], None]
"""Sends one signal of the interface named first; bound to a connection and a path."""


class Interface:
    """Base of an exported interface. Subclasses set `name` and `signals` and mark methods."""

    name: ClassVar[str]
    signals: ClassVar[tuple[Signal, ...]] = ()
    signals_by_name: ClassVar[Mapping[str, Signal]] = {}
    methods: ClassVar[Mapping[str, Method]] = {}

    _emitters: list[Emitter]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        marked = (getattr(value, _MARK, None) for _, value in inspect.getmembers(cls))
        cls.signals_by_name = {one.name: one for one in cls.signals}
        cls.methods = {found.name: found for found in marked if isinstance(found, Method)}

    def attach(self, emitter: Emitter) -> None:
        """Let signals out through one more connection and path."""
        self.__dict__.setdefault("_emitters", []).append(emitter)

    def emit(self, member: str, *values: Any) -> None:
        """Broadcast one of `signals`. Goes out in the order of the calls; never waits.

        Before the object is exported, and after its bus is lost, nobody hears it.
        """
        signal = self.signals_by_name[member]
        for emitter in self.__dict__.get("_emitters", ()):
            emitter(self.name, signal, values)
