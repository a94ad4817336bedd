"""Where the daemon's folders are (D-Bus contract, 10.6)."""

from __future__ import annotations

from pathlib import Path

from u1tray.syncdaemon.folders import expand
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError


def root_directory(option: str) -> Path:
    """The synced folder of the option `root_dir`. UsageError for what is no place for one."""
    found = expand(option.strip(), Path.home())
    if found is None or found in {Path("/"), Path.home()}:
        text = f"root_dir = {option!r} is not a folder of its own: write for example ~/Ubuntu One"
        raise UsageError(text)
    return found


def is_missing(path: Path) -> bool:
    """Whether there is no synced folder. UsageError where nobody may know."""
    try:
        return not path.exists()
    except OSError as error:
        text = f"the folder {path} cannot be seen: {error.strerror}"
        raise UsageError(text) from error


def make_root_directory(path: Path) -> None:
    """Make the synced folder if it is missing. UsageError where it cannot."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"the folder {path} cannot be made: {error.strerror}"
        raise UsageError(text) from error


def shares_directory() -> Path:
    """Where folders shared with this person would be."""
    return places.data_directory() / "shares"


def shares_link(root_dir: Path) -> Path:
    """The link to them within the synced folder."""
    return root_dir / "Shared With Me"
