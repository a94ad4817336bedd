"""The members that only our own daemon has (D-Bus contract, 10.7), and those T22 keeps from trays.

Another daemon lacks them: then `ask` says so.
"""

from __future__ import annotations

from typing import Any

from u1tray.bus.blocking import call
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import ContractError, U1Error

READ_SECONDS = 10.0
UNDO_SECONDS = 3600.0


def _own(name: str, signature: str = "") -> Method:
    return Method(
        names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, name, signature, READ_SECONDS
    )


HELD = _own("held")
APPLY_HELD = _own("apply_held")
RESTORE_HELD = _own("restore_held")
CONFLICTS = _own("conflicts")
TROUBLES = _own("troubles")
SUMMARY = _own("summary")
EXPLAIN = _own("explain", "s")
PAUSE = _own("pause", "d")
JOURNAL = _own("journal", "u")
JOURNAL_AFTER = _own("journal_after", "a{ss}")
RESUME = _own("resume")
SPARE_NOTHING = _own("spare_nothing")


UNDO = Method(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "undo", "dsb", UNDO_SECONDS)
JOURNALED = Signal(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "Journaled")


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
    """What our daemon answers. Raises ContractError where another daemon runs."""
    try:
        return call(bus, method, *values)
    except U1Error as error:
        if error.code in {names.UNKNOWN_METHOD, names.UNKNOWN_OBJECT} or (
            error.code.endswith("UnknownInterface")
        ):
            text = "The file sync service that is running cannot tell that; u1tray-syncdaemon can."
            raise ContractError(text, code=error.code) from error
        raise
