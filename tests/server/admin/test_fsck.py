"""fsck: every kind of damage is made for real, found, mended, and then gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.rig.processes import Processes
from tests.server.admin.cloud import (
    BIG,
    FILES,
    OTHER,
    ROOT,
    SMALL,
    Copy,
    Damaging,
    Made,
    ask,
    blob,
    check_promises,
    damage,
    fsck,
    rows_of,
)
from tests.server.files.client import Files
from tests.server.rig import running_cloud
from u1tray.server.admin.fsck.damage import BEYOND_REPAIR, LEFTOVERS, MEANINGS, Damage

pytestmark = pytest.mark.end2end


def sql(*statements: str) -> Damaging:
    return lambda data: damage(data, *statements)


def node(name: str) -> str:
    return f"(SELECT id FROM nodes WHERE name = '{name}' AND is_live)"


def add_node(columns: str, values: str) -> str:
    """One more file, in the root volume unless said otherwise."""
    return (
        "INSERT INTO nodes (uuid, account_id, volume_id, kind, is_live, created_at, changed_at,"
        f" generation_created, {columns})"
        f" VALUES (randomblob(16), 1, 1, 'file', 1, 0, 0, 1, {values})"
    )


def shorten_blob(data: Path) -> None:
    with blob(data, BIG).open("r+b") as file:
        file.truncate(len(BIG) - 1)


def flip_blob(data: Path) -> None:
    with blob(data, BIG).open("r+b") as file:
        file.seek(5000)
        file.write(b"!")


def corrupt_index(data: Path) -> None:
    """Change rows while SQLite does not know of an index over them."""
    hidden = ask(
        data, "SELECT quote(sql) || ', ' || rootpage FROM sqlite_master WHERE name = 'nodes_dead'"
    )
    damage(data, "PRAGMA writable_schema=ON", "DELETE FROM sqlite_master WHERE name = 'nodes_dead'")
    damage(data, "UPDATE nodes SET changed_at = changed_at + 1 WHERE NOT is_live")
    damage(
        data,
        "PRAGMA writable_schema=ON",
        "INSERT INTO sqlite_master (type, name, tbl_name, sql, rootpage)"
        f" VALUES ('index', 'nodes_dead', 'nodes', {hidden})",
    )


def orphan_upload(data: Path) -> None:
    folder = data / "contents" / "partial"
    folder.mkdir(exist_ok=True)
    (folder / "nobody").write_bytes(b"part")


def orphan_blob(data: Path) -> None:
    path = blob(data, b"orphan")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"orphan")
    os.utime(path, (1e9, 1e9))


SECOND_NAME = ("DROP INDEX nodes_by_name", "UPDATE nodes SET name = 'b' WHERE name = 'twin.bin'")
MAKERS: dict[Damage, Damaging] = {
    Damage.BROKEN_DATABASE: corrupt_index,
    Damage.VOLUME_WITHOUT_ACCOUNT: sql(
        "INSERT INTO volumes (account_id, uuid, path, type, generation, created_at)"
        " VALUES (77, randomblob(16), '~/Ubuntu One', 'root', 0, 0)"
    ),
    Damage.MISSING_ROOT_VOLUME: sql("UPDATE volumes SET type = 'udf' WHERE type = 'root'"),
    Damage.NODE_WITHOUT_VOLUME: sql("DELETE FROM volumes WHERE path = '~/Docs'"),
    Damage.MISSING_ROOT: sql("DELETE FROM nodes WHERE parent_id IS NULL AND volume_id = 1"),
    Damage.SECOND_ROOT: sql(
        "DROP INDEX nodes_root",
        add_node("name, generation", "'', 0"),
    ),
    Damage.WRONG_ROOT: sql("UPDATE nodes SET is_live = 0 WHERE parent_id IS NULL"),
    Damage.WRONG_ACCOUNT: sql("UPDATE nodes SET account_id = 9 WHERE name = 'big.bin'"),
    Damage.MISSING_PARENT: sql(f"DELETE FROM nodes WHERE id = {node('b')}"),
    Damage.PARENT_ELSEWHERE: sql(
        f"UPDATE nodes SET parent_id = {node('sub')} WHERE name = 'deep.txt'"
    ),
    Damage.PARENT_IS_FILE: sql(f"UPDATE nodes SET parent_id = {node('one.txt')} WHERE name = 'b'"),
    Damage.DEAD_PARENT: sql("UPDATE nodes SET is_live = 0, last_path = '/a' WHERE name = 'a'"),
    Damage.CYCLE: sql(f"UPDATE nodes SET parent_id = {node('b')} WHERE name = 'a'"),
    Damage.BAD_NAME: sql("UPDATE nodes SET name = 'x/../y' WHERE name = 'one.txt'"),
    Damage.DUPLICATE_NAME: sql(*SECOND_NAME),
    Damage.DATA_WITHOUT_CONTENT: sql(
        "DELETE FROM contents WHERE id = (SELECT content_id FROM nodes WHERE name = 'deep.txt')"
    ),
    Damage.MISSING_BLOB: lambda data: blob(data, BIG).unlink(),
    Damage.WRONG_SIZE: shorten_blob,
    Damage.WRONG_HASH: flip_blob,
    Damage.MISSING_DATA: sql(
        "DELETE FROM small_contents"
        " WHERE content_id = (SELECT content_id FROM nodes WHERE name = 'deep.txt')"
    ),
    Damage.WRONG_DATA: sql(
        "UPDATE small_contents SET data = x'414243'"
        " WHERE content_id = (SELECT content_id FROM nodes WHERE name = 'deep.txt')"
    ),
    Damage.WRONG_FINGERPRINT: sql(
        f"UPDATE contents SET sha1 = zeroblob(20) WHERE size = {len(BIG)}"
    ),
    Damage.MISPLACED_CONTENT: sql(
        "UPDATE nodes SET content_id = (SELECT content_id FROM nodes WHERE name = 'big.bin'),"
        f" size = {len(BIG)} WHERE name = 'b'"
    ),
    Damage.UNKNOWN_CONTENT: sql(f"DELETE FROM contents WHERE size = {len(OTHER)}"),
    Damage.NODE_DIFFERS: sql("UPDATE nodes SET size = 3 WHERE name = 'other.bin'"),
    Damage.MISPLACED_PUBLIC_ID: sql("UPDATE nodes SET public_id = randomblob(16) WHERE name='b'"),
    Damage.DUPLICATE_PUBLIC_ID: sql(
        "DROP INDEX nodes_by_public_id",
        "UPDATE nodes SET public_id = (SELECT public_id FROM nodes WHERE name = 'one.txt')"
        " WHERE name = 'big.bin'",
    ),
    Damage.GENERATION_OUT_OF_RANGE: sql("UPDATE nodes SET generation = 5000 WHERE name = 'b'"),
    Damage.DUPLICATE_GENERATION: sql(
        "UPDATE nodes SET generation = (SELECT generation FROM nodes WHERE name = 'one.txt')"
        " WHERE name = 'b'"
    ),
    Damage.WRONG_USED: sql("UPDATE accounts SET used_bytes = used_bytes + 1"),
    Damage.MISSING_INDEX: sql("DROP INDEX nodes_by_content"),
    Damage.ORPHAN_UPLOAD: orphan_upload,
    Damage.ORPHAN_BLOB: orphan_blob,
}
# The files whose bytes are lost with each; every other file is the same, wherever it is.
LOST = {
    Damage.MISSING_BLOB: BIG,
    Damage.WRONG_SIZE: BIG,
    Damage.WRONG_HASH: BIG,
    Damage.MISSING_DATA: SMALL,
    Damage.WRONG_DATA: SMALL,
}
MENDABLE = sorted(set(Damage) - LEFTOVERS - BEYOND_REPAIR)


def test_every_word_has_a_meaning_and_a_test() -> None:
    """No kind of damage without a sentence, a way to make it, and a page."""
    assert set(MEANINGS) == set(Damage) == set(MAKERS)
    page = (Path(__file__).parents[3] / "data/man/u1server.1").read_text().replace("\\-", "-")
    assert [damage.value for damage in Damage if damage.value not in page] == []


def test_healthy_cloud_is_clean(started: Processes, cloud: Made) -> None:
    """Exit code 0, and no file of the data directory is changed by looking or repairing."""
    done, found = fsck(started, cloud.data)
    assert (done.returncode, found["outcome"], found["findings"]) == (0, "clean", [])
    done, found = fsck(started, cloud.data, "--repair", "--quick")
    assert (done.returncode, found["mended"]) == (0, {})


@pytest.mark.parametrize("kind", MENDABLE, ids=lambda kind: kind.value)
async def test_damage_is_found_and_mended(started: Processes, cloud: Made, kind: Damage) -> None:
    """Found, mended (21), clean (0); then every promise of the API holds again.

    A program that kept a copy sees by deltas alone what became of it; no byte is lost but those
    that the damage took (REST contract, 7, 9, 11).
    """
    copies = [Copy(ROOT), Copy("~/Docs")]
    async with running_cloud(cloud.data) as running:
        files = Files(running, cloud.credentials)
        for copy in copies:
            await copy.update(files)
    MAKERS[kind](cloud.data)
    done, found = await asyncio.to_thread(fsck, started, cloud.data, "--repair")
    assert (done.returncode, found["outcome"]) == (21, "mended"), (found, done.stderr)
    assert (kind.value in found["counts"], found["mended"][kind.value] >= 1) == (True, True)
    done, found = await asyncio.to_thread(fsck, started, cloud.data)
    assert (done.returncode, found["counts"]) == (0, {})
    async with running_cloud(cloud.data) as running:
        shown = await check_promises(Files(running, cloud.credentials), copies)
    expected = sorted(data for data in FILES.values() if data != LOST.get(kind))
    kept = sorted(data for data in shown.values() if data is not None)
    assert [data for data in expected if data not in kept] == []
    assert len(kept) >= len(expected)


async def test_lost_content_can_be_uploaded_again(started: Processes, cloud: Made) -> None:
    """The file stays in its place with its key, without content, and takes the bytes again."""
    path = f"{ROOT}/a/big.bin"
    flip_blob(cloud.data)
    damaged = blob(cloud.data, BIG).read_bytes()
    async with running_cloud(cloud.data) as running:
        files = Files(running, cloud.credentials)
        old = await files.get(path)
        done, _ = await asyncio.to_thread(fsck, started, cloud.data, "--repair")  # while serving
        assert done.returncode == 21
        new = await files.get(path)
        assert (new["key"], new["hash"], new["size"]) == (old["key"], None, None)
        assert new["generation"] > old["generation"]
        assert await files.used() == sum(len(data) for data in FILES.values() if data != BIG)
        reply = await files.content("PUT", path, BIG, If_None_Match="*")
        assert (reply.status, reply.json["hash"]) == (200, old["hash"])
        assert (await files.content("GET", path)).body == BIG
    (seized,) = (cloud.data / "quarantine").iterdir()
    assert seized.read_bytes() == damaged
    assert fsck(started, cloud.data)[0].returncode == 0


def test_quick_look_reads_no_blob(started: Processes, cloud: Made) -> None:
    """Flipped bits are found by a full one only; a missing or shortened blob by both."""
    flip_blob(cloud.data)
    assert fsck(started, cloud.data, "--quick")[0].returncode == 0
    assert fsck(started, cloud.data, "--full")[1]["counts"] == {"wrong-hash": 1}
    shorten_blob(cloud.data)
    assert fsck(started, cloud.data, "--quick")[1]["counts"] == {"wrong-size": 1}


@pytest.mark.parametrize("kind", sorted(LEFTOVERS), ids=lambda kind: kind.value)
def test_leftovers_are_told_and_left(started: Processes, cloud: Made, kind: Damage) -> None:
    """They are no damage: exit code 0, with --repair too; gc is for them."""
    MAKERS[kind](cloud.data)
    for words in ([], ["--repair"]):
        done, found = fsck(started, cloud.data, *words)
        assert (done.returncode, found["counts"]) == (0, {kind.value: 1})


def test_what_only_a_backup_mends_stays_damaged(started: Processes, cloud: Made) -> None:
    """Exit code 20 also after --repair."""
    MAKERS[Damage.VOLUME_WITHOUT_ACCOUNT](cloud.data)
    done, found = fsck(started, cloud.data, "--repair")
    assert (done.returncode, found["outcome"]) == (20, "damaged")


def test_everything_at_once_is_mended(started: Processes, cloud: Made) -> None:
    """Several kinds of damage in one tree do not keep each other from being mended."""
    for kind in (
        Damage.DUPLICATE_NAME,
        Damage.MISSING_ROOT,
        Damage.PARENT_IS_FILE,
        Damage.WRONG_HASH,
        Damage.WRONG_DATA,
        Damage.DUPLICATE_GENERATION,
        Damage.WRONG_USED,
    ):
        MAKERS[kind](cloud.data)
    before = rows_of(cloud.data)
    done, found = fsck(started, cloud.data)
    assert (done.returncode, found["outcome"]) == (20, "damaged")
    assert rows_of(cloud.data) == before  # to look changes nothing
    done, found = fsck(started, cloud.data, "--repair")
    assert (done.returncode, found["outcome"]) == (21, "mended"), found
    assert fsck(started, cloud.data)[0].returncode == 0


def test_text_names_account_and_path(started: Processes, cloud: Made) -> None:
    """One line a finding: the word, what it is about, where it is."""
    blob(cloud.data, OTHER).unlink()
    done = started.run("u1server", "fsck", "--data", str(cloud.data))
    number = ask(cloud.data, f"SELECT id FROM contents WHERE size = {len(OTHER)}")
    first = f"missing-blob\tcontent {number}\tana@example.com {ROOT}/a/b/other.bin\n"
    assert (done.returncode, done.stdout.startswith(first), done.stderr) == (20, True, "")


def test_killed_repair_can_be_run_again(started: Processes, cloud: Made) -> None:
    """kill -9 at some moment of a repair: nothing is worse, and the next one ends it."""
    for kind in (Damage.WRONG_HASH, Damage.WRONG_ACCOUNT, Damage.WRONG_DATA, Damage.CYCLE):
        MAKERS[kind](cloud.data)
    for moment_s in (0.3, 0.45, 0.6, 0.75):
        process = started.start("u1server", "fsck", "--data", str(cloud.data), "--repair")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment_s)
        process.signal(signal.SIGKILL)
        process.wait()
    done, _ = fsck(started, cloud.data, "--repair")
    assert done.returncode in (0, 21)
    assert fsck(started, cloud.data)[0].returncode == 0


async def test_repair_beside_a_writing_client_loses_nothing(
    started: Processes, cloud: Made
) -> None:
    """What is uploaded while a repair runs is there afterwards."""
    for kind in (Damage.WRONG_HASH, Damage.DEAD_PARENT, Damage.WRONG_USED):
        MAKERS[kind](cloud.data)
    async with running_cloud(cloud.data) as running:
        files = Files(running, cloud.credentials)
        repair = asyncio.create_task(asyncio.to_thread(fsck, started, cloud.data, "--repair"))
        written = 0
        while not repair.done() or written < 5:
            await files.put(f"~/Docs/new/{written}.bin", BIG + bytes([written % 256]))
            written += 1
        assert (await repair)[0].returncode == 21
        names = await files.names("~/Docs/new")
        assert len(names) == written
        await check_promises(files, [])
    assert fsck(started, cloud.data)[0].returncode == 0


# In a volume that was deleted and waits, or is being removed.
BURIED = "UPDATE volumes SET type = 'deleted', path = 'deleted ' || id WHERE path = '~/Docs'"
IN_DOCS = "volume_id = (SELECT id FROM volumes WHERE type = 'deleted')"
WITH_CONTENT = (
    "UPDATE nodes SET size = 9, content_id = (SELECT content_id FROM nodes WHERE name = 'x.txt')"
    " WHERE name = 'sub'"
)
OF_Y = "(SELECT content_id FROM nodes WHERE name = 'y.txt')"
BURIED_MAKERS: dict[str, tuple[str, ...]] = {
    "bad name": ("UPDATE nodes SET name = 'x/y' WHERE name = 'sub'",),
    "content of a directory": (WITH_CONTENT,),
    "no root": (f"DELETE FROM nodes WHERE parent_id IS NULL AND {IN_DOCS}",),
    "no root, and content of a directory": (
        WITH_CONTENT,
        f"DELETE FROM nodes WHERE parent_id IS NULL AND {IN_DOCS}",
    ),
    "two roots": (
        "DROP INDEX nodes_root",
        "UPDATE nodes SET parent_id = NULL WHERE name = 'sub'",
    ),
    "root that is a file": (
        f"UPDATE nodes SET kind = 'file' WHERE parent_id IS NULL AND {IN_DOCS}",
    ),
    "lost bytes": (f"DELETE FROM small_contents WHERE content_id = {OF_Y}",),
    "lost content": (f"DELETE FROM contents WHERE id = {OF_Y}",),
    "wrong account": ("UPDATE nodes SET account_id = 9 WHERE name = 'y.txt'",),
    "wrong generation": ("UPDATE nodes SET generation = 5000 WHERE name = 'y.txt'",),
}


@pytest.mark.parametrize("what", sorted(BURIED_MAKERS))
def test_damage_in_a_deleted_volume_keeps_no_repair_from_its_end(
    started: Processes, cloud: Made, what: str
) -> None:
    """Whatever is wrong there, the rest is mended and the next look finds nothing."""
    damage(cloud.data, BURIED, *BURIED_MAKERS[what])  # `used` is wrong by that, too
    done, found = fsck(started, cloud.data, "--repair")
    assert (done.returncode, found["outcome"]) == (21, "mended"), (found, done.stderr)
    assert fsck(started, cloud.data)[0].returncode == 0
