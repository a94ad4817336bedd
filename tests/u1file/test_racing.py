"""A large content on its way: sent at once, hashed beside, and stopped where that is not needed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, RunningCloud, start_cloud
from tests.rig.processes import wait_until
from tests.u1file.between import DOWN, UP, Between, between
from u1tray.rest import uploads
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.nodes import Node
from u1tray.rest.settings import CloudSettings
from u1tray.u1file import local, sending
from u1tray.u1file.bulk.memory import Memory, directory
from u1tray.u1file.moves import Unseen
from u1tray.u1file.racing import ANSWER_LIMIT_SECONDS
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import ConflictError, NotFoundError

pytestmark = pytest.mark.end2end

DATA = random.Random(7).randbytes(24_000_000)
SHA1 = "sha1:" + hashlib.sha1(DATA).hexdigest()
FOLDER = "/~/Ubuntu One"
HELD_AFTER = 2_000_000  # with what is in the system's buffers, what a slow line has taken
LIMIT_SECONDS = 60


class Told(Unseen):
    """Hands on how much has gone."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self.advance = advance

    def start(self, _total: int, there: int = 0) -> None:
        if there:
            self.advance(there)


@dataclass
class Putter:
    """A cloud, a network path to it that can be troubled, and a large file."""

    cloud: RunningCloud
    path: Between
    keys: Credentials
    place: Path

    def put(self, name: str, advance: Callable[[int], None] = lambda _count: None) -> Node:
        """As `u1file put` does."""
        settings = CloudSettings.of(self.path.url)
        with (
            blocking.Cloud(settings, self.keys, program="test") as client,
            local.source(self.place, Told(advance)) as source,
        ):
            memory = lambda target: Memory(target, *source.state)  # noqa: E731
            return sending.upload(
                client, source, f"{FOLDER}/{name}", "x", force=False, memory_of=memory
            )

    def wait_for_bytes(self, url: str, count: int) -> None:
        """What was on its way when a put ended reaches the cloud a little later."""
        with blocking.Cloud(CloudSettings.of(self.path.url), self.keys, program="t") as client:
            wait_until(
                lambda: uploads.offset(client.send(uploads.look(url)), len(DATA)) >= count,
                LIMIT_SECONDS,
                "what was sent",
            )

    def node(self, name: str) -> Node:
        with blocking.Cloud(CloudSettings.of(self.cloud.url), self.keys, program="t") as client:
            return client.files.node(f"{FOLDER}/{name}")


@pytest.fixture
def putter(started, home, monkeypatch) -> Iterator[Putter]:
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    cloud = start_cloud(started, home)
    with blocking.Cloud(CloudSettings.of(cloud.url), program="test") as client:
        keys = client.issue_token(EMAIL, PASSWORD, "test")
    place = home / "large"
    place.write_bytes(DATA)
    with between(cloud.url) as path:
        yield Putter(cloud, path, keys, place)


def test_content_the_cloud_has_is_not_sent_to_its_end(putter):
    """8: on a line that is slow the cloud is asked meanwhile; then no byte more, and no open
    upload stays."""
    putter.put("first")
    node = "PUT /api/file_storage/v1/~/Ubuntu%20One/second"
    answered = threading.Event()
    putter.path.trouble(node, DOWN, 1, cuts=False)  # the node is made
    asked = putter.path.trouble(node, DOWN, 1, answered.set, cuts=False)
    held = putter.path.trouble(
        "PATCH", UP, HELD_AFTER, lambda: answered.wait(LIMIT_SECONDS), cuts=False
    )
    discarded = putter.path.trouble("DELETE", DOWN, 1, cuts=False)
    sent = []
    stored = putter.put("second", sent.append)
    assert held.happened.is_set()
    assert asked.happened.is_set()
    assert (stored.hash, stored.size) == (SHA1, len(DATA))
    assert putter.node("second").hash == SHA1
    assert sum(sent) < len(DATA)
    assert discarded.happened.wait(LIMIT_SECONDS)
    assert list(directory().iterdir()) == []


