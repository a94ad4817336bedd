"""`/`, beside the contract's interface: what `u1sync` and the indicator show more (10.7).

Each member is described in docs/sync-interface.md.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote_to_bytes

from u1tray.engine.ports import DiskError
from u1tray.service.errors import MethodError, key_error, value_error
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.syncdaemon.folders import expand
from u1tray.syncdaemon.pausing import Pausing
from u1tray.syncdaemon.sparing import Sparing
from u1tray.syncdaemon.sync.bulletin import Bulletin
from u1tray.syncdaemon.sync.history import History
from u1tray.syncdaemon.sync.report import Report
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError
from u1tray.vocabulary.names import SYNC_INTERFACE

_URI = "file:///"


class SyncFace(Interface):
    """Held deletions, conflicts, troubles, explanations, the journal, undo, and pausing."""

    name: ClassVar[str] = SYNC_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (Signal("Changed"), Signal("Journaled"))

    def __init__(
        self,
        report: Report,
        bulletin: Bulletin,
        history: History,
        *,
        pausing: Pausing,
        sparing: Sparing,
    ) -> None:
        self._sparing = sparing
        self._report = report
        self._bulletin = bulletin
        self._history = history
        self._pausing = pausing

    @method("", "a{ss}")
    def summary(self) -> dict[str, str]:
        self._bulletin.answered()
        return self._report.summary() | self._pausing.told()

    @method("", "aa{ss}")
    def held(self) -> list[dict[str, str]]:
        return self._report.held()

    @method("s", "aa{ss}")
    def apply_held(self, shown: str) -> list[dict[str, str]]:
        try:
            return self._report.apply_held(shown)
        except ValueError as error:
            text = "write the `shown` of an answer of `held`"
            raise value_error(text) from error
        except DiskError as error:
            raise MethodError(names.FAILED, error.text) from error

    @method()
    def restore_held(self) -> None:
        try:
            self._report.restore_held()
        except DiskError as error:
            raise MethodError(names.FAILED, error.text) from error

    @method("", "as")
    def conflicts(self) -> list[str]:
        return self._report.conflicts()

    @method("", "aa{ss}")
    def troubles(self) -> list[dict[str, str]]:
        return self._report.troubles()

    @method("", "u")
    def outstanding(self) -> int:
        return self._report.outstanding()

    @method("s", "a{ss}")
    async def explain(self, path: str) -> dict[str, str]:
        wanted = _of_uri(path) if path.startswith(_URI) else expand(path, Path.home())
        if wanted is None:
            text = "not an absolute path"
            raise value_error(text)
        return await self._report.explain(wanted)

    @method("u", "aa{ss}")
    def journal(self, most: int) -> list[dict[str, str]]:
        return self._history.last(most)

    @method("a{ss}", "aa{ss}")
    def journal_after(self, seen: dict[str, str]) -> list[dict[str, str]]:
        try:
            return self._history.after(seen)
        except ValueError as error:
            text = "write the ids that were seen, by volume id"
            raise value_error(text) from error

    @method("dsb", "aa{ss}")
    async def undo(self, seconds: float, path: str, is_dry: bool) -> list[dict[str, str]]:
        if not math.isfinite(seconds) or seconds < 0:
            text = "write a number of seconds"
            raise value_error(text)
        wanted = expand(path, Path.home())
        if path and wanted is None:
            text = "not an absolute path"
            raise value_error(text)
        try:
            return await self._history.undo(seconds, wanted if path else None, is_dry=is_dry)
        except NotFoundError as error:
            raise key_error(error.text) from error

    @method("d")
    def pause(self, seconds: float) -> None:
        if not math.isfinite(seconds) or seconds < 0:
            text = "write a number of seconds, 0 for no end"
            raise value_error(text)
        self._pausing.pause(seconds)

    @method()
    def spare_nothing(self) -> None:
        self._sparing.override()

    @method()
    def resume(self) -> None:
        self._pausing.resume()


def _of_uri(text: str) -> Path | None:
    """The path of a file: URI (RFC 8089), which can say bytes that are no UTF-8."""
    path = os.fsdecode(unquote_to_bytes(text[len(_URI) - 1 :]))
    found = Path(path)
    return None if "\0" in path or ".." in found.parts else found
