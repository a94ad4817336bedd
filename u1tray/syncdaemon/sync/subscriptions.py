"""Which folders of the cloud are synced here, and where; kept in the daemon's metadata."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from u1tray.disk.files import write_atomically
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import U1Error

_log = logging.getLogger(__name__)

VERSION = 1


@dataclass(frozen=True)
class Subscription:
    """A volume of the cloud, such as `~/Docs`, and the folder it is synced to."""

    path: str
    directory: Path
    volume_id: str


class Subscriptions:
    """The subscribed folders by their path in the cloud, such as `~/Docs`; not the root."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._directories = _read(file)

    def __iter__(self) -> Iterator[Subscription]:
        return iter([self.of(path) for path in sorted(self._directories)])

    def of(self, path: str) -> Subscription:
        """A folder, subscribed or not: where it is, or would be."""
        return Subscription(path, self._directories.get(path) or default_directory(path), path)

    def __contains__(self, path: str) -> bool:
        return path in self._directories

    def add(self, path: str, directory: Path) -> Subscription:
        """Remember a folder. Raises U1Error where that fails."""
        self._write({**self._directories, path: directory})
        return self.of(path)

    def remove(self, path: str) -> None:
        """Forget a folder. Raises U1Error where that fails."""
        self._write({one: where for one, where in self._directories.items() if one != path})

    def _write(self, directories: dict[str, Path]) -> None:
        folders = {path: str(directory) for path, directory in directories.items()}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            content = json.dumps({"version": VERSION, "folders": folders})
            write_atomically(self._file, content.encode() + b"\n", 0o600)
        except OSError as error:
            text = f"{self._file} cannot be written: {error.strerror}"
            raise U1Error(text) from error
        self._directories = directories


def subscriptions_file() -> Path:
    """Where they are remembered (10.6)."""
    return places.data_directory() / "syncdaemon/folders.json"


def default_directory(path: str) -> Path:
    """Where a folder such as `~/Docs` belongs on every computer."""
    return Path.home() / path.removeprefix("~/")


def _read(file: Path) -> dict[str, Path]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {str(path): Path(where) for path, where in content["folders"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        # Nothing is lost: the folders are there, and can be subscribed to again.
        _log.error("%s cannot be read: %s", file, " ".join(str(error).split()))
        return {}
