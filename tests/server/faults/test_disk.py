"""A disk whose last room is kept: `python -m tests.server.faults.disk` fills a real one."""

from __future__ import annotations

import pytest

from tests.server.api.packed import put, upload
from tests.server.files.client import Files
from tests.server.uploads.client import Tus
from tests.server.web.visitor import Visitor
from u1tray.server.storage import directory

pytestmark = pytest.mark.end2end


async def test_full_disk_takes_no_bytes_but_lets_make_room(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """507 `server_full` by every way in; reads, moves, deletions go on; then all is well (12)."""
    await files.put("~/Docs/a", b"1")
    await files.put("~/Docs/b", b"2" * 50_000)
    url = await Tus(files).begin("~/Docs/up", 3)
    visitor = Visitor(files.running)
    await visitor.log_in()
    await visitor.get("/files/")
    with monkeypatch.context() as full:
        full.setattr(directory, "RESERVED_BYTES", 1 << 62)
        replies = [
            await files.content("PUT", "~/Docs/new", b"3"),
            await files.content("PUT", "~/Docs/large", b"3" * 50_000),
            await Tus(files).create("~/Docs/more", 3),
            await Tus(files).patch(url, 0, b"123"),
            await visitor.put("/upload/~/Docs/page", b"3"),
        ]
        assert [(one.status, one.code) for one in replies] == [(507, "server_full")] * 5
        assert (await files.content("PUT", "~/None/x", b"3")).status == 404  # the first fault wins
        batched = await upload(
            files, put("/~/Docs/new", b"3"), put("/~/None/x", b"3"), put("/~/Docs/m", b"3" * 50_000)
        )
        assert [one["status"] for one in batched] == [507, 404, 507]
        assert batched[0]["body"]["code"] == "server_full"
        assert (await files.content("GET", "~/Docs/b")).status == 200
        assert (await files.node("PUT", "~/Docs/a", {"path": "/c"})).status == 200
        assert (await files.node("DELETE", "~/Docs/b")).status == 200
        assert await Tus(files).offset(url) == 0
    assert (await Tus(files).patch(url, 0, b"123")).status == 204
    assert (await files.content("PUT", "~/Docs/new", b"3")).status == 201
