"""Small files of a volume travel in batches (REST contract, 16.8), and yet each by itself."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
from collections import Counter

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.cut_proxy import cut_proxy
from tests.rig.environment import scrubbed
from tests.rig.fault_proxy import Fault, fault_proxy
from tests.rig.processes import processes
from u1tray.engine.core.values import Content, Kind
from u1tray.engine.ports import Changed, Delta
from u1tray.engine.runner.lanes import PARALLEL
from u1tray.rest import batch, content_batches, contents, file_requests, requests
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.settings import CloudSettings
from u1tray.syncdaemon.remote.batches import MOST_DIRECTORIES
from u1tray.syncdaemon.remote.news import News
from u1tray.syncdaemon.remote.throttle import Throttle
from u1tray.syncdaemon.remote.uplink import Uplink
from u1tray.syncdaemon.remote.volume import RemoteVolume, Throttles
from u1tray.vocabulary.errors import OfflineError, QuotaError, U1Error

pytestmark = pytest.mark.end2end

SECONDS = 60.0
FILES = 40
QUOTA_BYTES = 100_000


def content_of(data):
    return Content(hashlib.sha1(data).digest(), len(data))


class Bytes:
    """A source of an upload, of another file by now if it `is_another`."""

    def __init__(self, data, *, is_another=False):
        self.data = data
        self.is_another = is_another
        self.sent = []

    async def read(self, start):
        if self.is_another:
            raise Changed("it is another file by now")
        yield self.data[start:]

    def progress(self, sent):
        self.sent.append(sent)


class Side:
    """A volume over a connection of its own."""

    def __init__(self, cloud, throttles=None, uplink=None):
        self.cloud = cloud
        uplink = uplink or Uplink()
        uplink.cloud = cloud
        self.volume = RemoteVolume(
            uplink,
            cloud.volume_path,
            News(),
            memory=None,
            is_known=lambda _content: False,
            throttles=throttles,
        )

    async def put(self, name, data, replaces=None, source=None):
        source = source or Bytes(data)
        return await self.volume.upload((name,), content_of(data), source, replaces)

    async def get(self, name, data):
        parts = [part async for part in self.volume.download((name,), content_of(data), 0)]
        return b"".join(parts)

    async def make(self, *names):
        return await self.volume.make_directory(names)

    async def put_all(self, files):
        return await together(*(self.put(name, data) for name, data in files.items()))

    async def get_all(self, files):
        return await together(*(self.get(name, data) for name, data in files.items()))

    async def tree(self):
        *nodes, end = [one async for one in self.volume.tree()]
        assert isinstance(end, Delta)
        return {node.names[0]: node.content for node in nodes}


async def together(*calls):
    gathered = asyncio.gather(*calls, return_exceptions=True)
    return await asyncio.wait_for(gathered, SECONDS)


def some_files(count=FILES, size=1000):
    return {f"{number:03}": os.urandom(size) for number in range(count)}


def contents_of(files):
    return {name: content_of(data) for name, data in files.items()}


@pytest.fixture(scope="module", params=["1GB"])
def running(tmp_path_factory, request):
    home = tmp_path_factory.mktemp("cloud")
    with processes(scrubbed(home), home) as started:
        yield start_cloud(started, home, quota=request.param)


@contextlib.asynccontextmanager
async def logged_in(url):
    """A client of a cloud, and a new volume in it."""
    settings = CloudSettings.of(url)
    async with Cloud(settings, program="test") as stranger:
        name = requests.token_name("kiwi", "test")
        keys = await stranger.issue_token(EMAIL, PASSWORD, name)
    async with Cloud(settings, keys, program="test", limit=1) as client:
        await client.ping(EMAIL)
        await client.features()
        client.keys = keys
        client.volume_path = f"~/{os.urandom(8).hex()}"
        await client.send(file_requests.create_volume(settings, client.volume_path))
        yield client


@contextlib.asynccontextmanager
async def reached_by(cloud, url):
    """The same volume by another address, such as a proxy's."""
    async with Cloud(CloudSettings.of(url), cloud.keys, program="test", limit=1) as client:
        client.volume_path = cloud.volume_path
        yield client


@pytest.fixture
async def cloud(running):
    async with logged_in(running.url) as client:
        yield client


@pytest.fixture
def side(cloud):
    return Side(cloud)


@pytest.fixture
def asked(caplog):
    """How often each kind of request was answered."""
    caplog.set_level(logging.DEBUG, "u1tray.rest.asynchronous.cloud")

    def count():
        kinds = Counter()
        for record in caplog.records:
            text = record.getMessage()
            for kind in ("batch/upload", "batch/download", "/content/", "/batch", "PUT"):
                kinds[kind] += kind in text and text.startswith(("GET", "PUT", "POST"))
        return kinds

    return count


