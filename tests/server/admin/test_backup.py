"""backup and restore: one moment of a serving cloud, whole or not there."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import signal
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.rig.processes import Process, Processes
from tests.server.admin.cloud import (
    BIG,
    FILES,
    ROOT,
    Copy,
    Made,
    ask,
    blob,
    check_promises,
    damage,
    fsck,
)
from tests.server.files.client import Files
from tests.server.rig import running_cloud

pytestmark = pytest.mark.end2end


@pytest.fixture
def backup(home: Path) -> Path:
    """Where a backup goes; nothing is there yet."""
    return home / "backup"


@pytest.fixture
def again(home: Path) -> Path:
    """Where a cloud is restored; nothing is there yet."""
    return home / "again"


def back_up(started: Processes, data: Path, backup: Path, *words: str) -> dict[str, Any]:
    done = started.run("u1server", "backup", str(backup), "--data", str(data), "--json", *words)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def restore(started: Processes, backup: Path, data: Path, *words: str) -> CompletedProcess[str]:
    done = started.run("u1server", "restore", str(backup), "--data", str(data), *words)
    assert "Traceback" not in done.stderr, done.stderr
    return done


async def contents_of(data: Path, made: Made) -> dict[str, bytes | None]:
    """Every file of a cloud, through the API."""
    async with running_cloud(data) as running:
        return await check_promises(Files(running, made.credentials), [])


async def test_restored_cloud_is_the_one_backed_up(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """Files, volumes, tokens and links; the old credentials work (the key is in the backup)."""
    made = back_up(started, cloud.data, backup, "--with-key")
    assert (made["contents"], made["missing"], made["has_key"]) == (2, [], True)
    done = restore(started, backup, again)
    assert (done.returncode, done.stderr) == (0, "")
    assert await contents_of(again, cloud) == FILES
    assert fsck(started, again)[0].returncode == 0


def test_restored_cloud_has_nothing_of_the_moment(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """Web log-ins that were ended since are not begun again, and no upload lacks its bytes."""
    values = {
        "web_sessions": "(1, randomblob(32), 1, 'full', randomblob(32), 1, 1, 'agent', NULL)",
        "nonces": "(randomblob(32), 9e9)",
        "password_attempts": "(1, randomblob(32), 9e9)",
        "uploads": "('id', 1, '~/Docs/a', NULL, NULL, 9, 5, 1, 9e9, NULL, NULL)",
        "doomed_blobs": "(1, randomblob(32), 1, NULL)",
    }
    damage(cloud.data, *(f"INSERT INTO {name} VALUES {row}" for name, row in values.items()))
    back_up(started, cloud.data, backup)
    assert restore(started, backup, again).returncode == 0
    assert [name for name in values if ask(again, f"SELECT count(*) FROM {name}")] == []
    assert ask(again, "SELECT count(*) FROM tokens") > 0
    told = started.run("u1server", "restore", "--help").stdout
    assert "tokens that were revoked since the backup live again" in " ".join(told.split())


async def test_copy_newer_than_the_backup_is_read_anew(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """A program that saw more than the backup has never takes later changes for what it knows:
    its next delta is 410, also when the volume has changed as often again (9)."""
    back_up(started, cloud.data, backup, "--with-key")
    kept = Copy(ROOT)
    async with running_cloud(cloud.data) as running:
        files = Files(running, cloud.credentials)
        await files.put(f"{ROOT}/lost.txt", b"after the backup")
        await kept.update(files)
    assert restore(started, backup, again).returncode == 0
    async with running_cloud(again) as running:
        files = Files(running, cloud.credentials)
        for number in range(3):
            await files.put(f"{ROOT}/new{number}.txt", b"after the restore")
        await check_promises(files, [kept])
        assert f"{ROOT}/lost.txt" not in kept.tree()


@pytest.mark.parametrize("words", [[], ["--copy"]])
async def test_second_backup_copies_only_what_is_new(
    started: Processes, cloud: Made, backup: Path, again: Path, words: list[str]
) -> None:
    """And what nothing names any more is gone from it."""
    assert back_up(started, cloud.data, backup, *words)["copied"] == 2
    assert back_up(started, cloud.data, backup, *words)["copied"] == 0
    async with running_cloud(cloud.data) as running:
        files = Files(running, cloud.credentials)
        await files.put("~/Docs/new.bin", BIG[:-1])
        made = await asyncio.to_thread(back_up, started, cloud.data, backup, *words, "--with-key")
    assert (made["copied"], made["contents"]) == (1, 3)
    assert len(list(backup.glob("metadata-*"))) == 1
    assert restore(started, backup, again).returncode == 0
    assert (await contents_of(again, cloud))["~/Docs/new.bin"] == BIG[:-1]


async def test_backup_beside_a_writer_is_one_moment(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """Each volume is as it was at some moment: what was written later is not there before."""
    written: list[str] = []

    async def write(files: Files) -> None:
        """Each step replaces one file, adds a second, and deletes the one before."""
        for number in itertools.count():
            data = b"%06d" % number + (BIG if number % 2 else b"")
            await files.put("~/Docs/state.bin", data)
            await files.put(f"~/Docs/n{number}", data)
            if number:
                assert (await files.node("DELETE", f"~/Docs/n{number - 1}")).status == 200
            written.append(f"{number}")

    async with running_cloud(cloud.data) as running:
        writer = asyncio.create_task(write(Files(running, cloud.credentials)))
        while len(written) < 3:
            await asyncio.sleep(0.01)
        for _ in range(2):
            before = len(written)
            await asyncio.to_thread(back_up, started, cloud.data, backup, "--with-key")
            assert len(written) > before  # it went on meanwhile
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
    assert restore(started, backup, again).returncode == 0
    found = await contents_of(again, cloud)
    numbered = sorted(
        int(path.removeprefix("~/Docs/n")) for path in found if path.startswith("~/Docs/n")
    )
    now = found["~/Docs/state.bin"]
    assert now is not None
    current = int(now[:6])
    # Between two steps of the writer there are one or two of them.
    assert numbered in ([current], [current - 1], [current - 1, current])
    for number in numbered:
        assert (found[f"~/Docs/n{number}"] or b"")[:6] == b"%06d" % number
    assert {path: data for path, data in found.items() if path in FILES} == FILES
    assert fsck(started, again)[0].returncode == 0


def test_key_is_left_out_unless_asked_for(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """It is said how to keep it, and how to bring it back; a server refuses to start without."""
    done = started.run("u1server", "backup", str(backup), "--data", str(cloud.data))
    assert (done.returncode, "server key is not in it" in done.stdout) == (0, True)
    assert not list(backup.glob("*.key"))
    done = restore(started, backup, again)
    assert (done.returncode, "now put the server key" in done.stdout) == (0, True)
    listing = ("u1server", "user", "list", "--data", str(again))
    refused = started.run(*listing)
    assert (refused.returncode, "server key is gone" in refused.stderr) == (2, True)
    shutil.copy(cloud.data / "server.key", again)
    assert started.run(*listing).returncode == 0


def test_backup_is_for_its_owner_only(started: Processes, cloud: Made, backup: Path) -> None:
    """Like the data directory."""
    back_up(started, cloud.data, backup, "--with-key")
    for path in (backup, *backup.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("place", ["cloud", "cloud/inside", "."])
def test_backup_never_lies_with_other_things(
    started: Processes, cloud: Made, home: Path, place: str
) -> None:
    """Not in the data directory, not around it, not among other files: exit code 2."""
    (home / "other").write_text("mine")
    done = started.run("u1server", "backup", str(home / place), "--data", str(cloud.data))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (home / "other").read_text() == "mine"


def test_restore_refuses_what_is_not_empty_or_not_whole(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """Exit codes 4, 6 and 2, one line each, and nothing is made."""
    assert restore(started, backup, again).returncode == 4
    back_up(started, cloud.data, backup)
    done = restore(started, backup, cloud.data)
    assert (done.returncode, done.stderr.count("\n")) == (6, 1)
    (metadata,) = backup.glob("metadata-*.sqlite")
    whole = metadata.read_bytes()
    metadata.write_bytes(whole[:-1])
    assert restore(started, backup, again).returncode == 2
    metadata.write_bytes(whole)
    (backup / "manifest.json").write_text('{"format": 1}')
    assert restore(started, backup, again).returncode == 2
    assert not again.exists()


async def test_damaged_backup_gives_back_all_the_rest(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """Exit code 20, the damaged content named; the next backup of the cloud has it again."""
    back_up(started, cloud.data, backup, "--with-key", "--copy")
    (copy,) = backup.glob(f"contents/*/*/{blob(cloud.data, BIG).name}")
    copy.write_bytes(BIG[:-1] + b"!")
    done = restore(started, backup, again, "--json")
    assert (done.returncode, json.loads(done.stdout)["damaged"]) == (20, [copy.name])
    assert fsck(started, again, "--repair")[0].returncode == 21
    expected = {path: None if data == BIG else data for path, data in FILES.items()}
    assert await contents_of(again, cloud) == expected


def test_copying_backup_verifies_what_an_earlier_one_has(
    started: Processes, cloud: Made, backup: Path
) -> None:
    """A byte that changed on the disk of the backup is mended from the cloud."""
    back_up(started, cloud.data, backup, "--copy")
    (copy,) = backup.glob(f"contents/*/*/{blob(cloud.data, BIG).name}")
    copy.write_bytes(BIG[:-1] + b"!")
    assert back_up(started, cloud.data, backup, "--copy")["copied"] == 1
    assert copy.read_bytes() == BIG


def test_copying_backup_copies_what_an_earlier_one_shares(
    started: Processes, cloud: Made, backup: Path
) -> None:
    """A disk that spoils the cloud's file leaves the backup's alone."""
    back_up(started, cloud.data, backup)
    back_up(started, cloud.data, backup, "--copy")
    stored = blob(cloud.data, BIG)
    (copy,) = backup.glob(f"contents/*/*/{stored.name}")
    assert not copy.samefile(stored)
    assert copy.read_bytes() == stored.read_bytes() == BIG


def test_backup_of_a_cloud_that_lost_contents_says_so(
    started: Processes, cloud: Made, backup: Path
) -> None:
    """Exit code 20, and everything else is backed up."""
    blob(cloud.data, BIG).unlink()
    done = started.run("u1server", "backup", str(backup), "--data", str(cloud.data), "--json")
    made = json.loads(done.stdout)
    assert (done.returncode, made["missing"]) == (20, [blob(cloud.data, BIG).name])
    assert made["contents"] == 1


async def test_repair_takes_lost_contents_from_a_backup(
    started: Processes, cloud: Made, backup: Path
) -> None:
    """`fsck --repair --backup DIR`: no file loses its content."""
    back_up(started, cloud.data, backup, "--copy")
    blob(cloud.data, BIG).write_bytes(BIG[:-1] + b"!")
    done, _ = fsck(started, cloud.data, "--repair", "--backup", str(backup))
    assert done.returncode == 21
    assert await contents_of(cloud.data, cloud) == FILES


def more_contents(cloud: Made, count: int) -> None:
    """Blobs, as the server would have stored them."""
    import hashlib

    rows = []
    for number in range(count):
        data = b"%08d" % number * 5000
        path = blob(cloud.data, data)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        rows.append((hashlib.sha256(data).digest(), hashlib.sha1(data).digest(), len(data)))
    with closing(sqlite3.connect(cloud.data / "metadata.sqlite")) as database:
        database.executemany(
            "INSERT INTO contents (sha256, sha1, magic, size, is_inline, stored_at)"
            " VALUES (?, ?, zeroblob(20), ?, 0, 0)",
            rows,
        )
        database.commit()


def kill_at(process: Process, moment_s: float) -> bool:
    """Whether it still ran then, and was killed."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(moment_s)
        return False
    process.signal(signal.SIGKILL)
    process.wait()
    return True


