"""Which paths may become a synced folder (D-Bus contract, 5.4). Only looks at the disk."""

from __future__ import annotations

from pathlib import Path

DOES_NOT_EXIST = "DOES_NOT_EXIST"


def may_become_folder(path: str, *, home: Path, root_dir: Path) -> bool:
    """Whether a path is, or could be made, a folder of its own below the home directory.

    Folders do not nest with the root folder (REST contract, 5), go through no link, and their
    names can be stored.
    """
    wanted = expand(path, home)
    if wanted is None or not wanted.is_relative_to(home) or wanted == home:
        return False
    if wanted.is_relative_to(root_dir) or root_dir.is_relative_to(wanted):
        return False
    parts = wanted.relative_to(home).parts
    places = [home.joinpath(*parts[: count + 1]) for count in range(len(parts))]
    try:
        return all(_is_directory_or_free(place) for place in places)
    except OSError:  # such as a name that is too long
        return False


def expand(path: str, home: Path) -> Path | None:
    """An absolute path without `~` and `..`; None for what is no path or no text."""
    if path == "~" or path.startswith("~/"):
        path = str(home) + path[1:]
    try:
        path.encode()
    except UnicodeEncodeError:
        return None
    if not path.startswith("/") or "\0" in path:
        return None
    found = Path(path)
    return None if ".." in found.parts else found


def _is_directory_or_free(place: Path) -> bool:
    if place.is_symlink():
        return False
    return place.is_dir() or not place.exists()