async def test_small_files_travel_together_both_ways(side, asked):
    """Each is told of, and none has a request of its own."""
    files = {**some_files(), "empty": b"", "ü b%.txt": b"x"}
    sources = {name: Bytes(data) for name, data in files.items()}
    made = await together(*(side.put(n, d, source=sources[n]) for n, d in files.items()))
    assert {node.names[0]: node.content for node in made} == contents_of(files)
    assert all(one.sent == [len(one.data)] for one in sources.values())
    assert await side.tree() == contents_of(files)
    assert await side.get_all(files) == list(files.values())
    found = asked()
    assert 1 <= found["batch/upload"] <= 3
    assert 1 <= found["batch/download"] <= 3
    assert not found["/content/"]


async def test_directories_are_made_together(side, asked):
    """16.4: one that is there already is as good as made; where a file is, it is Changed."""
    names = [f"{number:03} ü" for number in range(FILES)]
    await side.put("taken", b"theirs")
    await side.make(names[0])
    *made, refused, below = await together(
        *map(side.make, names), side.make("taken"), side.make("taken", "below")
    )
    assert [node.names for node in made] == [(name,) for name in names]
    assert {node.kind for node in made} == {Kind.DIRECTORY}
    assert [type(refused), type(below)] == [Changed] * 2
    assert (await side.tree()).keys() == {*names, "taken"}
    found = asked()
    assert 1 <= found["/batch"] - found["batch/upload"] <= 1 + -(-FILES // MOST_DIRECTORIES)
    assert not found["PUT"]


async def test_one_refused_file_harms_no_other(side, asked):
    """412, a file that changed, and a directory that is gone are Changed for those alone."""
    await side.put("taken", b"theirs")
    files = some_files(5)
    found = await together(
        *(side.put(name, data) for name, data in files.items()),
        side.put("taken", b"ours"),
        side.put("other", b"x", source=Bytes(b"x", is_another=True)),
        side.volume.upload(("taken", "below"), content_of(b"y"), Bytes(b"y"), None),
    )
    assert [type(one) for one in found[-3:]] == [Changed] * 3
    assert await side.tree() == {**contents_of(files), "taken": content_of(b"theirs")}
    found = await together(
        *(side.get(name, data) for name, data in files.items()),
        side.get("taken", b"ours"),
        side.get("gone", b"x"),
    )
    assert found[:-2] == list(files.values())
    assert [type(one) for one in found[-2:]] == [Changed] * 2
    assert not asked()["/content/"]


async def test_file_that_got_through_before_is_taken_as_done(side):
    """17: the answer of an earlier attempt was lost; replaced ones, too."""
    files = some_files(5)
    first = await side.put_all(files)
    again = await side.put_all(files)
    assert [node.key for node in again] == [node.key for node in first]
    with pytest.raises(Changed):
        await side.put("000", b"another")


async def test_connection_that_breaks_in_the_middle_loses_and_doubles_nothing(cloud, side):
    """16.8: a broken body changes nothing; whoever tries again has all of it, once."""
    files = some_files(60, 10_000)
    port = int(cloud.host.rpartition(":")[2])
    with cut_proxy(port) as proxy:
        async with reached_by(cloud, proxy.url) as client:
            shaky = Side(client)
            proxy.cuts, proxy.after = 1, 100_000
            await client.features()
            found = await shaky.put_all(files)
            assert any(isinstance(one, OfflineError) for one in found)
            assert proxy.broken >= 1
            proxy.cuts = 0
            left = {
                n: d
                for (n, d), one in zip(files.items(), found, strict=True)
                if isinstance(one, Exception)
            }
            for one in await shaky.put_all(left):
                assert one.content in contents_of(left).values()
    assert await side.tree() == contents_of(files)
    told = await side.volume.delta(0)
    assert len([node for node in told.nodes if node.is_live]) == len(files)


async def test_line_that_carries_no_large_batch_carries_smaller_ones(cloud, side):
    """After one that was lost the next is smaller, also over another connection to the cloud."""
    files = left = some_files(60, 10_000)
    uplink, port = Uplink(), int(cloud.host.rpartition(":")[2])
    with cut_proxy(port) as proxy:
        proxy.cuts, proxy.after = 1000, 200_000
        for _ in range(8):
            async with reached_by(cloud, proxy.url) as client:
                found = await Side(client, uplink=uplink).put_all(left)
            done = zip(left.items(), found, strict=True)
            left = {n: d for (n, d), one in done if isinstance(one, Exception)}
    assert not left
    assert await side.tree() == contents_of(files)


async def test_lost_answer_of_a_batch_is_made_up_for(cloud, side):
    """17: all of it got through; trying again finds that out, and stores nothing twice."""
    files = some_files(10)
    port = int(cloud.host.rpartition(":")[2])
    with cut_proxy(port) as proxy:
        async with reached_by(cloud, proxy.url) as client:
            shaky = Side(client)
            await client.features()
            proxy.swallow = "POST"
            assert {type(one) for one in await shaky.put_all(files)} == {OfflineError}
            before = await side.volume.delta(0)
            found = await shaky.put_all(files)
    assert [one.content for one in found] == list(contents_of(files).values())
    assert (await side.volume.delta(0)).generation == before.generation


async def test_download_that_breaks_in_the_middle_gives_nothing_half(cloud, side):
    """16.8: the line says how much there is; a short one is no answer."""
    files = some_files(60, 10_000)
    await side.put_all(files)
    port = int(cloud.host.rpartition(":")[2])
    with fault_proxy(port) as proxy:
        async with reached_by(cloud, proxy.url) as client:
            shaky = Side(client)
            await client.features()
            proxy.fault, proxy.cut_after = Fault.CUT, 200_000
            found = await shaky.get_all(files)
            assert any(isinstance(one, OfflineError) for one in found)
            wanted = zip(files.values(), found, strict=True)
            assert all(isinstance(one, OfflineError) or one == data for data, one in wanted)


async def test_one_that_is_cancelled_harms_no_other(side):
    """Before its batch, and on the way."""
    files = some_files()
    tasks = [asyncio.ensure_future(side.put(name, data)) for name, data in files.items()]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED, timeout=0.001)
    tasks[1].cancel()
    found = await together(*tasks)
    assert [type(one) for one in found[:2]] == [asyncio.CancelledError] * 2
    assert [one.names[0] for one in found[2:]] == list(files)[2:]
    there = await side.tree()
    assert {name: there[name] for name in list(files)[2:]} == dict(
        list(contents_of(files).items())[2:]
    )