async def test_killed_backup_leaves_the_earlier_one_whole(
    started: Processes, cloud: Made, backup: Path, home: Path
) -> None:
    """kill -9 at any moment: what can be restored is the earlier backup, or the new one."""
    back_up(started, cloud.data, backup, "--with-key")
    more_contents(cloud, 300)
    damage(cloud.data, "UPDATE nodes SET name = 'two.txt' WHERE name = 'one.txt'")
    words = ("u1server", "backup", str(backup), "--data", str(cloud.data), "--copy", "--with-key")
    killed = 0
    for step in range(6):
        killed += kill_at(started.start(*words), 0.4 + 0.15 * step)
        again = home / f"again{step}"
        assert restore(started, backup, again).returncode == 0
        found = await contents_of(again, cloud)
        assert set(found) - set(FILES) in (set(), {f"{ROOT}/two.txt"})
        assert sorted(map(str, found.values())) == sorted(map(str, FILES.values()))
        shutil.rmtree(again)
    assert killed
    assert back_up(started, cloud.data, backup, "--with-key")["contents"] == 302
    assert not list((backup / "contents/incoming").iterdir())


async def test_killed_restore_is_no_cloud_until_it_is_run_again(
    started: Processes, cloud: Made, backup: Path, again: Path
) -> None:
    """A server refuses the directory; the same restore goes on and ends it."""
    more_contents(cloud, 300)
    back_up(started, cloud.data, backup, "--with-key")
    words = ("u1server", "restore", str(backup), "--data", str(again))
    for moment_s in (0.5, 0.6, 0.7):
        if not kill_at(started.start(*words), moment_s) or not again.exists():
            continue
        if (again / "restore.incomplete").exists():
            refused = started.run("u1server", "user", "list", "--data", str(again))
            assert (refused.returncode, "run the restore again" in refused.stderr) == (2, True)
    if not (again / "metadata.sqlite").exists() or (again / "restore.incomplete").exists():
        assert restore(started, backup, again).returncode == 0
    assert await contents_of(again, cloud) == FILES


