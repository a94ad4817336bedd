"""A volume of a real cloud as the engine sees it (ports.Volume; REST contract, 6 to 9, 16, 17)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from dataclasses import dataclass, field

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.environment import scrubbed
from tests.rig.processes import processes
from u1tray.engine.core.values import Content, Kind
from u1tray.engine.ports import Changed, Delta
from u1tray.rest import file_requests, requests
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.settings import CloudSettings
from u1tray.syncdaemon.remote.news import News
from u1tray.syncdaemon.remote.throttle import Throttle
from u1tray.syncdaemon.remote.uplink import Uplink
from u1tray.syncdaemon.remote.volume import RemoteVolume, Throttles
from u1tray.vocabulary.errors import OfflineError

pytestmark = pytest.mark.end2end

SECONDS = 60.0


def content_of(data):
    return Content(hashlib.sha1(data).digest(), len(data))


@dataclass
class Bytes:
    """A source of an upload; `breaks_at` is where it turns out to be another file."""

    data: bytes
    breaks_at: int | None = None
    sent: list = field(default_factory=list)
    starts: list = field(default_factory=list)

    async def read(self, start):
        self.starts.append(start)
        while start < len(self.data):
            if self.breaks_at is not None and start >= self.breaks_at:
                raise Changed("it is another file by now")
            part = self.data[start : start + 65536]
            yield part
            start += len(part)

    def progress(self, sent):
        self.sent.append(sent)


class Memory(dict):
    def recall(self, name):
        return self.get(name, "")

    def remember(self, name, text):
        self[name] = text
        if not text:
            del self[name]


@dataclass
class Side:
    """A volume, and what it hears and remembers."""

    cloud: Cloud
    memory: Memory = field(default_factory=Memory)
    known: set = field(default_factory=set)
    lists_trees: bool = True
    throttles: Throttles | None = None

    def __post_init__(self):
        self.news = News()
        self.uplink = Uplink(self.cloud, self.lists_trees)
        self.volume = RemoteVolume(
            self.uplink,
            self.cloud.volume_path,
            self.news,
            memory=self.memory,
            is_known=self.known.__contains__,
            throttles=self.throttles,
        )

    async def put(self, path, data, replaces=None):
        source = Bytes(data)
        names = tuple(path.split("/"))
        node = await self.volume.upload(names, content_of(data), source, replaces)
        assert node.content == content_of(data)
        return node

    async def get(self, path, data, start=0):
        names = tuple(path.split("/"))
        parts = [part async for part in self.volume.download(names, content_of(data), start)]
        return b"".join(parts)

    async def tree(self):
        *nodes, end = [one async for one in self.volume.tree()]
        assert isinstance(end, Delta)
        return nodes, end


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One cloud for all; each test has a volume of its own."""
    home = tmp_path_factory.mktemp("cloud")
    with processes(scrubbed(home), home) as started:
        yield start_cloud(started, home, quota="1GB")


@pytest.fixture
async def cloud(running):
    settings = CloudSettings.of(running.url)
    async with Cloud(settings, program="test") as stranger:
        name = requests.token_name("kiwi", "test")
        keys = await stranger.issue_token(EMAIL, PASSWORD, name)
    async with Cloud(settings, keys, program="test", limit=1) as client:
        await client.ping(EMAIL)
        await client.features()
        client.volume_path = f"~/{os.urandom(8).hex()}"
        await client.send(file_requests.create_volume(settings, client.volume_path))
        yield client


@pytest.fixture
def side(cloud):
    return Side(cloud)


async def test_what_is_made_is_in_the_tree_with_keys(side):
    """16.5, 20: parents first, each with its parent's key; the end tells root and generation."""
    directory = await side.volume.make_directory(("a",))
    inner = await side.put("a/ü b%.txt", b"hello")
    nodes, end = await side.tree()
    assert [(node.key, node.parent_key, node.names) for node in nodes] == [
        (directory.key, end.root_key, ("a",)),
        (inner.key, directory.key, ("a", "ü b%.txt")),
    ]
    assert nodes[1].content == content_of(b"hello")
    assert [node.kind for node in nodes] == [Kind.DIRECTORY, Kind.FILE]
    assert end.generation == inner.generation


