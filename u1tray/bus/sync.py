"""The members of our own daemon beside the contract, on `/` (docs/sync-interface.md).

Another daemon lacks them and answers UnknownMethod or UnknownInterface.
"""

from __future__ import annotations

from u1tray.bus.calls import Method
from u1tray.bus.signals import Signal
from u1tray.vocabulary import names

READ_SECONDS = 10.0
UNDO_SECONDS = 3600.0


def _sync(name: str, signature: str = "", seconds: float = READ_SECONDS) -> Method:
    return Method(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, name, signature, seconds)


SUMMARY = _sync("summary")
HELD = _sync("held")
APPLY_HELD = _sync("apply_held", "s")
RESTORE_HELD = _sync("restore_held")
CONFLICTS = _sync("conflicts")
TROUBLES = _sync("troubles")
OUTSTANDING = _sync("outstanding")
EXPLAIN = _sync("explain", "s")
JOURNAL = _sync("journal", "u")
JOURNAL_AFTER = _sync("journal_after", "a{ss}")
UNDO = _sync("undo", "dsb", UNDO_SECONDS)
PAUSE = _sync("pause", "d")
RESUME = _sync("resume")
SPARE_NOTHING = _sync("spare_nothing")

CHANGED = Signal(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "Changed", arguments=0)
JOURNALED = Signal(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "Journaled")
