"""Checks that a whole tree on disk is as it was seen, before and after it was moved away."""

from __future__ import annotations

from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import below, has_same_bytes, look_at
from u1tray.engine.local.hashing import changed
from u1tray.engine.local.ignore import Ignore
from u1tray.engine.local.listing import list_directory
from u1tray.engine.ports import Listing, Names, Oddity, Stat


def check_tree(
    parent: int, name: str, names: Names, stats: dict[Names, Stat], ignore: Ignore
) -> None:
    """Check what has a name in an open directory, and was seen at `names` with all below it.

    What was never synced (ignored, links, special files) goes along with its directory.
    Raises Changed where anything else was not seen, or is not as it was seen; OSError.
    """
    if not has_same_bytes(look_at(parent, name), stats[names]):
        raise changed()
    found = {names}
    directories = [names] if stats[names].kind is Kind.DIRECTORY else []
    while directories:
        place = directories.pop()
        with below(parent, (name, *place[len(names) :])) as directory:
            listing = list_directory(directory, ignore.within(place))
        for path, stat in _of_interest(place, listing, stats):
            if not has_same_bytes(stat, stats.get(path)):
                raise changed()
            found.add(path)
            if stat.kind is Kind.DIRECTORY:
                directories.append(path)
    if len(found) != len(stats):
        raise changed()


def _of_interest(
    place: Names, listing: Listing, stats: dict[Names, Stat]
) -> list[tuple[Names, Stat]]:
    if Oddity.OTHER_DISK in listing.oddities.values():
        raise changed()
    tracked = {name: stat for name, stat in listing.ignored.items() if (*place, name) in stats}
    return [((*place, name), stat) for name, stat in {**listing.stats, **tracked}.items()]
