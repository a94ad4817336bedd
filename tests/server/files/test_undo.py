"""Deleting with undo: nothing is lost, `used` is right, and deltas lead clients to the truth."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from tests.server import databases
from tests.server.files.bulk import fill
from tests.server.files.client import Files
from u1tray.server.files import undo
from u1tray.server.files.operations import Address
from u1tray.server.files.undo import FORGET_S, UNDO_S, numbered
from u1tray.server.messages.refusals import Refusal
from u1tray.server.storage.metadata.deletions import PLANTED_AT_ONCE
from u1tray.server.storage.metadata.schema import accounts, deleted_nodes
from u1tray.server.upkeep import sweeping

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

LARGE = bytes(range(256)) * 1000


def account_of(connection: Connection, files: Files) -> int:
    key = files.credentials.consumer_key
    query = select(accounts.c.id).where(accounts.c.consumer_key == key)
    return int(connection.execute(query).scalar_one())


async def delete(files: Files, path: str) -> int:
    """Delete with undo: the deletion's id."""

    def work(connection: Connection) -> int:
        address = Address(account_of(connection, files), tuple(path.split("/")))
        return undo.delete_node(connection, address, files.running.clock.now()).id

    return await files.running.cloud.workers.write(work)


async def delete_volume(files: Files, path: str) -> int:
    def work(connection: Connection) -> int:
        account_id = account_of(connection, files)
        return undo.delete_volume(connection, account_id, path, files.running.clock.now()).id

    return await files.running.cloud.workers.write(work)


async def restore(files: Files, deletion_id: int) -> tuple[str, ...]:
    """Undo: the names of what came back."""

    def work(connection: Connection) -> tuple[str, ...]:
        account_id = account_of(connection, files)
        now = files.running.clock.now()
        return undo.restore(connection, account_id, deletion_id, now).names

    return await files.running.cloud.workers.write(work)


async def bytes_of(files: Files, path: str) -> bytes:
    reply = await files.content("GET", path)
    assert reply.status == 200, reply
    return reply.body


async def test_tree_comes_back_byte_for_byte(files: Files) -> None:
    """Contents, empty files, empty directories, dates and `used`."""
    await files.put("~/Docs/a/b/small", b"small")
    await files.put("~/Docs/a/large", LARGE)
    await files.make("~/Docs/a/empty")
    await files.make("~/Docs/a/no content", "file")
    before = {path: await files.get(f"~/Docs/a{path}") for path in ("", "/b/small", "/large")}
    used = await files.used()
    files.running.clock.moment += 60
    number = await delete(files, "~/Docs/a")
    assert (await files.node("GET", "~/Docs/a")).status == 404
    assert await files.used() == 0
    files.running.clock.moment += 60
    assert await restore(files, number) == ("a",)
    assert await files.names("~/Docs/a") == ["/a/b", "/a/empty", "/a/large", "/a/no content"]
    assert await bytes_of(files, "~/Docs/a/b/small") == b"small"
    assert await bytes_of(files, "~/Docs/a/large") == LARGE
    assert (await files.get("~/Docs/a/no content"))["hash"] is None
    assert await files.used() == used
    for path, old in before.items():
        new = await files.get(f"~/Docs/a{path}")
        assert (new["when_created"], new["when_changed"]) == (
            old["when_created"],
            old["when_changed"],
        )


async def test_delta_over_delete_and_undo_leads_a_client_to_the_truth(files: Files) -> None:
    """Keys are never reused, each node has a generation of its own, parents come first (9)."""
    await files.put("~/Docs/a/b/f", b"x")
    known = {node["key"]: node for node in (await files.delta("~/Docs", 0))["delta"]["nodes"]}
    since = await files.generation("~/Docs")
    await restore(files, await delete(files, "~/Docs/a"))
    nodes: list[dict[str, Any]] = (await files.delta("~/Docs", since))["delta"]["nodes"]
    gone = [node["path"] for node in nodes if not node["is_live"]]
    live = [node["path"] for node in nodes if node["is_live"]]
    assert gone == ["/a"]
    assert live == ["/a", "/a/b", "/a/b/f"]
    assert not {node["key"] for node in nodes if node["is_live"]} & set(known)
    generations = [node["generation"] for node in nodes]
    assert generations == sorted(set(generations))
    assert nodes[0]["is_live"] is False


async def test_taken_name_is_numbered(files: Files) -> None:
    """What was made meanwhile stays as it is."""
    await files.put("~/Docs/f.txt", b"old")
    number = await delete(files, "~/Docs/f.txt")
    await files.put("~/Docs/f.txt", b"new")
    assert await restore(files, number) == ("f (2).txt",)
    assert await bytes_of(files, "~/Docs/f.txt") == b"new"
    assert await bytes_of(files, "~/Docs/f (2).txt") == b"old"


