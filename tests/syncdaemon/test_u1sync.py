"""u1sync beside the real daemon: waiting, held deletions, explanations, pausing, limits."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from datetime import datetime, timedelta, timezone

import pytest

from tests.rig.processes import wait_until
from tests.syncdaemon.conftest import EMAIL

pytestmark = pytest.mark.bus

SECONDS = 60.0
FILES = 30


@pytest.fixture
async def u1sync(  # noqa: PLR0917 - fixtures
    daemon, listener, cloud, credentials, configure, started
):
    """Runs a verb beside a daemon that is online: exit code and output."""
    configure(autoconnect=True)
    await credentials.log_in(EMAIL)
    daemon.start("--debug")
    await listener.state("QUEUE_MANAGER")

    async def run(*words):
        done = await asyncio.to_thread(started.run, "u1sync", *words)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout or done.stderr

    return run


async def what_is_held(u1sync):
    """What `held` tells, once it is something: the other upload may be done before it is."""
    while True:
        _, told = await u1sync("held", "--json")
        if found := json.loads(told)["held"]:
            return found


async def test_many_deletions_are_held_and_restored(u1sync, listener, home):
    """A mass deletion is held, listed and restored, while everything else goes on."""
    folder = home / "Ubuntu One"
    (folder / "docs").mkdir()
    for number in range(FILES):
        (folder / f"docs/{number}.txt").write_text(str(number))
    assert await u1sync("wait", "--timeout", "60s") == (0, "")
    code, told = await u1sync("explain", str(folder / "docs/7.txt"))
    assert (code, told.splitlines()[0]) == (0, f"{folder}/docs/7.txt: in sync")
    assert await u1sync("held") == (0, "Nothing is held.\n")

    # All at once: of what goes away bit by bit, a daemon on a busy machine sees bits.
    (folder / "docs").rename(home / "docs")
    (folder / "new.txt").write_text("goes on")
    await listener.until(
        lambda: (str(folder / "new.txt"), {}) in listener.of("UploadFinished"), "the other upload"
    )
    (held,) = await asyncio.wait_for(what_is_held(u1sync), SECONDS)
    assert (held["lost_in"], held["files"]) == ("folder", str(FILES))
    code, told = await u1sync("explain", str(folder / "docs/7.txt"))
    assert code == 1
    assert "a file of 1 bytes" in told
    code, told = await u1sync("explain", str(folder / "docs"))
    assert (code, told.splitlines()[0]) == (1, f"{folder}/docs: held")
    code, told = await u1sync("status")
    assert code == 0
    assert f"{FILES} deletions are held (u1sync held)" in told
    _, told = await u1sync("status", "--format", "tmux")
    assert f"({FILES} deletions are held)" in told
    code, told = await u1sync("held", "restore")
    assert (code, told) == (0, f"What is gone comes back to {folder}: {FILES} files.\n")

    def is_back():
        found = sorted(path.name for path in folder.glob("docs/*.txt"))
        return len(found) == FILES

    await asyncio.to_thread(wait_until, is_back, SECONDS, "the files are back")
    assert (folder / "docs/7.txt").read_text() == "7"


async def test_what_is_not_synced_is_explained(u1sync, home):
    """`explain` answers why; ignored, a link, outside, not there."""
    folder = home / "Ubuntu One"
    (folder / "draft.txt~").write_text("backup")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / ".u1ignore").write_text("*.log\n!main.log\n")
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0
    (folder / "a.log").write_text("noise")
    (folder / "a (conflict kiwi 2026-11-22 08.30).txt").write_text("mine")
    (folder / "a.txt").write_text("theirs")
    (folder / os.fsdecode(b"caf\xe9")).write_text("of another age")
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0
    # Whoever has not asked for a path is told, too.
    code, told = await u1sync("status")
    assert "1 file cannot be synced (u1sync waiting)" in told
    code, told = await u1sync("waiting")
    assert (
        told
        == f"{folder}/caf\ufffd waits: Its name is not valid UTF-8, so the cloud cannot hold it.\n"
    )
    for name, sentence in (
        ("a.txt", "the other version is a (conflict kiwi 2026-11-22 08.30).txt"),
        ("a (conflict kiwi 2026-11-22 08.30).txt", "the copy that a conflict left"),
    ):
        code, told = await u1sync("explain", str(folder / name))
        assert (code, sentence in told) == (0, True), told
    (home / "way").symlink_to(folder)
    assert (await u1sync("explain", str(home / "way/a.txt")))[0] == 0
    for path, sentence in (
        (folder / "draft.txt~", "A rule says to ignore it: the option `ignore`"),
        (folder / "a.log", "A rule says to ignore it: `*.log` in .u1ignore, line 1."),
        (folder / os.fsdecode(b"caf\xe9"), "Its name is not valid UTF-8"),
        (folder, f"In it is something not in sync yet, such as {folder}/caf\ufffd"),
        (folder / "link", "symbolic link"),
        (folder / "nothing", "There is nothing of that name"),
        (home / "elsewhere", "in no folder that is synced"),
    ):
        code, told = await u1sync("explain", str(path))
        assert (code, sentence in told) == (1, True), (path, told)


async def test_pause_ends_by_itself(u1sync, listener, home):
    """`pause --for`, `resume`; nothing travels meanwhile; wait says that it took too long."""
    assert (await u1sync("pause"))[0] == 0
    await listener.state("READY", "Not User With Network")
    (home / "Ubuntu One/a.txt").write_text("later")
    assert (await u1sync("wait", "--timeout", "0.2s"))[0] == 9
    assert await u1sync("status") == (29, "File sync is paused\n")
    assert (await u1sync("pause", "--for", "1s"))[0] == 0
    await listener.state("QUEUE_MANAGER", "With User With Network")
    await listener.until(lambda: listener.of("UploadFinished"), "the upload")
    assert (await u1sync("status"))[0] == 0
    assert (await u1sync("pause", "--for", "2h"))[0] == 0
    await listener.state("READY", "Not User With Network")
    code, told = await u1sync("status", "--json")
    until = json.loads(told)["paused_until"]
    left = datetime.fromisoformat(until.replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert (code, timedelta(hours=1) < left <= timedelta(hours=2)) == (29, True), until
    assert (await u1sync("resume"))[0] == 0
    await listener.state("QUEUE_MANAGER", "With User With Network")


async def test_limits_folders_and_queue_are_shown(u1sync, home):
    """Limits are set and shown; folders, transfers, waiting and conflicts are listed."""
    assert await u1sync("limits") == (0, "download: no limit\nupload: no limit\n")
    code, told = await u1sync("limits", "--down", "500kB", "--up", "none")
    assert (code, told) == (0, "download: 500.0 kB a second\nupload: no limit\n")
    assert await u1sync("limits", "--off") == (0, "download: no limit\nupload: no limit\n")
    code, told = await u1sync("limits", "--up", "1MB")
    assert (code, told) == (0, "download: no limit\nupload: 1.0 MB a second\n")
    for words in (("--down", "fast"), ("--down", "0"), ("--off", "--up", "1MB")):
        assert (await u1sync("limits", *words))[0] == 2
    assert await u1sync("limits", "--off") == (0, "download: no limit\nupload: no limit\n")
    assert await u1sync("folders") == (0, f"{home}/Ubuntu One (the main folder)\n")
    assert await u1sync("transfers") == (0, "Nothing is on its way.\n")
    assert await u1sync("waiting") == (0, "Nothing waits.\n")
    assert await u1sync("conflicts") == (0, "There are no conflicts.\n")


async def test_undo_brings_back_what_another_computer_did(u1sync, listener, home, cloud, started):
    """A journal allows undo; what is not possible is listed with its reason."""
    folder = home / "Ubuntu One"
    assert await u1sync("undo") == (0, "There is nothing to take back.\n")
    for name in ("deleted", "emptied", "replaced"):
        (folder / f"{name}.txt").write_text(f"{name} before")
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0

    async def elsewhere(*words):
        done = await asyncio.to_thread(started.run, "u1file", *words)
        assert done.returncode == 0, done.stderr

    other = home / "other.txt"
    other.write_text("from elsewhere")
    await elsewhere("rm", "Ubuntu One/deleted.txt")
    await elsewhere("rm", "Ubuntu One/emptied.txt")
    await elsewhere("put", "--force", str(other), "Ubuntu One/replaced.txt")

    def has_come():
        return (
            not any((folder / f"{name}.txt").exists() for name in ("deleted", "emptied"))
            and (folder / "replaced.txt").read_text() == "from elsewhere"
        )

    await asyncio.to_thread(wait_until, has_come, SECONDS, "the changes of elsewhere")
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0
    trash = home / ".local/share/Trash"
    for kept in (trash / "files/emptied.txt", trash / "info/emptied.txt.trashinfo"):
        kept.unlink()

    code, told = await u1sync("undo", "--dry-run", "--json")
    planned = {one["path"]: one for one in json.loads(told)["undone"]}
    assert (code, len(planned)) == (6, 3)
    assert planned[str(folder / "deleted.txt")]["result"] == "planned"
    assert not (folder / "deleted.txt").exists()

    code, told = await u1sync("undo", "--last", "1h", str(folder / "deleted.txt"))
    assert (code, told) == (0, f"{folder}/deleted.txt: back from the trash\n")
    code, told = await u1sync("undo")
    assert code == 6
    assert f"{folder}/emptied.txt: was deleted, and stays so: it is not in the trash" in told
    assert f"{folder}/replaced.txt: back in its earlier version; the other one is " in told
    assert (folder / "replaced.txt").read_text() == "replaced before"
    (copy,) = folder.glob("replaced (conflict *).txt")
    assert copy.read_text() == "from elsewhere"
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0
    done = await asyncio.to_thread(started.run, "u1file", "cat", "Ubuntu One/deleted.txt")
    assert done.stdout == "deleted before"
    assert (await u1sync("undo", str(home)))[0] == 4


async def test_events_are_told_from_the_journal_and_as_they_happen(u1sync, listener, home, started):
    """NDJSON; what was, then what happens, until the daemon goes."""
    folder = home / "Ubuntu One"
    (folder / "a.txt").write_text("one")
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0
    code, told = await u1sync("events")
    (made,) = [json.loads(line) for line in told.splitlines()]
    assert code == 0
    assert (made["event"], made["side"], made["path"]) == ("made", "cloud", f"{folder}/a.txt")
    assert (made["kind"], made["new_size"], made["time"][-1]) == ("file", 3, "Z")

    following = started.start("u1sync", "events", "--follow", "--last", "1")
    line = await asyncio.to_thread(following.wait_for_line, '"made"')
    assert json.loads(line) == made
    (folder / "a.txt").rename(folder / "b.txt")
    line = await asyncio.to_thread(following.wait_for_line, '"moved"')
    moved = json.loads(line)
    assert (moved["path"], moved["target"]) == (f"{folder}/a.txt", f"{folder}/b.txt")
    (folder / "b (conflict x 2026-11-22 08.30).txt").write_text("two")
    line = await asyncio.to_thread(following.wait_for_line, '"attention"')
    assert json.loads(line)["conflicts"] == "1"
    await asyncio.to_thread(following.wait_for_line, '"upload finished"')
    assert (await u1sync("quit"))[0] == 0
    assert await asyncio.to_thread(following.wait, SECONDS) == 4
    assert "File sync has ended." in following.output


async def test_interrupted_events_end_quietly(u1sync, home, started):
    """Ctrl-C: 130, and no traceback."""
    (home / "Ubuntu One/a.txt").write_text("one")
    assert (await u1sync("wait", "--timeout", "60s"))[0] == 0
    following = started.start("u1sync", "events", "--follow", "--last", "1")
    await asyncio.to_thread(following.wait_for_line, '"made"')
    following.signal(signal.SIGINT)
    assert await asyncio.to_thread(following.wait, SECONDS) == 130
    assert "Traceback" not in following.output


async def test_obstacles_are_explained(u1sync, home, cloud, started):
    """No room and by how much, open by a program, the last answer, three observations."""
    folder = home / "Ubuntu One"
    cloud.admin("user", "quota", EMAIL, "1MB")
    (folder / "large").write_bytes(bytes(3_000_000))

    async def explained(name, word):
        while True:
            code, told = await u1sync("explain", str(folder / name))
            if word in told:
                return code, told

    code, told = await asyncio.wait_for(explained("large", "too much"), SECONDS)
    assert code == 1
    assert "no room\n  It has 3.0 MB, and 1.0 MB are free in the cloud: 2.0 MB too much." in told
    assert "last answer: " in told
    assert "in the cloud: nothing" in told
    writer = started.start(
        "sh",
        "-c",
        f'exec 3>"{folder}/open"; echo opened; while echo x >&3; do sleep 0.05 3>&-; done',
    )
    await asyncio.to_thread(writer.wait_for_line, "opened")
    code, told = await asyncio.wait_for(explained("open", "open for writing"), SECONDS)
    assert code == 1
    assert f"It is open for writing in sh ({writer.pid}): still waited for." in told
