"""Asking the members that only our own daemon has, and those T22 keeps from trays.

Another daemon lacks them: then `ask` says so.
"""

from __future__ import annotations

from typing import Any

from u1tray.bus.blocking import call
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import ContractError, U1Error, UsageError

_LACKING = {names.UNKNOWN_METHOD, names.UNKNOWN_OBJECT, names.UNKNOWN_INTERFACE}


def nirvana(timeout_seconds: float) -> Method:
    """wait_for_nirvana, which answers only when everything is in sync (5.1)."""
    return Method(
        names.SYNCDAEMON,
        names.ROOT_PATH,
        names.SYNCDAEMON_INTERFACE,
        "wait_for_nirvana",
        "d",
        timeout_seconds,
    )


def ask(bus: Bus, method: Method, *values: object) -> Any:
    """What our daemon answers. Raises ContractError where another daemon runs, UsageError."""
    try:
        return call(bus, method, *values)
    except UnicodeEncodeError as error:
        text = "The session bus takes no names that are not UTF-8."
        raise UsageError(text) from error
    except U1Error as error:
        if error.code in _LACKING:
            text = "The file sync service that is running cannot tell that; u1tray-syncdaemon can."
            raise ContractError(text, code=error.code) from error
        raise
