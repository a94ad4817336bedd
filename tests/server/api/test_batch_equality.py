"""A batch of contents does what the same single requests do (REST contract, 16.8)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server import databases
from tests.server.api.packed import Item, download, upload
from tests.server.files.client import API, Files, encoded, tag_of
from tests.server.raw import Reply
from tests.server.rig import Running

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS
TAKES_SECONDS = 20

VOLUMES = ("~/Docs", "~/Docs2/deep", "~/Ubuntu One")
QUOTAS = st.sampled_from((10_000, 75_000))
OLD = b"what was there"
NEW = b"new"
NAMES = st.sampled_from((*("a", "b", "é", "n", "o", "a b") * 4, ".", "x" * 256))
PATHS = st.builds(
    lambda volume, names: "/" + "/".join((volume, *names)),
    st.sampled_from((*VOLUMES * 5, "~/None", "~bob/Docs", "~")),
    st.lists(NAMES, min_size=1, max_size=3) | st.just([]),
)
CONTENTS = st.sampled_from(
    (b"", OLD, NEW, *(b"w" * 6_000, b"x" * 7_000) * 3, b"y" * 30_000, b"z" * 40_000)
)
TAGS = st.sampled_from(("*", tag_of(OLD), tag_of(NEW), tag_of(b""), f'W/{tag_of(OLD)}, "x"'))
HEADERS = st.just({}) | st.fixed_dictionaries(
    {}, optional={"If-Match": TAGS, "If-None-Match": TAGS}
)
ITEMS = st.lists(
    st.tuples(PATHS, CONTENTS, HEADERS.map(lambda found: {"headers": found})),
    min_size=1,
    max_size=16,
)
NUMBERS = itertools.count()


async def settle(running: Running, name: str, quota_bytes: int) -> Files:
    """An account with something in each volume."""
    account = await running.add_account(f"{name}@example.com", name, quota_bytes)
    files = Files(running, (await running.add_token(account))[0])
    for volume in VOLUMES[:2]:
        await files.volume("PUT", volume)
    for volume in VOLUMES:
        await files.put(f"{volume}/a", OLD)
        await files.put(f"{volume}/b/a", OLD)
        await files.make(f"{volume}/é", "file")
    return files


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(items=ITEMS, quota_bytes=QUOTAS)
async def test_batch_does_what_single_requests_do(
    running: Running, items: list[Item], quota_bytes: int
) -> None:
    """Equal statuses, bodies but keys, tags, contents, trees, deltas and used (7, 9, 11, 16.8)."""
    number = next(NUMBERS)
    batched = await settle(running, f"batched{number}", quota_bytes)
    single = await settle(running, f"single{number}", quota_bytes)
    running.clock.moment += 60  # what is changed now says so
    results = await upload(batched, *items)
    expected = [await put_alone(single, item) for item in items]
    assert plain(results) == plain(expected)
    operations = ({"path": path, **more} for path, _, more in items)
    fetched = await download(batched, *operations)
    assert plain(fetched) == plain([await get_alone(single, item) for item in items])
    assert await everything(batched) == await everything(single)


async def alone(files: Files, method: str, item: Item) -> Reply:
    """The answer to the single request of an operation."""
    path, data, more = item
    fields = {name.replace("-", "_"): value for name, value in more["headers"].items()}
    if path.startswith("/~/") or path == "/~":
        sent = data if method == "PUT" else None
        return await files.content(method, path[1:], sent, **fields)
    return await files.node(method, path[1:])  # who owns it is told by the URL of the node (1)


async def put_alone(files: Files, item: Item) -> dict[str, Any]:
    """What a batch says of it."""
    reply = await alone(files, "PUT", item)
    return {"status": reply.status, "body": reply.json, "etag": reply.header("etag")}


async def get_alone(files: Files, item: Item) -> dict[str, Any]:
    """What a batch says of it."""
    reply = await alone(files, "GET", item)
    tag = {} if reply.header("etag") is None else {"etag": reply.header("etag")}
    if reply.status == 200:
        return {"status": 200, "size": len(reply.body), "data": reply.body, **tag}
    body = {} if reply.status == 304 else {"body": reply.json}
    return {"status": reply.status, **body, **tag}


async def everything(files: Files) -> Any:
    """Trees, deltas from the beginning and from the middle, what is used."""
    trees = [
        (await files.ask("GET", f"{API}/{encoded(volume)}?recursive=true")).body.splitlines()
        for volume in VOLUMES
    ]
    deltas = [await files.delta(volume, since) for volume in VOLUMES for since in (0, 5)]
    lines = [[json.loads(line) for line in tree] for tree in trees]
    return plain([deltas, lines, await files.used()])


def plain(value: Any) -> Any:
    """The same without what differs between two accounts: keys."""
    if isinstance(value, dict):
        return {n: plain(v) for n, v in value.items() if n not in ("key", "parent_key")}
    return [plain(one) for one in value] if isinstance(value, list) else value