def test_interrupt_waits_for_no_question(putter):
    """Ctrl-C ends it at once, also where the cloud is slow to say whether it holds the content."""

    def hold() -> None:
        asked.set()
        over.wait(LIMIT_SECONDS)

    def interrupt(_count: int) -> None:
        if asked.is_set():
            raised.append(time.monotonic())
            raise KeyboardInterrupt

    putter.put("first")
    node = "PUT /api/file_storage/v1/~/Ubuntu%20One/second"
    asked, over, raised = threading.Event(), threading.Event(), []
    putter.path.trouble(node, DOWN, 1, cuts=False)  # the node is made
    putter.path.trouble(node, DOWN, 1, hold, cuts=False)
    putter.path.trouble("PATCH", UP, HELD_AFTER, lambda: asked.wait(LIMIT_SECONDS), cuts=False)
    with pytest.raises(KeyboardInterrupt):
        putter.put("second", interrupt)
    seconds = time.monotonic() - raised[0]
    over.set()
    assert seconds < ANSWER_LIMIT_SECONDS / 2


def test_file_that_is_written_to_while_it_is_sent_is_not_stored(putter):
    """A mixture of two contents is none: the last part is kept back."""

    def write() -> None:
        with putter.place.open("r+b") as file:
            file.write(b"new")
        os.utime(putter.place, (1, 1))

    held = putter.path.trouble("PATCH", UP, HELD_AFTER, write, cuts=False)
    with pytest.raises(ConflictError, match="changed while it was read"):
        putter.put("large")
    assert held.happened.is_set()
    with pytest.raises(NotFoundError):
        putter.node("large")


def test_file_that_becomes_shorter_while_it_is_sent_is_not_stored(putter):
    """It is a conflict, too."""
    putter.path.trouble("PATCH", UP, HELD_AFTER, lambda: os.truncate(putter.place, 9), cuts=False)
    with pytest.raises(ConflictError, match="changed while it was read"):
        putter.put("large")
    with pytest.raises(NotFoundError):
        putter.node("large")


def test_interrupted_put_goes_on_where_it_was(putter):
    """16.3: the next run of the same command; what it sends at last has the right hash."""
    sent = []

    def interrupt(count: int) -> None:
        sent.append(count)
        if sum(sent) > HELD_AFTER:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        putter.put("large", interrupt)
    (kept,) = directory().iterdir()
    putter.wait_for_bytes(json.loads(kept.read_text())["url"], 1_000_000)
    moved = []
    stored = putter.put("large", moved.append)
    assert stored.hash == SHA1
    assert moved[0] >= 1_000_000  # told in one go, for it was there already
    assert sum(moved) == len(DATA)
    assert list(directory().iterdir()) == []


def test_interrupted_put_of_another_file_of_equal_size_and_time_begins_anew(putter):
    """The beginning of one content and the end of another are none."""

    def interrupt(count: int) -> None:
        sent.append(count)
        if sum(sent) > HELD_AFTER:
            raise KeyboardInterrupt

    sent = []
    before = putter.place.stat().st_mtime_ns
    with pytest.raises(KeyboardInterrupt):
        putter.put("large", interrupt)
    changed = DATA[::-1]
    putter.place.write_bytes(changed)
    os.utime(putter.place, ns=(before, before))
    moved = []
    stored = putter.put("large", moved.append)
    assert stored.hash == "sha1:" + hashlib.sha1(changed).hexdigest()
    assert moved[0] < 1_000_000
    assert sum(moved) == len(DATA)


def test_closed_source_is_a_conflict_to_whoever_comes_late(tmp_path):
    """The descriptor may be another file's by now."""
    place = tmp_path / "a"
    place.write_bytes(b"x")
    with local.source(place, Unseen()) as source:
        source.check_unchanged()
    with pytest.raises(ConflictError, match="not read any more"):
        source.check_unchanged()
    with pytest.raises(ConflictError, match="not read any more"):
        source.hash_beside()


def test_interrupted_put_of_what_changed_since_begins_anew(putter):
    """Another size or time is another content."""

    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        putter.put("large", interrupt)
    with pytest.raises(NotFoundError):
        putter.node("other")
    changed = DATA[::-1]
    putter.place.write_bytes(changed)
    os.utime(putter.place, (5, 5))
    stored = putter.put("large")
    assert stored.hash == "sha1:" + hashlib.sha1(changed).hexdigest()