@pytest.mark.parametrize("running", ["100000B"], indirect=True)
async def test_what_fits_is_stored_and_the_others_wait_for_room(side):
    """12: 507 for each that does not fit, with what is missing; a smaller one may still fit."""
    files = {**some_files(3, QUOTA_BYTES // 3 - 1000), "large": os.urandom(60_000), "small": b"x"}
    found = dict(zip(files, await side.put_all(files), strict=True))
    assert isinstance(found["large"], QuotaError)
    assert "missing" in found["large"].text
    stored = {name: files[name] for name in files if name != "large"}
    assert await side.tree() == contents_of(stored)


async def test_cloud_without_batches_gets_one_request_for_each(cloud, asked):
    """16: a client relies on nothing that is not announced; and no more at once than before."""
    files, port = some_files(), int(cloud.host.rpartition(":")[2])
    with fault_proxy(port) as proxy:
        async with reached_by(cloud, proxy.url) as client:
            for feature in (contents.UPLOAD, contents.DOWNLOAD, batch.FEATURE):
                client.forget(feature)
            side = Side(client)
            made = await together(*(side.make(f"d{number}") for number in range(FILES)))
            assert len({node.key for node in made}) == FILES
            assert {node.names[0] for node in await side.put_all(files)} == set(files)
            assert await side.get_all(files) == list(files.values())
        assert proxy.connections <= PARALLEL
    found = asked()
    assert (found["/content/"], found["PUT"], found["/batch"]) == (2 * FILES, 2 * FILES, 0)


async def test_batch_that_is_refused_as_a_whole_goes_one_by_one(side, asked, monkeypatch):
    """As by a proxy that takes no such bodies; here the line makes no sense: 400."""

    def nonsense(upload):
        yield b"x" * int(upload.request.headers["Content-Length"])

    monkeypatch.setattr(content_batches.Upload, "pieces", nonsense)
    files = some_files(5)
    await side.put_all(files)
    assert await side.tree() == contents_of(files)
    assert asked()["/content/"] == len(files)


async def test_directories_whose_batch_is_refused_are_made_one_by_one(side, asked, monkeypatch):
    """And the next ones, too: it would be refused again."""
    monkeypatch.setattr(batch, "MAX_OPERATIONS", 0)
    await together(*(side.make(f"{number}") for number in range(5)))
    await side.make("later")
    assert len(await side.tree()) == 6
    assert (asked()["PUT"], asked()["/batch"]) == (6, 0)


async def test_directory_whose_path_no_batch_can_hold_hinders_no_other(side):
    """Folders may be as deep as no path that a program says at once."""
    with pytest.raises(U1Error):
        await asyncio.wait_for(side.make("\u00e9" * 100_000), SECONDS)
    await asyncio.wait_for(side.make("other"), SECONDS)
    assert await side.tree() == {"other": None}


async def test_limit_of_bytes_a_second_holds_for_batches(cloud):
    """D-Bus 5.3: both ways."""
    throttles = Throttles(Throttle(lambda: 200_000), Throttle(lambda: 200_000))
    side, files = Side(cloud, throttles), some_files(20, 10_000)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await side.put_all(files)
    between = loop.time()
    await side.get_all(files)
    assert between - begun > 0.6
    assert loop.time() - between > 0.6


async def test_small_file_is_read_when_its_turn_has_come(cloud):
    """Many that wait for a limit lie in no memory, and what goes up is what is there then."""
    rates, files = [1], some_files(20, 10_000)
    side = Side(cloud, Throttles(up=Throttle(lambda: rates[0])))
    read = []

    class Watched(Bytes):
        async def read(self, start):
            read.append(self.data)
            yield self.data

    puts = (side.put(name, data, source=Watched(data)) for name, data in files.items())
    tasks = [asyncio.ensure_future(put) for put in puts]
    await asyncio.sleep(0.1)
    assert not read
    rates[0] = None
    await together(*tasks)
    assert await side.tree() == contents_of(files)
