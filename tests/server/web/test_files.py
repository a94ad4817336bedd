"""The file pages without a script: forms and redirects, over raw HTTP."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.server import databases
from tests.server.raw import connect
from tests.server.rig import running_cloud
from tests.server.web.visitor import Visitor, multipart, text_of
from u1tray.server.files.search import MAX_HITS
from u1tray.server.files.undo import UNDO_S
from u1tray.server.web.listing import PAGE_ROWS

pytestmark = pytest.mark.end2end

HERE = "/files/~/Ubuntu%20One"
UPLOAD = "/upload/~/Ubuntu%20One"
LARGE = bytes(range(256)) * 1000


async def names(visitor: Visitor, target: str = HERE) -> list[str]:
    """What a page lists, in its order."""
    page = (await visitor.get(target)).body.decode()
    return re.findall(r'class="node"[^>]*>\s*<svg.*?</svg>\s*<bdi>(.*?)</bdi>', page, re.DOTALL)


async def content(visitor: Visitor, path: str) -> bytes:
    reply = await visitor.get(f"{HERE}/{path}")
    assert reply.status == 200, reply
    return reply.body


async def test_files_of_a_form_are_stored(visitor: Visitor) -> None:
    """Several at once, large and small and empty, whatever their names."""
    files = [("a.txt", b"small"), ('lar\'ge "x".bin', LARGE), ("empty", b""), ("ñ|%.txt", b"y")]
    reply = await visitor.send_files(UPLOAD, files)
    assert (reply.status, reply.header("Location")) == (303, HERE)
    assert "4 files were uploaded." in await visitor.follow(reply)
    assert await content(visitor, "a.txt") == b"small"
    assert await content(visitor, "lar'ge%20%22x%22.bin") == LARGE
    assert await content(visitor, "empty") == b""
    assert await content(visitor, "%C3%B1%7C%25.txt") == b"y"


async def test_form_may_come_in_any_pieces(visitor: Visitor) -> None:
    """The bytes of a file are the same wherever the wire cuts them."""
    body, content_type = multipart([("f", LARGE[:3000] + b"\r\n--boundary-of-a")], visitor.fields())
    head = {
        "Content-Type": content_type,
        "Cookie": f"u1={visitor.session()}",
        "Transfer-Encoding": "chunked",
    }
    connection = await connect(visitor.running.api.host, visitor.running.api.port)
    await connection.send(visitor.running.wire("POST", UPLOAD, head))
    for start in range(0, len(body), 97):
        piece = body[start : start + 97]
        await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    await connection.send(b"0\r\n\r\n")
    reply = await asyncio.wait_for(connection.reply(), 15)
    await connection.close()
    assert reply.status == 303
    assert await content(visitor, "f") == LARGE[:3000] + b"\r\n--boundary-of-a"


@pytest.mark.parametrize("cut", [10, 500])
async def test_broken_form_stores_nothing(visitor: Visitor, cut: int) -> None:
    """Cut off in a head or in a file: 400, and no half file."""
    body, content_type = multipart([("f", b"x" * 500)], visitor.fields())
    reply = await visitor.ask("POST", UPLOAD, body[: -cut - 50], {"Content-Type": content_type})
    assert reply.status == 400
    assert await names(visitor) == []


@databases.both
async def test_file_of_the_same_name_is_kept(visitor: Visitor) -> None:
    """The new one is numbered; the same bytes again change nothing."""
    for data in (b"one", b"two", b"two", b"three"):
        await visitor.send_files(UPLOAD, [("a.txt", data)])
    assert await names(visitor) == ["a (2).txt", "a (3).txt", "a.txt"]
    assert await content(visitor, "a.txt") == b"one"
    assert await content(visitor, "a%20(3).txt") == b"three"


async def test_file_is_replaced_where_that_was_asked(visitor: Visitor) -> None:
    """By the form and by the script."""
    await visitor.send_files(UPLOAD, [("a", b"one")])
    await visitor.send_files(UPLOAD, [("a", b"two")], replace="1")
    assert await content(visitor, "a") == b"two"
    reply = await visitor.put(f"{UPLOAD}/a?replace=1", b"three")
    assert (reply.status, reply.json) == (200, {"name": "a", "size": 5})
    assert await names(visitor) == ["a"]
    assert await content(visitor, "a") == b"three"


async def test_script_puts_files_with_their_folders(visitor: Visitor) -> None:
    """A dropped folder: missing parents are made."""
    reply = await visitor.put(f"{UPLOAD}/b/c/d.txt", LARGE)
    assert (reply.status, reply.json["name"]) == (201, "d.txt")
    assert await content(visitor, "b/c/d.txt") == LARGE


async def test_file_without_room_is_refused_in_plain_words(data: Path) -> None:
    """Before its bytes are read, by form and script; what fits goes on."""
    async with running_cloud(data) as running:
        await running.add_account(quota_bytes=1000)
        visitor = Visitor(running)
        await visitor.log_in()
        await visitor.get("/files/")
        reply = await visitor.put(f"{UPLOAD}/big", b"x" * 1001)
        assert reply.status == 507
        assert reply.json["error"].startswith("There is not enough room: 1.0 kB are free")
        files = [("big", b"x" * 1001), ("fits", b"x" * 600), ("too much", b"y" * 600)]
        reply = await visitor.send_files(UPLOAD, files)
        assert "too much: There is not enough room" in await visitor.follow(reply)
        assert await names(visitor) == ["fits"]
        assert "600 bytes of 1.0 kB used" in text_of(await visitor.get("/files/"))


async def test_file_too_large_for_the_cloud_is_refused(data: Path) -> None:
    """`max_upload_bytes` holds here too."""
    async with running_cloud(data, max_upload_bytes=1000) as running:
        await running.add_account()
        visitor = Visitor(running)
        await visitor.log_in()
        await visitor.get("/files/")
        reply = await visitor.put(f"{UPLOAD}/big", b"x" * 1001)
        assert (reply.status, reply.code) == (413, "too_large")
        reply = await visitor.send_files(UPLOAD, [("big", b"x" * 1001)])
        assert "larger than this cloud takes" in await visitor.follow(reply)
        assert await names(visitor) == []


@databases.both
async def test_folder_is_made_renamed_and_moved(visitor: Visitor) -> None:
    """Each form leads back with a word; nothing is ever replaced."""
    assert "The folder a was made." in await visitor.do(HERE, action="new-folder", name="a")
    assert "already" in await visitor.do(HERE, action="new-folder", name="a")
    await visitor.do(HERE, action="new-folder", name="b", back=HERE)
    await visitor.send_files(f"{UPLOAD}/a", [("f", b"x")])
    said = await visitor.do(f"{HERE}/a", action="rename", name="b", back=HERE)
    assert "There is something of this name already." in said
    said = await visitor.do(f"{HERE}/a", action="rename", name="c ñ", back=HERE)
    assert "It is called c ñ now." in said
    page = text_of(await visitor.get("/move/~/Ubuntu%20One/c%20%C3%B1"))
    assert "It is in this folder now." in page
    page = text_of(await visitor.get("/move/~/Ubuntu%20One/c%20%C3%B1?into=~%2FUbuntu%20One%2Fb"))
    assert "Move into b" in page
    reply = await visitor.post(f"{HERE}/c%20%C3%B1", action="move", into="/b", back=HERE)
    assert reply.header("Location") == f"{HERE}/b"
    assert "c ñ was moved here." in await visitor.follow(reply)
    assert await content(visitor, "b/c%20%C3%B1/f") == b"x"
    assert "into itself" in await visitor.do(f"{HERE}/b", action="move", into="/b/c ñ")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "x" * 256, "\x00"])
async def test_name_that_cannot_be_is_refused(visitor: Visitor, name: str) -> None:
    """In words, on the page that the form was on."""
    await visitor.send_files(UPLOAD, [("f", b"x")])
    for target, action in ((HERE, "new-folder"), (f"{HERE}/f", "rename")):
        said = await visitor.do(target, action=action, name=name, back=HERE)
        assert "This name cannot be used" in said
    assert await names(visitor) == ["f"]


async def test_link_is_published_and_withdrawn(visitor: Visitor) -> None:
    """The page tells the link; without log-in it leads to the file until it is withdrawn."""
    await visitor.send_files(UPLOAD, [("f", b"x")])
    reply = await visitor.post(f"{HERE}/f", action="publish", back=HERE)
    page = await visitor.get(reply.header("Location") or "")
    found = re.search(r'<input type="text" readonly value="http://[^/]+(/\w{22})"', str(page.body))
    assert found
    assert (await visitor.running.request("GET", found[1])).body == b"x"
    public = await visitor.running.request("GET", found[1], {"Accept": "text/html"})
    assert b'rel="stylesheet" href="/static/style.css?v=' in public.body
    assert "is private again" in await visitor.do(f"{HERE}/f", action="unpublish", back=HERE)
    assert (await visitor.running.request("GET", found[1])).status == 404


@databases.both
async def test_delete_is_undone(visitor: Visitor) -> None:
    """By the button that the page then has, or by the list of what was deleted."""
    await visitor.send_files(f"{UPLOAD}/a", [("f", LARGE)])
    said = await visitor.do(f"{HERE}/a", action="delete", back=HERE)
    assert "a was deleted. Undo" in said
    assert await names(visitor) == []
    page = (await visitor.get("/files/")).body.decode()
    found = re.search(r'name="deletion" value="([0-9]+)"', page)
    assert found
    assert "a is back." in await visitor.do("/files/", action="undo", deletion=found[1])
    assert await content(visitor, "a/f") == LARGE
    assert "not here" in await visitor.do("/files/", action="undo", deletion=found[1])


async def test_deletion_is_listed_for_an_hour(visitor: Visitor) -> None:
    """Then it is gone."""
    await visitor.do("/files/", action="new-volume", name="Documents/2012")
    await visitor.do("/files/", action="delete-volume", path="~/Documents/2012")
    assert "Deleted in the last hour 2012" in text_of(await visitor.get("/files/"))
    visitor.running.clock.moment += UNDO_S
    assert "Deleted" not in text_of(await visitor.get("/files/"))


async def test_volumes_are_made_and_not_nested(visitor: Visitor) -> None:
    """The root cannot be deleted (5)."""
    said = await visitor.do("/files/", action="new-volume", name=" Documents/Letters ")
    assert "The folder Documents/Letters was made." in said
    assert await names(visitor, "/files/") == ["Ubuntu One", "Documents/Letters"]
    assert "inside another" in await visitor.do("/files/", action="new-volume", name="Documents")
    said = await visitor.do("/files/", action="delete-volume", path="~/Ubuntu One")
    assert "cannot be deleted" in said
    assert "Letters" in text_of(await visitor.get("/files/~/Documents/Letters"))


@databases.both
@pytest.mark.parametrize("path", ["~/nul\0", "", "Ubuntu One", "~/Other"])
async def test_volume_that_cannot_be_is_not_deleted(visitor: Visitor, path: str) -> None:
    """The page says so, for any text in the form."""
    assert "not here" in await visitor.do("/files/", action="delete-volume", path=path)


@databases.both
async def test_search_finds_by_a_part_of_the_name(visitor: Visitor) -> None:
    """In all volumes, whatever the case, also beyond ASCII."""
    await visitor.do("/files/", action="new-volume", name="Docs")
    await visitor.put(f"{UPLOAD}/a/%C3%91AND%C3%9A%20100%25.txt", b"x")
    await visitor.put("/upload/~/Docs/b/other", b"x")
    assert await names(visitor, "/files/?q=%20%C3%B1and%C3%BA%20") == ["ÑANDÚ 100%.txt"]
    assert await names(visitor, "/files/?q=0%25") == ["ÑANDÚ 100%.txt"]
    assert await names(visitor, "/files/?q=OTHER") == ["other"]
    assert await names(visitor, "/files/?q=%25") == ["ÑANDÚ 100%.txt"]
    assert "Nothing is called like “_”." in text_of(await visitor.get("/files/?q=_"))
    assert await names(visitor, "/files/?q=") == ["Ubuntu One", "Docs"]


async def test_long_list_is_shown_in_pages(visitor: Visitor) -> None:
    """Directories first, then by name as people sort."""
    await asyncio.gather(*(visitor.put(f"{UPLOAD}/f{n:03}", b"") for n in range(PAGE_ROWS)))
    await visitor.do(HERE, action="new-folder", name="Z")
    first = await names(visitor)
    assert (len(first), first[:2]) == (PAGE_ROWS, ["Z", "f000"])
    assert await names(visitor, f"{HERE}?page=2") == [f"f{PAGE_ROWS - 1:03}"]
    assert await names(visitor, f"{HERE}?page=99999999999") == first
    found = await names(visitor, "/files/?q=F0")
    assert len(found) == MAX_HITS
    assert "There may be more" in text_of(await visitor.get("/files/?q=F0"))
    assert "Page 2 of 2" in text_of(await visitor.get(f"{HERE}?page=2"))


async def test_page_speaks_spanish_to_who_asks_for_it(visitor: Visitor) -> None:
    """By Accept-Language, with its qualities."""
    for accepted, code in (
        ("es-AR,es;q=0.9,en;q=0.8", "es"),
        ("fr, es;q=0.3, en;q=0.5", "en"),
        ("de", "en"),
        ("es;q=0", "en"),
        ("*;;q=x,", "en"),
    ):
        visitor.headers = {"Accept-Language": accepted}
        reply = await visitor.get("/files/")
        assert reply.header("Content-Language") == code, accepted
        assert f'<html lang="{code}">'.encode() in reply.body
