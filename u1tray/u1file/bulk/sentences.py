"""What is said of a file that is done with, where every file is told."""

from __future__ import annotations

from u1tray.u1file import remote
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.vocabulary.units import format_bytes

_DONE = {
    Status.STORED: "Stored",
    Status.WRITTEN: "Wrote",
    Status.MADE: "Made",
    Status.DELETED: "Deleted",
}
_WOULD = {
    Status.STORED: "Would store",
    Status.WRITTEN: "Would write",
    Status.MADE: "Would make",
    Status.DELETED: "Would delete",
}


def sentence(outcome: Outcome) -> str | None:
    """Such as `Stored ~/Docs/a, 4.1 kB.`; None for what nobody wants to read of each file."""
    words = (_DONE if outcome.is_tried else _WOULD).get(outcome.status)
    if words is None:
        return None
    is_here = outcome.is_here or outcome.status is Status.WRITTEN
    name = remote.printable(outcome.local) if is_here else remote.shown(outcome.remote)
    carries = outcome.status in (Status.STORED, Status.WRITTEN)
    return f"{words} {name}" + (f", {format_bytes(outcome.size)}." if carries else ".")