def test_two_backups_at_once_do_not_mix(started: Processes, cloud: Made, backup: Path) -> None:
    """The second one is refused (9), and the lock ends with its process."""
    import fcntl

    back_up(started, cloud.data, backup)
    with (backup / "backup.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = started.run("u1server", "backup", str(backup), "--data", str(cloud.data))
        assert (done.returncode, done.stderr.count("\n")) == (9, 1)
    back_up(started, cloud.data, backup)


def test_collector_leaves_everything_while_a_backup_is_made(
    started: Processes, cloud: Made
) -> None:
    """What the snapshot names is not removed before it is copied; a killed backup holds nothing
    for ever."""
    import time

    more_contents(cloud, 3)
    orphan = blob(cloud.data, b"orphan")
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"orphan")
    hold = "INSERT INTO facts VALUES ('hold:backup-x', CAST('{}' AS BLOB))"
    collect = ("u1server", "gc", "--data", str(cloud.data), "--grace", "0")
    damage(cloud.data, hold.format(int(time.time()) + 600))
    for _ in range(2):
        assert started.run(*collect).returncode == 0
    assert orphan.exists()
    assert len(list((cloud.data / "contents").glob("??/??/*"))) == 6
    damage(cloud.data, "DELETE FROM facts WHERE name LIKE 'hold:%'", hold.format(1000))
    for _ in range(2):
        assert started.run(*collect).returncode == 0
    assert len(list((cloud.data / "contents").glob("??/??/*"))) == 2
