"""What goes up: local files against the listed cloud, one job for each that may have to be sent.

Decides by `policy`; sends nothing itself.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from u1tray.rest import contents
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.contents import BatchPut
from u1tray.rest.file_requests import unchanged_since
from u1tray.rest.nodes import Node, Spot
from u1tray.rest.uploads import RESUMABLE_ABOVE_BYTES
from u1tray.rest.urls import CONTENT
from u1tray.u1file import local, remote, sending
from u1tray.u1file.bulk import local_tree
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.hashes import Hashes
from u1tray.u1file.bulk.local_tree import Chunk, LocalFile
from u1tray.u1file.bulk.memory import Memory
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.policy import Content, Policy, Step, step_for
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.u1file.bulk.small_files import SMALL_BYTES, Job
from u1tray.u1file.bulk.track import Track
from u1tray.vocabulary.errors import BusyError, ConflictError, RefusedError, ServerError, U1Error

_PASSING = (BusyError, ServerError)


@dataclass
class Upward:
    """How everything of one command goes up."""

    board: Board
    policy: Policy
    hashes: Hashes | None
    force: bool = False
    is_dry: bool = False
    is_excluded: Callable[[str], bool] = lambda _path: False
    seen: deque[tuple[str, LocalFile, str]] = field(default_factory=deque)
    empty: list[str] = field(default_factory=list)  # folders to be made, as `resource_path`s

    def tree(self, root: str, tree: RemoteTree) -> Iterator[Job]:
        """The jobs for all files below a local folder."""
        for chunk in local_tree.walk(root, self.is_excluded, self._skipped(root, tree.root)):
            yield from self._chunk(root, tree, chunk)
            self.remember()
        self.remember()

    def one(self, path: str, target: str, there: Entry | None) -> Job | None:
        """The job for one file, if there is anything to do."""
        found = local_tree.local_file(path)
        folder = os.path.dirname(os.path.abspath(path))
        known = self.hashes.known(folder, [found]) if self.hashes is not None else {}
        return self._job(_Found(folder, path, found, target, there), known.get(found.name))

    def remember(self) -> None:
        """Keep the hashes of what was read."""
        if self.hashes is not None and self.seen:
            count = len(self.seen)
            self.hashes.remember([self.seen.popleft() for _ in range(count)])

    def see(self, sent: _Found, sha1: str) -> None:
        """A file was read and has this hash."""
        if self.hashes is not None:
            self.seen.append((sent.folder, sent.file, sha1))

    def _chunk(self, root: str, tree: RemoteTree, chunk: Chunk) -> Iterator[Job]:
        base = f"{tree.root}/{chunk.path}" if chunk.path else tree.root
        if not chunk.has_children:
            if not tree.has_folder(chunk.path) if chunk.path else tree.is_new:
                self.empty.append(base)
            return
        place = os.path.join(root, chunk.path) if chunk.path else root
        folder, place = os.path.abspath(place), place.rstrip("/")
        there = tree.of(chunk.path, [one.name for one in chunk.files])
        known = self.hashes.known(folder, chunk.files) if self.hashes is not None else {}
        for one in chunk.files:
            path, target = f"{place}/{one.name}", f"{base}/{one.name}"
            found = _Found(folder, path, one, target, there.get(one.name))
            job = self._job(found, known.get(one.name))
            if job is not None:
                yield job

    def _job(self, found: _Found, sha1: str | None) -> Job | None:
        one, path, target, there = found.file, found.path, found.target, found.there
        step = step_for(
            self.policy,
            Content(one.size, sha1),
            None if there is None else Content(there.size, there.sha1),
            is_same_kind=there is None or there.is_file,
        )
        if step is Step.SKIP:
            self.board.skip(path, target, one.size, sha1)
            return None
        if self.is_dry and step is Step.CARRY:
            stored = Outcome(Status.STORED, path, target, one.size, sha1, is_tried=False)
            self.board.tell(stored)
            return None

        is_small = one.size <= SMALL_BYTES and step is not Step.REFUSE and not self.is_dry
        small = _Small(self, found, step) if is_small else None

        def run(cloud: Cloud, track: Track) -> Outcome:
            if step is Step.REFUSE:
                text = "There is a folder of this name in the cloud."
                raise RefusedError(text, code="is_directory")
            return self._send(cloud, track, found, step, None if small is None else small.sent)

        return Job(remote.printable(one.name), path, target, run, small)

    def _send(
        self, cloud: Cloud, track: Track, sent: _Found, step: Step, earlier: bytes | None
    ) -> Outcome:
        """`earlier` is what an attempt before this may have stored."""
        there, target = sent.there, sent.target
        with local.source(Path(sent.path), track) as source:
            if step is Step.COMPARE and there is not None:
                sha1 = source.hashes()[0]
                if sha1 == there.sha1:
                    self.see(sent, sha1)
                    return Outcome(Status.SKIPPED, sent.path, target, source.size, sha1)
                if self.is_dry:
                    return Outcome(
                        Status.STORED, sent.path, target, source.size, sha1, is_tried=False
                    )
            memory = None
            if source.size > RESUMABLE_ABOVE_BYTES:
                which = cloud.settings.api_url, cloud.consumer_key, target
                memory = Memory(*which, os.path.abspath(sent.path), *source.state)

            def stored_over(tag: str | None) -> Node:
                return sending.send(
                    cloud,
                    source,
                    Spot(target, CONTENT + target, tag),
                    force=self.force,
                    memory=memory,
                    replaced_bytes=(there and there.size) or 0,
                    is_repeated=earlier is not None,
                )

            try:
                stored = stored_over(None if there is None else there.tag)
            except ConflictError:  # perhaps with ourselves: it changed here since
                node = None if earlier is None else cloud.files.node(target)
                if node is None or earlier is None or node.hash != contents.hash_of(earlier):
                    raise
                stored = stored_over(node.tag)
        if stored.hash is not None:
            self.see(sent, stored.hash)
        return Outcome(Status.STORED, sent.path, target, source.size, stored.hash)

    def _skipped(self, root: str, target: str) -> Callable[[str, U1Error | None], None]:
        def tell(path: str, error: U1Error | None) -> None:
            place, there = os.path.join(root, path), f"{target}/{path}"
            if error is None:
                kind = "a link" if os.path.islink(place) else "no file"
                self.board.remark(f"{remote.printable(place)} is {kind} and stays here.")
            else:
                self.board.tell(Outcome(Status.FAILED, place, there, error=error))

        return tell


class _Small:
    """One that may travel in a batch (see `small_files.Small`)."""

    feature = contents.UPLOAD

    def __init__(self, upward: Upward, found: _Found, step: Step) -> None:
        self._upward = upward
        self._found = found
        self._step = step
        self.size = found.file.size
        self.sent: bytes | None = None  # in a batch that may have arrived

    def prepare(self) -> BatchPut | Outcome | None:
        sent, there = self._found, self._found.there
        data = local.small_content(sent.path, self.size)
        if data is None:
            return None
        if self._step is Step.COMPARE and there is not None:
            sha1 = contents.hash_of(data)
            if sha1 == there.sha1:
                self._upward.see(sent, sha1)
                return Outcome(Status.SKIPPED, sent.path, sent.target, len(data), sha1)
        self.size = len(data)
        tag = None if there is None else there.tag
        self.sent = data
        condition = {} if self._upward.force else unchanged_since(tag)
        return BatchPut(sent.target, data, condition)

    def exchange(self, cloud: Cloud, asked: list[BatchPut]) -> list[Node | U1Error]:
        return cloud.files.put_contents(asked)

    def finish(self, answer: Node) -> Outcome:
        sent = self._found
        assert answer.hash is not None  # that of what was sent
        self._upward.see(sent, answer.hash)
        return Outcome(Status.STORED, sent.path, sent.target, self.size, answer.hash)

    def goes_alone_after(self, error: U1Error) -> bool:
        """Those that a request of its own tries again, or that are the batch's."""
        return isinstance(error, _PASSING) or error.code == "too_large"


@dataclass(frozen=True)
class _Found:
    """One file: all that is known of it here and there."""

    folder: str
    path: str
    file: LocalFile
    target: str
    there: Entry | None
