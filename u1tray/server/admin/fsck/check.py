"""One whole look at a cloud, and the mending of what it found.

Looking is done in a snapshot and in short reads, mending in transactions that look again first:
both may run beside servers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from u1tray.server.admin.crew import Crew
from u1tray.server.admin.fsck import indexes, trees
from u1tray.server.admin.fsck.content_mender import ContentMender
from u1tray.server.admin.fsck.contents import ContentCheck
from u1tray.server.admin.fsck.damage import BEYOND_REPAIR, LEFTOVERS, Damage, Finding
from u1tray.server.admin.fsck.places import PLACES
from u1tray.server.admin.fsck.queries import QUERIES, subject_kind
from u1tray.server.admin.fsck.tree_mends import MENDS, Rescue
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.clock import Clock
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.metadata.database import Database, first_line
from u1tray.server.storage.metadata.schema import contents, nodes, uploads
from u1tray.server.storage.partials.opening import open_partials

ROUNDS = 4  # mending one thing may uncover another
YOUNG_S = 24 * 3600.0  # what is stored may be named a moment later
_FROM_TREES = tuple(damage for damage in Damage if damage in QUERIES or damage is Damage.CYCLE)


class Outcome(str, Enum):
    """How it ended."""

    CLEAN = "clean"
    DAMAGED = "damaged"
    MENDED = "mended"


@dataclass(frozen=True)
class Options:
    """How thorough to look, and where lost bytes may be."""

    is_full: bool = True
    spare: Path | None = None


@dataclass(frozen=True)
class Patient:
    """The cloud that is looked at."""

    database: Database
    blobs: Blobs
    directory: Path


Report = Callable[[Finding], None]


class Fsck:
    """Checks and mends one cloud."""

    def __init__(
        self, patient: Patient, clock: Clock, options: Options, progress: Progress
    ) -> None:
        self._database = patient.database
        self._blobs = patient.blobs
        self._directory = patient.directory
        self._clock = clock
        self._options = options
        self._progress = progress

    def check(self, report: Report) -> Outcome:
        """Look at everything; each finding is reported as it is found."""
        found = list(self._find(report, is_full=self._options.is_full))
        return Outcome.DAMAGED if _damages(found) else Outcome.CLEAN

    def repair(self, report: Report, report_mended: Callable[[Damage, int], None]) -> Outcome:
        """Look, mend, and look again until nothing is left that mending helps.

        `report_mended` is told how many of a kind were. What is left at the end is reported again.
        """
        found = list(self._find(report, is_full=self._options.is_full))
        if not _damages(found):
            return Outcome.CLEAN
        for _ in range(ROUNDS):
            mended = self._mend(found)
            for damage, count in mended.items():
                report_mended(damage, count)
            if _is_unreadable(found):  # nothing else was looked at
                found = list(self._find(report, is_full=self._options.is_full))
            else:
                # Every damaged content was read while it was mended.
                found = list(self._find(_nobody, is_full=False))
            if not _damages(found) or not mended.total():
                break
        left = _damages(found)
        for finding in left:
            report(finding)
        return Outcome.DAMAGED if left else Outcome.MENDED

    def _find(self, report: Report, *, is_full: bool) -> Iterator[Finding]:
        for finding in self._all(is_full):
            report(finding)
            yield finding

    def _all(self, is_full: bool) -> Iterator[Finding]:
        try:
            yield from self._readable(is_full)
        except DBAPIError as error:
            yield Finding(Damage.BROKEN_DATABASE, "metadata", first_line(error))

    def _readable(self, is_full: bool) -> Iterator[Finding]:
        with self._database.reading() as connection:
            faults = indexes.faults_of_file(connection, is_full=is_full)
            if faults:  # what it says about the rest is worth nothing
                yield from (Finding(Damage.BROKEN_DATABASE, "metadata", one) for one in faults)
                return
            yield from self._in_rows(connection)
            count = connection.execute(select(func.count()).select_from(contents)).scalar_one()
        self._progress.stage("contents", count)
        check = ContentCheck(self._database, self._blobs, is_full=is_full)
        for content_id, damage in check.run(self._progress):
            with self._database.reading() as connection:
                yield _finding(connection, damage, content_id)
        yield from self._leftovers(check)

    def _in_rows(self, connection: Connection) -> Iterator[Finding]:
        self._progress.stage("database", len(_FROM_TREES) + 1)
        for index in indexes.missing_indexes(connection):
            assert index.table is not None
            yield Finding(Damage.MISSING_INDEX, str(index.name), f"table {index.table.name}")
        self._progress.advance()
        for damage in _FROM_TREES:
            for subject in trees.find(connection, damage):
                yield _finding(connection, damage, subject)
            self._progress.advance()

    def _leftovers(self, check: ContentCheck) -> Iterator[Finding]:
        self._progress.stage("orphans")
        for blob in check.orphans(self._clock.now() - YOUNG_S):
            yield Finding(Damage.ORPHAN_BLOB, blob.sha256.hex(), f"{blob.size} bytes")
            self._progress.advance()
        for upload in open_partials(self._blobs, self._database, self._clock).all():
            with self._database.reading() as connection:
                query = select(uploads.c.id).where(uploads.c.id == upload)
                is_known = connection.execute(query).first() is not None
            if not is_known:
                yield Finding(Damage.ORPHAN_UPLOAD, upload, "parts without an upload")

    def _mend(self, found: list[Finding]) -> Counter[Damage]:
        """How many things of each kind were mended."""
        mended: Counter[Damage] = Counter()
        rescue = self._rescue(found)
        mender = ContentMender(
            self._database,
            self._blobs,
            self._directory,
            self._options.spare,
            self._clock.now(),
        )
        for damage in Damage:
            subjects = [finding.subject for finding in found if finding.damage is damage]
            if not subjects or damage in LEFTOVERS | BEYOND_REPAIR:
                continue
            self._progress.stage(f"mending {damage.value}", len(subjects))
            if damage in MENDS:
                mended[damage] += trees.mend(self._database, damage, self._clock.now(), rescue)
            elif damage is Damage.BROKEN_DATABASE:
                mended[damage] += _tried(indexes.mend_file, self._database)
            elif damage is Damage.MISSING_INDEX:
                for name in subjects:
                    mended[damage] += _tried(indexes.add_index, self._database, str(name))
            else:
                for number in subjects:
                    mended[damage] += mender.mend(int(number))
                    self._progress.advance()
        return +mended

    def _rescue(self, found: list[Finding]) -> Rescue:
        """Hash the blobs that nobody names, if a file lost its content and a size fits."""
        rescue = Rescue(lambda sha256: self._blobs.find(sha256) is not None)
        ids = [int(one.subject) for one in found if one.damage is Damage.UNKNOWN_CONTENT]
        if not ids:
            return rescue
        wanted: set[int] = set()
        with self._database.reading() as connection:
            for node_id in ids:
                query = select(nodes.c.size).where(nodes.c.id == node_id)
                wanted.add(connection.execute(query).scalar() or 0)
        check = ContentCheck(self._database, self._blobs, is_full=False)
        with Crew(1) as crew:
            for blob in check.orphans(float("inf")):
                if blob.size in wanted:
                    fingerprint = fingerprint_of(crew.watched(self._blobs.read(blob.sha256)))
                    if fingerprint.sha256 == blob.sha256:
                        rescue.found[(fingerprint.sha1, fingerprint.size)] = fingerprint
        return rescue


def _damages(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.damage not in LEFTOVERS]


def _is_unreadable(found: list[Finding]) -> bool:
    return any(finding.damage is Damage.BROKEN_DATABASE for finding in found)


def _finding(connection: Connection, damage: Damage, subject: int) -> Finding:
    place = PLACES.get(subject_kind(damage))
    return Finding(damage, subject, "" if place is None else place(connection, subject))


def _tried(work: Callable[..., None], *arguments: object) -> int:
    """1 if a repair of the database went through; the next round may find it possible."""
    try:
        work(*arguments)
    except DBAPIError:
        return 0
    return 1


def _nobody(_finding: Finding) -> None:
    pass
