"""Keeps what the indicator does not use out of its memory. Import it before anything else.

Each of these is imported by a module that we need and that hardly ever uses it; it is loaded when
somebody really asks. (importlib's own LazyLoader loads at the next import statement already.)
Must not import `typing` itself: nothing of it has a meaning at run time.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable
from types import ModuleType

POSTPONED = (
    "inspect",  # dataclasses: for classes without a docstring; brings parser and disassembler
    "traceback",  # logging: for exceptions; brings the tokenizer
    "configparser",  # tray.settings: for an existing file
    "shlex",  # tray.autostart: for an existing autostart file
)


class _Postponed(ModuleType):
    """Stands for a module until one of its attributes is asked for."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # the import system looks at every module
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = importlib.import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def postpone(name: str, known: dict[str, object] | None = None) -> None:
    """Load a module of the standard library at its first use, unless it is loaded already.

    The names in `known` can be had without loading it.
    """
    stand_in = _Postponed(name)
    vars(stand_in).update(known or {})
    sys.modules.setdefault(name, stand_in)


def extended_path(path: Iterable[str], name: str) -> list[str]:
    """All directories of a package on sys.path: what PyQt5 asks pkgutil for when it is loaded."""
    here = list(path)
    others = (os.path.join(directory, name) for directory in sys.path)
    return here + [other for other in others if other not in here and os.path.isdir(other)]


def _cast(_kind: object, value: object) -> object:
    return value


for _name in POSTPONED:
    postpone(_name)
# Half a megabyte together. With the annotations unread, these names are all that is ever used;
# the last two are what dataclasses compares each annotation with.
postpone("pkgutil", {"extend_path": extended_path})
postpone(
    "typing",
    {
        "TYPE_CHECKING": False,
        "Any": object,
        "Protocol": object,
        "cast": _cast,
        "ClassVar": object(),
        "_GenericAlias": type("_GenericAlias", (), {}),
    },
)