async def test_missing_parents_are_made_again(files: Files) -> None:
    """The directory was deleted after the file."""
    await files.put("~/Docs/a/b/f", b"x")
    number = await delete(files, "~/Docs/a/b/f")
    await delete(files, "~/Docs/a")
    assert await restore(files, number) == ("a", "b", "f")
    assert await bytes_of(files, "~/Docs/a/b/f") == b"x"


async def test_parent_that_is_a_file_now_is_passed_by(files: Files) -> None:
    """It comes back at the top of the volume."""
    await files.put("~/Docs/a/f", b"x")
    number = await delete(files, "~/Docs/a/f")
    await delete(files, "~/Docs/a")
    await files.put("~/Docs/a", b"a file")
    assert await restore(files, number) == ("f",)


async def test_volume_comes_back(files: Files) -> None:
    """With its tree; where there is one of its name again, inside that."""
    await files.put("~/Docs/a/f", b"x")
    number = await delete_volume(files, "~/Docs")
    assert (await files.volume("GET", "~/Docs")).status == 404
    assert await files.used() == 0
    assert await restore(files, number) == ()
    assert await bytes_of(files, "~/Docs/a/f") == b"x"
    number = await delete_volume(files, "~/Docs")
    await files.volume("PUT", "~/Docs")
    assert await restore(files, number) == ("Docs",)
    assert await bytes_of(files, "~/Docs/Docs/a/f") == b"x"


async def test_undo_plants_no_path_that_is_too_long(files: Files) -> None:
    """At most 4096 bytes (3), also where a taken name makes it longer; then nothing changes."""
    deep = "/".join(["d" * 255] * 15 + ["e" * 253])
    await files.put(f"~/Docs/a/{deep}", b"x")
    number = await delete(files, "~/Docs/a")
    await files.make("~/Docs/a")
    with pytest.raises(Refusal, match="too long"):
        await restore(files, number)
    assert await files.names("~/Docs") == ["/a"]
    await files.node("DELETE", "~/Docs/a")
    await restore(files, number)
    assert await bytes_of(files, f"~/Docs/a/{deep}") == b"x"


async def test_undo_works_once_for_an_hour_and_for_its_owner(files: Files, others: Files) -> None:
    """Nobody else's deletion can be undone, and nothing twice."""
    await files.put("~/Docs/f", b"x")
    number = await delete(files, "~/Docs/f")
    with pytest.raises(Refusal, match="no longer"):
        await restore(others, number)
    await restore(files, number)
    with pytest.raises(Refusal, match="no longer"):
        await restore(files, number)
    late = await delete(files, "~/Docs/f")
    files.running.clock.moment += UNDO_S
    with pytest.raises(Refusal, match="no longer"):
        await restore(files, late)


async def test_undo_without_room_changes_nothing(files: Files) -> None:
    """Quota is asked as for an upload, and the undo stays."""
    await files.put("~/Docs/f", LARGE)
    number = await delete(files, "~/Docs/f")

    async def limit(quota: int) -> None:
        def work(connection: Connection) -> None:
            connection.execute(accounts.update().values(quota_bytes=quota))

        await files.running.cloud.workers.write(work)

    await limit(len(LARGE) - 1)
    with pytest.raises(Refusal, match="no room"):
        await restore(files, number)
    assert (await files.node("GET", "~/Docs/f")).status == 404
    await limit(len(LARGE))
    await restore(files, number)
    assert await bytes_of(files, "~/Docs/f") == LARGE


async def test_old_deletions_are_forgotten_at_the_next(files: Files) -> None:
    """So that their contents may be collected."""
    await files.put("~/Docs/f", b"x")
    await files.put("~/Docs/g", b"y")
    await delete(files, "~/Docs/f")
    files.running.clock.moment += FORGET_S
    await delete(files, "~/Docs/g")

    def count(connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(deleted_nodes)).scalar_one())

    assert await files.running.cloud.workers.read(count) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpg", "photo (2).jpg"),
        ("folder", "folder (2)"),
        (".hidden", ".hidden (2)"),
        ("a.tar.gz", "a.tar (2).gz"),
        ("é" * 127 + ".", "é" * 125 + " (2)."),
        ("x." + "y" * 253, "x (2)"),
    ],
)
def test_numbered_name_is_a_name(name: str, expected: str) -> None:
    """At most 255 bytes, cut between characters."""
    assert numbered(name, 2) == expected
    assert len(expected.encode()) <= 255


