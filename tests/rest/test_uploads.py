"""Resumable uploads of both clients against a real cloud, through a bad network (16.3, 17)."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from tests.rest.scripted import Answer, scripted
from tests.rest.vectors import SET_A
from tests.rig.cloud import EMAIL, PASSWORD, RunningCloud, start_cloud
from tests.rig.cut_proxy import CutProxy, cut_proxy
from tests.rig.processes import wait_until
from u1tray.rest import uploads
from u1tray.rest.asynchronous import cloud as asynchronous
from u1tray.rest.asynchronous import uploads as asynchronous_uploads
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.blocking import uploads as blocking_uploads
from u1tray.rest.nodes import Node
from u1tray.rest.resumption import Resumption, Sending
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import ConflictError, ContractError, OfflineError, QuotaError

pytestmark = pytest.mark.end2end

SIZE = uploads.RESUMABLE_ABOVE_BYTES + 3_000_001
DATA = random.Random(16).randbytes(SIZE)
SHA1 = "sha1:" + hashlib.sha1(DATA).hexdigest()
PART = 256 * 1024
TARGET = "/~/Ubuntu One/big.bin"


@dataclass
class Uploader:
    """One of the two clients: puts DATA, remembers what it was told.

    It sleeps if it `is_patient`: a cloud needs its time to notice that a connection broke.
    """

    run: Callable
    is_patient: bool = False
    urls: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def nap(self, seconds: float) -> float:
        """Note a pause; how long it really is."""
        self.slept.append(seconds)
        return seconds if self.is_patient else 0.0

    def put(self, url: str, keys: Credentials, *, upload_url: str = "", limit=5) -> Node:
        return self.run(self, CloudSettings.of(url), keys, upload_url, limit)


def parts(offset: int) -> Iterator[bytes]:
    for start in range(offset, SIZE, PART):
        yield DATA[start : start + PART]


def _blocking(uploader, settings, keys, upload_url, limit):
    resumable = blocking_uploads.Resumable(
        parts, upload_url, uploader.urls.append, uploader.offsets.append
    )
    options = {"program": "test", "sleep": lambda seconds: time.sleep(uploader.nap(seconds))}
    with blocking.Cloud(settings, keys, limit=limit, **options) as cloud:
        files = cloud.files
        node, _ = files.make(TARGET, "file")

        def body() -> Iterator[bytes]:
            raise AssertionError("sent by PUT")
            yield b""

        return files.put_content(node, SIZE, body, lambda: SHA1, resumable=resumable)


def _asynchronous(uploader, settings, keys, upload_url, limit):
    async def asynchronous_parts(offset):
        for part in parts(offset):
            yield part

    async def sleep(seconds):
        await asyncio.sleep(uploader.nap(seconds))

    async def run():
        resumable = asynchronous_uploads.Resumable(
            asynchronous_parts, upload_url, uploader.urls.append, uploader.offsets.append
        )
        options = {"program": "test", "sleep": sleep, "limit": limit}
        with blocking.Cloud(settings, keys, program="test") as first:
            node, _ = first.files.make(TARGET, "file")
        async with asynchronous.Cloud(settings, keys, **options) as cloud:
            url = await cloud.feature_url(uploads.FEATURE)
            sending = Sending(
                *(settings, url, node.resource_path, SIZE, lambda: SHA1),
                *({"If-None-Match": "*"}, upload_url),
            )
            resumption = Resumption(sending, now=cloud.now, draw=random.random, limit=limit)
            return await asynchronous_uploads.send(cloud, resumption, resumable)

    return asyncio.run(run())


@pytest.fixture(params=[_blocking, _asynchronous], ids=["blocking", "asynchronous"])
def uploader(request) -> Uploader:
    return Uploader(request.param)


@pytest.fixture
def cloud(started, home) -> RunningCloud:
    return start_cloud(started, home)


@pytest.fixture
def keys(cloud: RunningCloud) -> Credentials:
    with blocking.Cloud(CloudSettings.of(cloud.url), program="test") as client:
        return client.issue_token(EMAIL, PASSWORD, "test")


@pytest.fixture
def proxy(cloud: RunningCloud) -> Iterator[CutProxy]:
    with cut_proxy(int(cloud.url.rpartition(":")[2])) as made:
        yield made


def stored(cloud: RunningCloud, keys: Credentials) -> str:
    """The hash of what can be downloaded."""
    with blocking.Cloud(CloudSettings.of(cloud.url), keys, program="test") as client:
        got = hashlib.sha1()
        client.files.get_content(client.files.node(TARGET), lambda: got.update)
        return f"sha1:{got.hexdigest()}"


def arrived(cloud: RunningCloud, keys: Credentials, url: str) -> int:
    """How much of an upload the server promises to have."""
    with blocking.Cloud(CloudSettings.of(cloud.url), keys, program="test") as client:
        where = cloud.url + urlsplit(url).path
        return uploads.offset(client.send(uploads.look(where)), SIZE)


def test_large_upload_is_stored(cloud, keys, uploader):
    """The URL to remember is told, and that there is none any more; progress goes to the end."""
    node = uploader.put(cloud.url, keys)
    assert (node.hash, node.size, node.resource_path) == (SHA1, SIZE, TARGET)
    assert stored(cloud, keys) == SHA1
    assert uploader.urls[0].startswith(cloud.url)
    assert uploader.urls[1:] == [""]
    assert (uploader.offsets[0], uploader.offsets[-1]) == (0, SIZE)
    assert uploader.offsets == sorted(uploader.offsets)
    assert uploader.slept == []


def test_broken_connections_only_cost_what_was_under_way(cloud, keys, proxy, uploader):
    """Each attempt goes on where the server is (HEAD, PATCH); nothing is lost or doubled."""
    uploader.is_patient = True
    proxy.cuts, proxy.after = 3, 5_000_000
    node = uploader.put(proxy.url, keys)
    assert proxy.broken == 3
    assert stored(cloud, keys) == SHA1
    assert node.hash == SHA1
    assert any(starts(uploader.offsets)[1:])  # it did not begin anew
    assert len(uploader.urls) == 2  # one upload all the time


def starts(offsets: list[int]) -> list[int]:
    """Where attempts began: the first, and after each step back or standstill."""
    pairs = zip([SIZE, *offsets], offsets, strict=False)
    return [now for before, now in pairs if now <= before]


def test_lost_last_answer_is_no_failure(cloud, keys, proxy, uploader):
    """The upload is gone and the file has the content: it was committed (17)."""
    proxy.swallow = "PATCH"
    node = uploader.put(proxy.url, keys)
    assert proxy.broken == 1
    assert node.hash == SHA1
    assert uploader.urls[-1] == ""
    assert stored(cloud, keys) == SHA1


def test_upload_goes_on_after_a_restart_of_the_program(cloud, keys, proxy, uploader):
    """With the URL that was remembered."""
    proxy.cuts, proxy.after = 1, 9_000_000
    with pytest.raises(OfflineError):
        uploader.put(proxy.url, keys, limit=1)
    (url,) = uploader.urls
    wait_until(lambda: arrived(cloud, keys, url) > 5_000_000, 60, "the end of the connection")
    second = Uploader(uploader.run, is_patient=True)
    node = second.put(proxy.url, keys, upload_url=url)
    assert node.hash == SHA1
    assert min(second.offsets) == second.offsets[0] > 5_000_000
    assert second.urls == [""]
    assert stored(cloud, keys) == SHA1


@pytest.mark.parametrize("given", ["/nothing", "http://elsewhere.invalid/x"])
def test_forgotten_upload_begins_anew(cloud, keys, uploader, given):
    """404; and what is signed goes to no other host."""
    url = f"{cloud.url}/api/file_storage/v1/uploads{given}" if given[0] == "/" else given
    node = uploader.put(cloud.url, keys, upload_url=url)
    assert (node.hash, uploader.offsets[0]) == (SHA1, 0)


def test_changed_target_is_a_conflict(cloud, keys, uploader, proxy):
    """412: the content is not the one that was seen (7)."""
    with blocking.Cloud(CloudSettings.of(cloud.url), keys, program="test") as client:
        node, _ = client.files.make(TARGET, "file")
        proxy.cuts, proxy.after = 1, 9_000_000
        with pytest.raises(OfflineError):
            uploader.put(proxy.url, keys, limit=1)
        client.files.put_content(node, 3, lambda: iter([b"abc"]), lambda: sha1_of(b"abc"))
        resumable = blocking_uploads.Resumable(parts, uploader.urls[0])
        with pytest.raises(ConflictError):
            client.files.put_content(
                node, SIZE, lambda: iter([]), lambda: SHA1, resumable=resumable
            )
    assert stored(cloud, keys) == sha1_of(b"abc")


def sha1_of(data: bytes) -> str:
    return "sha1:" + hashlib.sha1(data).hexdigest()


def test_upload_of_something_else_is_not_gone_on_with(cloud, keys, uploader):
    """Another length: it is discarded."""
    with blocking.Cloud(CloudSettings.of(cloud.url), keys, program="test") as client:
        client.files.make(TARGET, "file")
        at = client.feature_url("uploads")
        url = uploads.location(client.send(uploads.create(at, TARGET, 5, {})), at)
        assert uploader.put(cloud.url, keys, upload_url=url).hash == SHA1
        assert client.send(uploads.look(url)).status == 404


def test_file_that_changed_while_it_was_sent_is_noticed(cloud, keys):
    """Clients compare the hash with their own (7)."""
    with blocking.Cloud(CloudSettings.of(cloud.url), keys, program="test") as client:
        node, _ = client.files.make(TARGET, "file")
        resumable = blocking_uploads.Resumable(parts)
        with pytest.raises(ContractError):
            client.files.put_content(
                node, SIZE, lambda: iter([]), lambda: sha1_of(b"x"), resumable=resumable
            )


def test_small_or_unannounced_upload_is_a_put(cloud, keys):
    """Up to 16 MiB by PUT, and to a cloud without the extension always (16, 16.3)."""
    resumable = blocking_uploads.Resumable(parts)
    with blocking.Cloud(CloudSettings.of(cloud.url), keys, program="test") as client:
        node, _ = client.files.make(TARGET, "file")
        part = DATA[:PART]
        put = client.files.put_content
        node = put(node, PART, lambda: iter([part]), lambda: sha1_of(part), resumable=resumable)
        assert node.hash == sha1_of(part)
    with scripted() as server:
        shown = Answer.json(201, {**NODE, "hash": SHA1, "size": SIZE})
        server.answers = [Answer.json(404, {}), shown]
        with blocking.Cloud(CloudSettings.of(server.url), SET_A, program="test") as client:
            put = client.files.put_content
            put(node, SIZE, lambda: parts(0), lambda: SHA1, resumable=resumable)
        assert [one.method for one in server.received] == ["GET", "PUT"]


NODE = {
    "kind": "file",
    "path": "/big.bin",
    "resource_path": TARGET,
    "parent_path": "/~/Ubuntu One",
    "volume_path": "/volumes/~/Ubuntu One",
    "content_path": "/content/~/Ubuntu One/big.bin",
    "key": "k",
    "when_created": "2012-08-25T15:34:49Z",
    "when_changed": "2012-08-25T15:34:49Z",
    "generation": 1,
    "generation_created": 1,
    "is_live": True,
    "is_public": False,
    "public_url": None,
}


def test_no_room_is_said_and_not_tried_again(started, home, uploader):
    """507 at the creation (12, 17)."""
    cloud = start_cloud(started, home, quota="10MB")
    with blocking.Cloud(CloudSettings.of(cloud.url), program="test") as client:
        keys = client.issue_token(EMAIL, PASSWORD, "test")
    with pytest.raises(QuotaError) as caught:
        uploader.put(cloud.url, keys)
    assert caught.value.code == "quota_exceeded"
    assert (uploader.slept, uploader.urls) == ([], [])


def test_held_upload_is_waited_for(cloud, keys, uploader):
    """409 while a connection of before is open still: look again, go on when it is over."""
    with scripted() as server:
        tus = (("Upload-Offset", "0"), ("Upload-Length", str(SIZE)))
        features = {"features": {"uploads": {"url": "/u/"}}}
        node = Answer.json(200, {**NODE, "hash": SHA1, "size": SIZE})
        empty = Answer.json(200, {**NODE, "hash": None, "size": None})
        held = Answer.json(409, {"code": "offset_mismatch", "error": "x"})
        done = Answer(204, b"", (("Upload-Offset", str(SIZE)), ("ETag", f'"{SHA1}"')))
        server.answers = [
            empty,
            Answer.json(200, features),
            Answer(201, b"", (("Location", "/u/1"),)),
            held,
            Answer(200, b"", tus),
            Answer.json(503, {"code": "busy", "error": "x"}, ("Retry-After", "7")),
            Answer(200, b"", tus),
            done,
            node,
        ]
        assert uploader.put(server.url, SET_A).hash == SHA1
    methods = [one.method for one in server.received]
    assert methods == ["PUT", "GET", "POST", "PATCH", "HEAD", "PATCH", "HEAD", "PATCH", "GET"]
    assert uploader.slept[0] == pytest.approx(1.0, rel=0.3)
    assert uploader.slept[1:] == [7.0]
    assert all(one.is_signed_by(SET_A) for one in server.received if one.target != "/api/features/")
