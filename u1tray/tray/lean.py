"""Keeps what the indicator does not use out of its memory. Import it before anything else.

Each of these is imported by a module that we need and that hardly ever uses it; it is loaded when
somebody really asks. (importlib's own LazyLoader loads at the next import statement already.)
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

POSTPONED = (
    "inspect",  # dataclasses: for classes without a docstring; brings parser and disassembler
    "traceback",  # logging: for exceptions; brings the tokenizer
    "configparser",  # tray.settings: for an existing file
    "shlex",  # tray.autostart: for an existing autostart file
)


class _Postponed(ModuleType):
    """Stands for a module until one of its attributes is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system looks at every module
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = importlib.import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def postpone(name: str) -> None:
    """Load a module of the standard library at its first use, unless it is loaded already."""
    sys.modules.setdefault(name, _Postponed(name))


for _name in POSTPONED:
    postpone(_name)
