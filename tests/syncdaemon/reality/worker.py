"""Random file work of a seed in one folder, which remembers what nobody has given up.

Every content is unique. What the work deletes or replaces is moved out of the folder in one step
and looked at there, so that it is known exactly which content was given up, whatever a daemon
does at the same moment.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.syncdaemon.reality.rig import picture_of, sha1
from u1tray.engine.local.renames import exchange, move_without_replacing

MOST_FILES = 300
DEEPEST = 4
_NAMES = [*"abcdefghij", "Notes.txt", "notes.txt", "caf\u00e9.odt", "100% #1?.md", ".hidden"]
_NAMES += [f"{number}.dat" for number in range(30)]


@dataclass
class Ledger:
    """What was written and what was given up, by both sides together."""

    written: dict[str, bool] = field(default_factory=dict)
    """Contents by their SHA-1; True if they came into place in one step."""
    given_up: set[str] = field(default_factory=set)
    changes: int = 0
    bytes: int = 0

    def note(self, data: bytes, *, at_once: bool) -> None:
        """A content is in the folder now."""
        self.written[sha1(data)] = at_once
        self.changes += 1
        self.bytes += len(data)

    @property
    def kept(self) -> dict[str, bool]:
        """What must be there in the end."""
        return {key: how for key, how in self.written.items() if key not in self.given_up}


class Worker:
    """Works in one folder. What it takes out lies in `graveyard`, on the same disk."""

    def __init__(
        self, folder: Path, graveyard: Path, chance: random.Random, ledger: Ledger
    ) -> None:
        self.folder = folder
        self.graveyard = graveyard
        graveyard.mkdir()
        self._chance = chance
        self._ledger = ledger
        self._number = 0
        self._works: dict[Callable[[list[Path], list[Path]], None], int] = {
            self._create: 30,
            self._replace: 20,
            self._append: 10,
            self._rename: 12,
            self._swap: 4,
            self._delete: 9,
            self._make: 6,
            self._move_directory: 4,
            self._delete_directory: 1,
        }

    def work(self) -> None:
        """One change; what cannot be done, because nothing is there or all moves, is left."""
        try:
            directories, files = self._listing()
            works = list(self._works)
            weights = list(self._works.values())
            if len(files) > MOST_FILES:
                works, weights = [self._delete], [1]
            self._chance.choices(works, weights)[0](directories, files)
        except (OSError, IndexError):
            pass

    def _listing(self) -> tuple[list[Path], list[Path]]:
        directories, files = [self.folder], []
        for directory, below, names in os.walk(self.folder):
            below[:] = sorted(name for name in below if not name.startswith(".u1tray-"))
            directories += [Path(directory, name) for name in below]
            files += [Path(directory, name) for name in sorted(names)]
        return directories, [path for path in files if not path.name.startswith(".u1tray-")]

    def _content(self) -> bytes:
        self._number += 1
        size = self._chance.choice((0, 10, 100, 4000, 4000, 40_000, 400_000))
        if self._chance.random() < 0.01:
            size = 3_000_000
        head = f"{self.folder} {self._number} {self._chance.random()}\n".encode()
        return head + self._chance.randbytes(size)

    def _place(self, directories: list[Path]) -> Path:
        return self._chance.choice(directories) / self._chance.choice(_NAMES)

    def _grave(self) -> Path:
        self._number += 1
        return self.graveyard / str(self._number)

    def _create(self, directories: list[Path], _files: list[Path]) -> None:
        path, data = self._place(directories), self._content()
        if self._chance.random() < 0.5:
            grave = self._grave()
            grave.write_bytes(data)
            _rename(grave, path)
            self._ledger.note(data, at_once=True)
            return
        with path.open("xb") as file:
            half = len(data) // 2
            file.write(data[:half])
            file.flush()
            file.write(data[half:])
        self._ledger.note(data, at_once=False)

    def _replace(self, _directories: list[Path], files: list[Path]) -> None:
        path, data, grave = self._chance.choice(files), self._content(), self._grave()
        grave.write_bytes(data)
        with _opened(grave.parent) as graves, _opened(path.parent) as directory:
            exchange(graves, grave.name, directory, path.name)
        self._ledger.note(data, at_once=True)
        self._give_up(grave)

    def _append(self, _directories: list[Path], files: list[Path]) -> None:
        with self._chance.choice(files).open("r+b") as file:
            before = file.read()
            data = self._content()
            file.write(data)
            file.flush()
        self._ledger.note(before + data, at_once=False)
        self._ledger.given_up.add(sha1(before))

    def _rename(self, directories: list[Path], files: list[Path]) -> None:
        _rename(self._chance.choice(files), self._place(directories))
        self._ledger.changes += 1

    def _swap(self, _directories: list[Path], files: list[Path]) -> None:
        one, other = self._chance.choice(files), self._chance.choice(files)
        with _opened(one.parent) as first, _opened(other.parent) as second:
            exchange(first, one.name, second, other.name)
        self._ledger.changes += 1

    def _delete(self, _directories: list[Path], files: list[Path]) -> None:
        grave = self._grave()
        self._chance.choice(files).rename(grave)
        self._give_up(grave)
        self._ledger.changes += 1

    def _make(self, directories: list[Path], _files: list[Path]) -> None:
        path = self._place(directories)
        if len(path.relative_to(self.folder).parts) <= DEEPEST:
            path.mkdir()
            self._ledger.changes += 1

    def _move_directory(self, directories: list[Path], _files: list[Path]) -> None:
        _rename(self._chance.choice(directories[1:] or [self.folder]), self._place(directories))
        self._ledger.changes += 1

    def _delete_directory(self, directories: list[Path], _files: list[Path]) -> None:
        grave = self._grave()
        self._chance.choice(directories[1:] or [self.folder / "none"]).rename(grave)
        self._give_up(grave)
        self._ledger.changes += 1

    def _give_up(self, grave: Path) -> None:
        if grave.is_dir():
            self._ledger.given_up |= {one for one in picture_of(os.fsencode(grave)).values() if one}
            return
        self._ledger.given_up.add(sha1(grave.read_bytes()))
        grave.unlink()

    def buried(self) -> set[str | None]:
        """What lies in directories that were taken out; a daemon may have put something there."""
        return set(picture_of(os.fsencode(self.graveyard)).values())

    def forget(self) -> None:
        """Remove what was taken out."""
        shutil.rmtree(self.graveyard)


def _rename(path: Path, target: Path) -> None:
    """Never over anything."""
    with _opened(path.parent) as source, _opened(target.parent) as directory:
        move_without_replacing(source, path.name, directory, target.name)


class _opened:  # noqa: N801 - reads as a verb
    """A directory's descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int:
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        return self._descriptor

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)
