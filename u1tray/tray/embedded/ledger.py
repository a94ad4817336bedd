"""The manifest while it grows: every change is on disk before the next thing happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from u1tray.tray.embedded import manifest
from u1tray.tray.embedded.manifest import Kind, Made, Manifest


class Ledger:
    """Keeps `manifest` and its file the same. Every method raises OSError."""

    def __init__(self, found: Manifest) -> None:
        self.manifest = found

    def note(self, kind: Kind, path: Path) -> None:
        """A thing that is about to be made."""
        self._keep(self.manifest.with_made(kind, path))

    def note_all(self, made: Iterable[Made]) -> None:
        """Things that others are about to make."""
        noted = self.manifest
        for each in made:
            noted = noted.with_made(each.kind, each.path)
        self._keep(noted)

    def drop(self, kind: Kind) -> None:
        """Things of this kind are gone again."""
        self._keep(self.manifest.without(kind))

    def change(self, **fields: Any) -> None:
        """Other fields of the manifest."""
        self._keep(replace(self.manifest, **fields))

    def _keep(self, new: Manifest) -> None:
        self.manifest = new
        manifest.save(new)
