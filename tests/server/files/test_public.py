"""Public files (REST contract, 10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from tests.server.databases import both
from tests.server.files.client import API, Files, hash_of, tag_of
from tests.server.raw import Reply
from tests.server.rig import running_cloud
from u1tray.server.files.keys import fresh_uuid as uuid
from u1tray.server.storage.metadata.schema import nodes, volumes

pytestmark = pytest.mark.end2end

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LARGE = bytes(range(256)) * 1000


async def publish(files: Files, path: str, is_public: bool = True) -> str | None:
    reply = await files.node("PUT", path, {"is_public": is_public})
    assert reply.status == 200
    assert reply.json["is_public"] is is_public
    url = reply.json["public_url"]
    return None if url is None else str(url)


async def fetch(files: Files, url: str | None, method: str = "GET", **headers: str) -> Reply:
    """Without a signature."""
    assert url is not None
    origin = f"http://{files.running.api.authority}"
    assert url.startswith(origin + "/")
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return await files.running.request(method, url.removeprefix(origin), fields)


async def test_publication_is_fresh_each_time(files: Files) -> None:
    """Publishing again changes nothing; unpublishing destroys the id (10)."""
    await files.put("~/Docs/f", b"x")
    first = await publish(files, "~/Docs/f")
    assert await publish(files, "~/Docs/f") == first
    assert await publish(files, "~/Docs/f", False) is None
    second = await publish(files, "~/Docs/f")
    assert first != second
    assert (await fetch(files, first)).status == 404
    assert (await fetch(files, second)).body == b"x"


async def test_moves_and_new_content_keep_the_id(files: Files) -> None:
    """10."""
    await files.put("~/Docs/f", b"x")
    url = await publish(files, "~/Docs/f")
    await files.node("PUT", "~/Docs/f", {"path": "/g"})
    await files.put("~/Docs/g", b"new")
    assert (await files.get("~/Docs/g"))["public_url"] == url
    assert (await fetch(files, url)).body == b"new"


async def test_deleted_file_is_public_no_more(files: Files) -> None:
    """Deleting the file, or a directory above it, destroys the id (10)."""
    urls = []
    for name in ("a/f", "g"):
        await files.put(f"~/Docs/{name}", b"x")
        urls.append(await publish(files, f"~/Docs/{name}"))
    for name in ("a", "g"):
        await files.node("DELETE", f"~/Docs/{name}")
    assert [(await fetch(files, url)).status for url in urls] == [404, 404]
    assert (await files.ask("GET", f"{API}/public_files")).json == []


@both
async def test_many_public_files_are_listed_once_each(files: Files) -> None:
    """Sorted, as ever, where they are written in several pieces (10)."""
    paths = sorted(f"/~/Docs/{number % 7}/{'n' * 200} {number}" for number in range(1100))
    await files.volume("PUT", "~/More")
    await files.put("~/More/last", b"x")
    await files.put("~/Docs/0/first", b"x")

    def plant(connection: Connection) -> None:
        volume = connection.execute(
            select(volumes.c.id).where(volumes.c.path == "~/Docs")
        ).scalar_one()
        one = connection.execute(select(nodes).where(nodes.c.name == "first")).one()._asdict()
        root = connection.execute(
            select(nodes.c.id).where(nodes.c.volume_id == volume, nodes.c.parent_id.is_(None))
        ).scalar_one()
        folders = {"0": one["parent_id"]}
        for name in map(str, range(1, 7)):
            made = {
                **one,
                "parent_id": root,
                "name": name,
                "kind": "directory",
                "uuid": uuid(),
                "content_id": None,
                "sha1": None,
                "size": None,
            }
            made.pop("id")
            folders[name] = connection.execute(insert(nodes).values(made)).inserted_primary_key[0]
        for path in paths:
            _, _, _, folder, name = path.split("/")
            made = {
                **one,
                "parent_id": folders[folder],
                "name": name,
                "uuid": uuid(),
                "public_id": uuid(),
            }
            made.pop("id")
            connection.execute(insert(nodes).values(made))

    await files.running.cloud.workers.write(plant)
    await publish(files, "~/More/last")
    reply = await files.ask("GET", f"{API}/public_files")
    assert [node["resource_path"] for node in reply.json] == [*paths, "/~/More/last"]
    assert [node["path"] for node in reply.json[-2:]] == [paths[-1][len("/~/Docs") :], "/last"]
    assert reply.json[-1] == await files.get("~/More/last")


async def test_public_files_are_listed_by_path(files: Files, others: Files) -> None:
    """Of all the account's volumes, by `resource_path` (10)."""
    await others.put("~/Ubuntu One/other", b"x")
    await publish(others, "~/Ubuntu One/other")
    for path in ("~/Ubuntu One/z", "~/Docs/b/c", "~/Docs/a"):
        await files.put(path, b"x")
        await publish(files, path)
    await files.put("~/Docs/private", b"x")
    listed = (await files.ask("GET", f"{API}/public_files")).json
    assert [node["resource_path"] for node in listed] == [
        "/~/Docs/a",
        "/~/Docs/b/c",
        "/~/Ubuntu One/z",
    ]
    assert listed[1] == await files.get("~/Docs/b/c")


