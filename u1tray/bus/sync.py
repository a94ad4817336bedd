"""The members of our own daemon beside the contract, on `/` (docs/sync-interface.md).

Another daemon lacks them and answers UnknownMethod or UnknownInterface.
"""

from __future__ import annotations

from u1tray.bus.calls import Method
from u1tray.bus.signals import Signal
from u1tray.vocabulary import names

READ_SECONDS = 10.0


def _sync(name: str) -> Method:
    return Method(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, name, "", READ_SECONDS)


SUMMARY = _sync("summary")
HELD = _sync("held")
APPLY_HELD = _sync("apply_held")
RESTORE_HELD = _sync("restore_held")
CONFLICTS = _sync("conflicts")
TROUBLES = _sync("troubles")
SPARE_NOTHING = _sync("spare_nothing")

CHANGED = Signal(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "Changed", arguments=0)
