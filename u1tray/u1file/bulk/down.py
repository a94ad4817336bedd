"""What comes down: the listed cloud against this disk, one job for each file to be written.

Decides by `policy`; names of the cloud were checked where they were listed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from u1tray.rest import contents
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.contents import BatchGet
from u1tray.rest.nodes import seconds_of
from u1tray.rest.urls import CONTENT
from u1tray.u1file import local, placing, remote
from u1tray.u1file.bulk import local_tree
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.hashes import Hashes
from u1tray.u1file.bulk.local_tree import LocalFile
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.policy import Content, Policy, Step, step_for
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.u1file.bulk.removal import with_parents
from u1tray.u1file.bulk.small_files import SMALL_BYTES, Job
from u1tray.u1file.bulk.track import Track
from u1tray.u1file.fetching import fetch
from u1tray.u1file.moves import Unseen
from u1tray.u1file.placing import Before
from u1tray.u1file.receiving import Wanted
from u1tray.u1file.temporaries import Temporaries
from u1tray.u1file.words import on_disk
from u1tray.vocabulary.errors import NotFoundError, U1Error, UsageError


@dataclass
class Downward:
    """How everything of one command comes down."""

    board: Board
    policy: Policy
    hashes: Hashes | None
    temporaries: Temporaries
    force: bool = False
    is_dry: bool = False
    is_excluded: Callable[[str], bool] = lambda _path: False
    cleared: frozenset[str] = frozenset()  # places that a dry run takes for empty
    seen: deque[tuple[str, LocalFile, str]] = field(default_factory=deque)

    def tree(self, tree: RemoteTree, root: str) -> Iterator[Job]:
        """The jobs for all files below a folder of the cloud; folders are made on the way."""
        self.make(root, tree.root)
        for entry in tree.entries():
            if any(self.is_excluded(path) for path in with_parents(entry.path)):
                continue
            place = os.path.join(root, entry.path)
            target = f"{tree.root}/{entry.path}"
            if not entry.is_file:
                self.make(place, target)
                continue
            try:
                job = self.one(entry, target, place)
            except U1Error as error:  # one that cannot be looked at stops no other
                self.board.tell(Outcome(Status.FAILED, place, target, error=error))
                continue
            if job is not None:
                yield job
            self.remember()
        self.remember()

    def one(self, entry: Entry, source: str, place: str) -> Job | None:
        """The job for one file, if there is anything to do."""
        if entry.sha1 is None or entry.size is None:
            self.board.remark(f"{remote.shown(source)} has no content yet and was left out.")
            return None
        is_cleared = place in self.cleared
        step = step_for(
            self.policy,
            Content(entry.size, entry.sha1),
            None if is_cleared else self._here(place),
            is_same_kind=is_cleared or not os.path.isdir(place),
        )
        if step is Step.SKIP:
            self.board.skip(place, source, entry.size, entry.sha1)
            return None
        wanted = Wanted(
            source, CONTENT + source, entry.sha1, entry.size, seconds_of(entry.when_changed)
        )

        def run(cloud: Cloud, track: Track) -> Outcome:
            if step is Step.REFUSE:
                text = f"{remote.printable(place)} is a folder and cannot be replaced by a file."
                raise UsageError(text)
            if step is Step.COMPARE and self.is_same(place, wanted):
                return Outcome(Status.SKIPPED, place, source, wanted.size, wanted.hash)
            if self.is_dry:
                return Outcome(
                    Status.WRITTEN, place, source, wanted.size, wanted.hash, is_tried=False
                )
            return self._write(cloud, wanted, place, track)

        is_small = wanted.size <= SMALL_BYTES and step is not Step.REFUSE and not self.is_dry
        small = _Small(self, wanted, place, step) if is_small else None
        return Job(remote.printable(entry.name), place, source, run, small)

    def remember(self) -> None:
        """Keep the hashes of what was written or read."""
        if self.hashes is not None and self.seen:
            count = len(self.seen)
            self.hashes.remember([self.seen.popleft() for _ in range(count)])

    def _write(self, cloud: Cloud, wanted: Wanted, place: str, track: Track) -> Outcome:
        written = fetch(
            cloud.files,
            wanted,
            Path(place),
            track,
            force=self.force,
            is_synced=False,
            temporaries=self.temporaries,
        )
        self.see_written(place, written.hash)
        return Outcome(Status.WRITTEN, place, written.resource_path, written.size, written.hash)

    def _here(self, place: str) -> Content | None:
        """What is known of the file here; None for nothing."""
        if self.policy is Policy.REPLACE:
            return Content(None, None) if os.path.isdir(place) else None
        try:
            found = local_tree.local_file(place)
        except NotFoundError:
            return None
        folder = os.path.dirname(os.path.abspath(place))
        known = self.hashes.known(folder, [found]) if self.hashes is not None else {}
        return Content(found.size, known.get(found.name))

    def is_same(self, place: str, wanted: Wanted) -> bool:
        """Whether the file here has the wanted content already; reads all of it."""
        before = local_tree.local_file(place)
        with local.source(Path(place), Unseen()) as source:
            sha1 = source.hashes()[0]
        self._see(place, before, sha1)
        return sha1 == wanted.hash

    def see_written(self, place: str, sha1: str) -> None:
        """A file was written and has this hash."""
        if self.hashes is not None:
            self._see(place, local_tree.local_file(place), sha1)

    def _see(self, place: str, one: LocalFile, sha1: str) -> None:
        if self.hashes is not None:
            self.seen.append((os.path.dirname(os.path.abspath(place)), one, sha1))

    def make(self, place: str, source: str) -> None:
        """A folder, if it is not there."""
        if os.path.isdir(place):
            return
        if not self.is_dry:
            if os.path.lexists(place):
                text = f"{remote.printable(place)} is no folder and cannot be replaced by one."
                raise UsageError(text)
            with on_disk(place):
                os.mkdir(place)
        self.board.tell(Outcome(Status.MADE, place, source, is_tried=not self.is_dry, is_here=True))


class _Small:
    """One that may come in a batch (see `small_files.Small`)."""

    feature = contents.DOWNLOAD

    def __init__(self, downward: Downward, wanted: Wanted, place: str, step: Step) -> None:
        self._downward = downward
        self._wanted = wanted
        self._place = place
        self._step = step
        self._before: Before | None = None
        self.size = wanted.size

    def prepare(self) -> BatchGet | Outcome | None:
        wanted, place = self._wanted, self._place
        if self._step is Step.COMPARE and self._downward.is_same(place, wanted):
            return Outcome(Status.SKIPPED, place, wanted.resource_path, wanted.size, wanted.hash)
        self._before = placing.look(place)
        if self._before is None:
            return None
        return BatchGet(wanted.resource_path, {"If-Match": wanted.tag})

    def exchange(self, cloud: Cloud, asked: list[BatchGet]) -> list[bytes | U1Error]:
        return cloud.files.get_contents(asked)

    def finish(self, answer: bytes) -> Outcome | None:
        wanted, place, downward = self._wanted, self._place, self._downward
        if len(answer) != wanted.size or contents.hash_of(answer) != wanted.hash:
            return None  # damaged: once more, and then it is said
        assert self._before is not None
        placing.place(
            *(place, answer, wanted.changed_at, self._before),
            force=downward.force,
            temporaries=downward.temporaries,
        )
        downward.see_written(place, wanted.hash)
        return Outcome(Status.WRITTEN, place, wanted.resource_path, wanted.size, wanted.hash)

    def goes_alone_after(self, error: U1Error) -> bool:
        """Any: what changed in the cloud meanwhile is looked at anew."""
        return True
