"""What became of one file, and of all of them together. Plain values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from u1tray.terminal.documents import error_value
from u1tray.vocabulary.errors import (
    BusyError,
    ConflictError,
    ContractError,
    NotFoundError,
    OfflineError,
    QuotaError,
    RefusedError,
    ServerError,
    SignedOutError,
    U1Error,
    UsageError,
    meaning_of,
)
from u1tray.vocabulary.units import format_bytes

# No fault of the file's: what comes after it would fail likewise.
ENDING = (SignedOutError, OfflineError, BusyError)

# So many in a row, and what comes after them would fail likewise.
MOST_SERVER_ERRORS = 16

# Worst first: its exit code is that of the whole.
_WORST_FIRST: tuple[type[U1Error], ...] = (
    *(SignedOutError, OfflineError, BusyError, ServerError, ContractError, QuotaError),
    *(ConflictError, RefusedError, NotFoundError, UsageError, U1Error),
)


class Status(Enum):
    """What became of a file or folder; the value stands in JSON."""

    STORED = "stored"
    WRITTEN = "written"
    MADE = "made"
    DELETED = "deleted"
    SKIPPED = "skipped"
    DONE = "done"  # read or copied, within the cloud
    FAILED = "failed"


_WORDS = {
    Status.STORED: "stored",
    Status.WRITTEN: "written",
    Status.MADE: "made",
    Status.DELETED: "deleted",
    Status.SKIPPED: "left as they are",
    Status.DONE: "done",
    Status.FAILED: "failed",
}


@dataclass(frozen=True)
class Outcome:
    """One file or folder: where here, where in the cloud (a `resource_path`), what became of it.

    `is_tried` is False for what a dry run would have done.
    """

    status: Status
    local: str
    remote: str
    size: int = 0
    sha1: str | None = None
    error: U1Error | None = None
    is_tried: bool = True
    is_here: bool = False  # made or deleted on this computer

    def value(self) -> dict[str, object]:
        """For JSON."""
        found: dict[str, object] = {"status": self.status.value, "local": self.local}
        found |= {"resource_path": self.remote, "size": self.size, "hash": self.sha1}
        if self.error is not None:
            found |= error_value(self.error)
        return found if self.is_tried else {**found, "dry_run": True}


@dataclass
class Summary:
    """All outcomes, counted."""

    counts: Counter[Status] = field(default_factory=Counter)
    carried_bytes: int = 0
    is_dry: bool = False
    skipped: int = 0  # without an outcome each
    worst: U1Error | None = None
    is_cut_short: bool = False
    server_errors: int = 0  # since anything went well

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.counts[outcome.status] += 1
        self.is_dry = self.is_dry or not outcome.is_tried
        if outcome.status in (Status.STORED, Status.WRITTEN):
            self.carried_bytes += outcome.size
        error = outcome.error
        if error is None:
            self.server_errors = 0
        else:
            self.server_errors += isinstance(error, ServerError)
            is_hopeless = self.server_errors >= MOST_SERVER_ERRORS
            self.is_cut_short = self.is_cut_short or isinstance(error, ENDING) or is_hopeless
            if self.worst is None or _rank(error) < _rank(self.worst):
                self.worst = error

    @property
    def files(self) -> int:
        """How many files are done with; folders and deletions do not count."""
        others = self.counts[Status.MADE] + self.counts[Status.DELETED]
        return sum(self.counts.values()) + self.skipped - others

    @property
    def exit_code(self) -> int:
        """That of the worst family, 0 where all went well."""
        return 0 if self.worst is None else meaning_of(self.worst).exit_code

    def sentence(self) -> str:
        """Such as `10 stored (40.9 kB), 2 failed.`"""
        parts = []
        for status, words in _WORDS.items():
            count = self.counts[status] + (self.skipped if status is Status.SKIPPED else 0)
            if count:
                carries = status in (Status.STORED, Status.WRITTEN)
                size = f" ({format_bytes(self.carried_bytes)})" if carries else ""
                parts.append(f"{count} {words}{size}")
        text = ", ".join(parts) or "Nothing to do"
        if self.is_dry:
            text = f"Nothing was done. It would be: {text}"
        return f"{text}. What was left was not tried." if self.is_cut_short else f"{text}."


def _rank(error: U1Error) -> int:
    return next(number for number, kind in enumerate(_WORST_FIRST) if isinstance(error, kind))