@pytest.mark.parametrize("sent", [b"hello", LARGE], ids=["inline", "blob"])
async def test_program_gets_the_bytes(files: Files, sent: bytes) -> None:
    """With the headers of 10; a trailing slash is accepted."""
    await files.put('~/Docs/Ünï "code".html', sent)
    url = await publish(files, '~/Docs/Ünï "code".html')
    for asked in (url, f"{url}/", f"{url}?dl=1"):
        reply = await fetch(files, asked, Accept="*/*")
        assert (reply.status, reply.body) == (200, sent)
        assert reply.header("Content-Type") == "application/octet-stream"
        assert reply.header("ETag") == tag_of(sent)
        assert reply.header("Cache-Control") == "no-cache"
        assert reply.header("Vary") == "Accept"
        assert reply.header("X-Content-Type-Options") == "nosniff"
        assert reply.header("Content-Security-Policy") == "sandbox"
        assert reply.header("X-Robots-Tag") == "noindex"
        assert reply.header("Referrer-Policy") == "no-referrer"
        assert reply.header("Content-Disposition") == (
            'attachment; filename="_n_ _code_.html"; '
            "filename*=UTF-8''%C3%9Cn%C3%AF%20%22code%22.html"
        )


async def test_browser_gets_a_page(files: Files) -> None:
    """Name, size, SHA-1, date, link; never the owner; strict policy (10)."""
    await files.put("~/Docs/<b>&.txt", b"hello")
    url = await publish(files, "~/Docs/<b>&.txt")
    reply = await fetch(files, url, **BROWSER)
    page = reply.body.decode()
    assert reply.status == 200
    assert reply.header("Content-Type") == "text/html; charset=utf-8"
    assert reply.header("Content-Security-Policy") == "default-src 'none'; style-src 'self'"
    assert reply.header("X-Robots-Tag") == "noindex"
    assert reply.header("Referrer-Policy") == "no-referrer"
    assert reply.header("Vary") == "Accept"
    for part in (
        "&lt;b&gt;&amp;.txt",
        "5 bytes",
        hash_of(b"hello")[5:],
        "2012-01-01",
        f"{url}?dl=1",
    ):
        assert part in page
    assert "<b>" not in page
    assert "Ana" not in page
    assert "ana@" not in page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_browser_gets_bytes_where_it_asks_for_them(files: Files, method: str) -> None:
    """With `Range` or `dl=1` (10)."""
    await files.put("~/Docs/f", b"hello")
    url = await publish(files, "~/Docs/f")
    whole = await fetch(files, f"{url}?dl=1", method, **BROWSER)
    part = await fetch(files, url, method, Range="bytes=1-2", **BROWSER)
    assert (whole.status, part.status) == (200, 206)
    if method == "GET":
        assert (whole.body, part.body) == (b"hello", b"el")
    page = await fetch(files, url, method, **BROWSER)
    assert page.header("Content-Type") == "text/html; charset=utf-8"


async def test_known_public_bytes_are_not_sent_again(files: Files) -> None:
    """`If-None-Match` works as in 7 (20)."""
    await files.put("~/Docs/f", b"hello")
    url = await publish(files, "~/Docs/f")
    assert (await fetch(files, url, If_None_Match=tag_of(b"hello"))).status == 304


@pytest.mark.parametrize(
    "name", ["0" * 22, "0" * 21, "z" * 22, "nothing", "%ff", "7n42DGM5PW9UTFKxP3NWY%C3%A9"]
)
async def test_unknown_id_is_404(files: Files, name: str) -> None:
    """As a page under the rule for `Accept`, else JSON (10, 20)."""
    program = await files.running.request("GET", f"/{name}")
    browser = await files.running.request("GET", f"/{name}", BROWSER)
    assert (program.status, program.code) == (404, "not_found")
    assert browser.status == 404
    assert browser.header("Content-Type") == "text/html; charset=utf-8"
    assert b"<!DOCTYPE html>" in browser.body


async def test_file_without_content_is_404_until_it_has_some(files: Files) -> None:
    """It can be published all the same (10)."""
    await files.make("~/Docs/f", "file")
    url = await publish(files, "~/Docs/f")
    before = await fetch(files, url)
    await files.put("~/Docs/f", b"x")
    after = await fetch(files, url)
    assert (before.status, before.code) == (404, "not_found")
    assert (after.status, after.body) == (200, b"x")


async def test_prefix_of_public_urls_is_an_option(data: Path) -> None:
    """`public_url_prefix` (18)."""
    async with running_cloud(data, public_url_prefix="https://u1.example") as running:
        ana, _ = await running.add_token(await running.add_account())
        files = Files(running, ana)
        await files.put("~/Ubuntu One/f", b"x")
        url = await publish(files, "~/Ubuntu One/f")
        assert url is not None
        assert url.startswith("https://u1.example/")
        reply = await running.request("GET", url.removeprefix("https://u1.example"))
        assert reply.body == b"x"
