"""`/`, beside the contract's interface: what `u1sync` and the indicator show more (10.7).

Each member is described in docs/sync-interface.md.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

from u1tray.service.errors import value_error
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.syncdaemon.folders import expand
from u1tray.syncdaemon.pausing import Pausing
from u1tray.syncdaemon.sync.report import Report
from u1tray.vocabulary.names import SYNC_INTERFACE


class SyncFace(Interface):
    """Held deletions, conflicts, troubles, explanations, and pausing."""

    name: ClassVar[str] = SYNC_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (Signal("Changed"),)

    def __init__(self, report: Report, pausing: Pausing) -> None:
        self._report = report
        self._pausing = pausing

    @method("", "a{ss}")
    def summary(self) -> dict[str, str]:
        return self._report.summary()

    @method("", "aa{ss}")
    def held(self) -> list[dict[str, str]]:
        return self._report.held()

    @method()
    def apply_held(self) -> None:
        self._report.apply_held()

    @method()
    def restore_held(self) -> None:
        self._report.restore_held()

    @method("", "as")
    def conflicts(self) -> list[str]:
        return self._report.conflicts()

    @method("", "aa{ss}")
    def troubles(self) -> list[dict[str, str]]:
        return self._report.troubles()

    @method("s", "a{ss}")
    async def explain(self, path: str) -> dict[str, str]:
        wanted = expand(path, Path.home())
        if wanted is None:
            text = "not an absolute path"
            raise value_error(text)
        return await self._report.explain(wanted)

    @method("d")
    def pause(self, seconds: float) -> None:
        if not math.isfinite(seconds) or seconds < 0:
            text = "write a number of seconds, 0 for no end"
            raise value_error(text)
        self._pausing.pause(seconds)

    @method()
    def resume(self) -> None:
        self._pausing.resume()