async def test_tree_of_a_cloud_that_lists_no_whole_trees_is_the_same(side, cloud):
    """16: nothing of EXT is relied on; the listing is walked then."""
    await side.volume.make_directory(("a", "b"))
    await side.put("a/b/c", b"1")
    await side.put("d", b"2")
    walked = Side(cloud, lists_trees=False)
    nodes, end = await walked.tree()
    others, other_end = await side.tree()
    assert {(n.key, n.parent_key, n.names) for n in nodes} == {
        (n.key, n.parent_key, n.names) for n in others
    }
    assert end == other_end


async def test_delta_tells_what_changed_and_died(side):
    """9, 20: changed nodes by key and parent's key; a deleted one is not live."""
    kept = await side.put("kept", b"1")
    gone = await side.put("gone", b"2")
    delta = await side.volume.delta(kept.generation)
    assert [(n.key, n.parent_key, n.is_live) for n in delta.nodes] == [
        (gone.key, delta.root_key, True)
    ]
    await side.volume.delete(("gone",), content_of(b"2"))
    later = await side.volume.delta(delta.generation)
    assert [(n.key, n.is_live) for n in later.nodes] == [(gone.key, False)]
    assert later.generation > delta.generation


async def test_upload_where_something_else_is_changes_nothing(side):
    """7: If-None-Match for a new file, If-Match for a changed one; 412 is Changed."""
    await side.put("a", b"one")
    with pytest.raises(Changed):
        await side.put("a", b"two")
    with pytest.raises(Changed):
        await side.put("a", b"two", content_of(b"three"))
    await side.put("a", b"two", content_of(b"one"))
    assert await side.get("a", b"two") == b"two"


async def test_upload_that_got_through_before_is_taken_as_done(side):
    """17: 412 with the tag of what is being sent means an earlier attempt got through."""
    first = await side.put("a", b"one")
    assert (await side.put("a", b"one")).key == first.key


async def test_upload_of_a_file_that_changes_meanwhile_is_changed(side):
    """ports.Source: the reader's Changed comes out, not the broken connection."""
    data = os.urandom(1_000_000)
    source = Bytes(data, breaks_at=500_000)
    with pytest.raises(Changed, match="another file by now"):
        await side.volume.upload(("a",), content_of(data), source, None)
    assert await side.tree() == ([], (await side.tree())[1])


async def test_large_upload_goes_on_after_a_restart(side, cloud):
    """16.3: what came is kept under the remembered URL; only the rest is sent."""
    data = os.urandom(20 * 1024 * 1024)
    source = Bytes(data, breaks_at=12 * 1024 * 1024)
    with pytest.raises(Changed):
        await side.volume.upload(("a",), content_of(data), source, None)
    (text,) = side.memory.values()
    assert text.startswith("sha1:" + hashlib.sha1(data).hexdigest())
    again = Side(cloud, side.memory)
    source = Bytes(data)
    node = await again.volume.upload(("a",), content_of(data), source, None)
    assert node.content == content_of(data)
    assert source.starts[-1] > 0
    assert source.sent[-1] == len(data)
    assert side.memory == {}


async def test_content_that_the_cloud_holds_is_not_sent(side):
    """8: magic upload by both hashes; what the cloud does not hold is sent after all."""
    data = os.urandom(300_000)
    side.known.add(content_of(data))
    source = Bytes(data)
    await side.volume.upload(("a",), content_of(data), source, None)
    assert len(source.sent) > 1
    source = Bytes(data)
    await side.volume.upload(("b",), content_of(data), source, None)
    assert source.sent == [len(data)]
    assert await side.get("b", data) == data


