"""What goes wrong on the bus: errors we answer with, and errors others answer us with."""

from __future__ import annotations

from u1tray.vocabulary import names
from u1tray.vocabulary.errors import RefusedError


class MethodError(Exception):
    """Raised by an exported method: the exact D-Bus error name and a one-line text."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        # D-Bus contract 10.5: one line, no traceback.
        self.text = " ".join(text.split())


def key_error(text: str) -> MethodError:
    """`...Python.KeyError`: no such path, node or share (D-Bus contract, 10.5)."""
    return MethodError(names.KEY_ERROR, text)


def value_error(text: str) -> MethodError:
    """`...Python.ValueError`: an argument that cannot be (D-Bus contract, 10.5)."""
    return MethodError(names.VALUE_ERROR, text)


def volume_does_not_exist() -> MethodError:
    """`...VolumeDoesNotExist` with its fixed text (D-Bus contract, 5.1 and 10.5)."""
    return MethodError(names.VOLUME_DOES_NOT_EXIST, "DOES_NOT_EXIST")


def not_supported() -> MethodError:
    """A tier 2 action that is not built yet (D-Bus contract, 11.1)."""
    return MethodError(names.NOT_SUPPORTED, "this is not supported yet")


class CallError(RefusedError):
    """Another service answered a call with an error, or not in time (then `names.NO_REPLY`).

    `name` is the full D-Bus error name; `text` may be a foreign traceback: never show it.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text, code=name)
        self.name = name