async def plant_one_portion(files: Files, deletion_id: int) -> undo.Restored:
    def work(connection: Connection) -> undo.Restored:
        account_id = account_of(connection, files)
        return undo.restore(connection, account_id, deletion_id, files.running.clock.now())

    return await files.running.cloud.workers.write(work)


async def test_large_tree_comes_back_in_portions(files: Files) -> None:
    """Each its own transaction, so that others have their turn; parents first, dates as before."""
    await files.put("~/Docs/a/0/first", b"first")
    await fill(files, "~/Docs", PLANTED_AT_ONCE)
    for number in range(3):
        await files.node("PUT", f"~/Docs/{number:07}", {"path": f"/a/{number:07}"})
    files.running.clock.moment += 60
    number = await delete_volume(files, "~/Docs")
    await files.volume("PUT", "~/Docs")
    first = await plant_one_portion(files, number)
    assert (first.names, first.is_done) == (("Docs",), False)
    assert len(await files.changed("~/Docs", 0)) == PLANTED_AT_ONCE
    assert await files.used() == 0  # /a/0/first is near the end
    second = await plant_one_portion(files, number)
    assert (second.names, second.is_done) == (("Docs",), True)
    assert len(await files.changed("~/Docs", 0)) == PLANTED_AT_ONCE + 4
    assert await files.used() == 5
    assert await bytes_of(files, "~/Docs/Docs/a/0/first") == b"first"
    with pytest.raises(Refusal, match="no longer"):
        await restore(files, number)


async def test_what_others_make_between_two_portions_stays(files: Files) -> None:
    """A taken name is numbered, a directory is shared, one that is gone is made again."""
    await files.put("~/Docs/a/y/late", b"late")
    await files.put("~/Docs/a/z/last", b"last")
    for number in range(PLANTED_AT_ONCE - 1):
        await files.make(f"~/Docs/a/b{number:04}")
    deletion = await delete(files, "~/Docs/a")
    assert not (await plant_one_portion(files, deletion)).is_done
    await files.put("~/Docs/a/y/late", b"other")
    await files.node("DELETE", "~/Docs/a/b0000")
    assert (await plant_one_portion(files, deletion)).is_done
    assert await bytes_of(files, "~/Docs/a/y/late") == b"other"
    assert await bytes_of(files, "~/Docs/a/y/late (2)") == b"late"
    assert await bytes_of(files, "~/Docs/a/z/last") == b"last"
    assert await files.used() == 13


async def test_undo_that_is_stopped_goes_on_where_it_was(files: Files) -> None:
    """A quota that is full meanwhile, a file in the way: what is left can come back later."""
    for number in range(PLANTED_AT_ONCE - 1):
        await files.make(f"~/Docs/a/b{number:04}")
    await files.put("~/Docs/a/z", LARGE)
    deletion = await delete(files, "~/Docs/a")
    assert not (await plant_one_portion(files, deletion)).is_done
    await files.node("PUT", "~/Docs/a", {"path": "/elsewhere"})
    await files.put("~/Docs/a", b"a file")
    with pytest.raises(Refusal, match="file stands"):
        await restore(files, deletion)
    assert await files.used() == 6
    await files.node("DELETE", "~/Docs/a")
    assert await restore(files, deletion) == ("a",)
    assert await files.names("~/Docs/a") == ["/a/z"]
    assert await bytes_of(files, "~/Docs/a/z") == LARGE


async def test_undo_that_was_begun_in_time_may_end_later(files: Files) -> None:
    """Nobody forgets the rest while half a tree is there."""
    for number in range(PLANTED_AT_ONCE - 1):
        await files.make(f"~/Docs/a/b{number:04}")
    await files.put("~/Docs/a/z", b"last")
    deletion = await delete(files, "~/Docs/a")
    files.running.clock.moment += UNDO_S - 1
    assert not (await plant_one_portion(files, deletion)).is_done
    files.running.clock.moment += UNDO_S - 1
    await sweeping.sweep(files.running.cloud)
    assert (await plant_one_portion(files, deletion)).is_done
    assert await bytes_of(files, "~/Docs/a/z") == b"last"


async def test_what_may_be_undone_is_whole(files: Files) -> None:
    """Another server's clock is a little ahead of that of the request."""
    await files.put("~/Docs/a/z", b"last")
    deletion = await delete(files, "~/Docs/a")
    files.running.clock.moment += UNDO_S + 5
    await sweeping.sweep(files.running.cloud)
    files.running.clock.moment -= 6
    await restore(files, deletion)
    assert await bytes_of(files, "~/Docs/a/z") == b"last"