async def test_download_from_an_offset_and_of_what_is_gone(side):
    """7: ranges; another content, or none, is Changed."""
    data = os.urandom(200_000)
    await side.put("a", data)
    assert await side.get("a", data, 150_000) == data[150_000:]
    with pytest.raises(Changed):
        await side.get("a", b"other")
    with pytest.raises(Changed):
        await side.get("b", data)


async def test_move_never_replaces(side):
    """6 EXT: an occupied place, another node or none is Changed; a repeated move is done."""
    one = await side.put("one", b"1")
    await side.put("two", b"2")
    await side.volume.make_directory(("d",))
    with pytest.raises(Changed):
        await side.volume.move(("one",), one.key, ("two",))
    moved = await side.volume.move(("one",), one.key, ("d", "uno"))
    assert (moved.key, moved.names) == (one.key, ("d", "uno"))
    assert (await side.volume.move(("one",), one.key, ("d", "uno"))).key == one.key
    with pytest.raises(Changed):
        await side.volume.move(("d",), "x", ("d", "e"))


async def test_only_what_was_expected_is_deleted(side):
    """ports.Volume.delete: a file of that content, or an empty directory."""
    await side.volume.make_directory(("d",))
    await side.put("d/a", b"1")
    for names, content in ((("d",), None), (("d", "a"), content_of(b"2")), (("x",), None)):
        with pytest.raises(Changed):
            await side.volume.delete(names, content)
    await side.volume.delete(("d", "a"), content_of(b"1"))
    await side.volume.delete(("d",), None)
    assert (await side.tree())[0] == []


async def test_directory_that_is_filled_in_the_last_moment_is_not_deleted(side, cloud, monkeypatch):
    """6, EXT: between the look and the deletion another device moved a file into it."""
    await side.volume.make_directory(("d",))
    moved = await side.put("f", b"2")
    send = cloud.send

    async def send_late(request):
        if request.method == "DELETE":
            await side.volume.move(("f",), moved.key, ("d", "f"))
        return await send(request)

    monkeypatch.setattr(cloud, "send", send_late)
    with pytest.raises(Changed):
        await side.volume.delete(("d",), None)
    nodes, _ = await side.tree()
    assert [one.names for one in nodes] == [("d",), ("d", "f")]


async def test_file_against_directory_is_changed(side):
    """6: neither becomes the other."""
    await side.put("file", b"1")
    await side.volume.make_directory(("directory",))
    with pytest.raises(Changed):
        await side.volume.make_directory(("file",))
    with pytest.raises(Changed):
        await side.volume.make_directory(("file", "below"))
    with pytest.raises(Changed):
        await side.put("directory", b"1")
    again = await side.volume.make_directory(("directory",))
    assert again.kind is Kind.DIRECTORY


@pytest.mark.parametrize("has_stream", [True, False])
async def test_generations_come_with_each_change(side, cloud, monkeypatch, has_stream):
    """16.2: by the stream, the first at once; polled from a cloud without one."""
    if not has_stream:
        features = await cloud.features()
        urls = {name: url for name, url in features.urls.items() if name != "changes"}
        cloud._features = type(features)(urls=urls)
    listening = asyncio.ensure_future(side.news.listen(cloud, 0.1))
    try:
        async with contextlib.aclosing(side.volume.generations()) as told:
            assert await asyncio.wait_for(anext(told), SECONDS) == 0
            made = await side.put("a", b"1")
            assert await asyncio.wait_for(anext(told), SECONDS) == made.generation
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_without_a_connection_everything_is_offline(side):
    """ports: the families' errors; the runner tries again."""
    side.uplink.cloud = None
    with pytest.raises(OfflineError):
        await side.volume.make_directory(("a",))
    with pytest.raises(OfflineError):
        await side.tree()


async def test_limit_of_bytes_a_second_is_kept(cloud):
    """D-Bus 5.3: the limit holds for all transfers of a direction together."""
    throttle = Throttle(lambda: 1_000_000)
    side = Side(cloud, throttles=Throttles(up=throttle))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(side.put(name, os.urandom(400_000)) for name in "abc"))
    assert loop.time() - begun > 0.8
