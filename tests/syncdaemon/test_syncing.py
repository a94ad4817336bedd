"""Two computers, real daemons and a real cloud: files really sync (D-Bus contract, 10)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from tests.rig.bus import start_bus
from tests.rig.environment import scrubbed
from tests.rig.processes import processes, wait_until
from tests.syncdaemon.conftest import EMAIL, Daemon, Heard, listen, offer_credentials
from u1tray.service.connection import Connection

pytestmark = pytest.mark.bus

SECONDS = 60.0
_CREDENTIALS = ".local/share/u1tray/credentials.vault"


@pytest.fixture
async def online(daemon, listener, cloud, credentials, configure):
    """A daemon that syncs."""
    configure(autoconnect=True)
    await credentials.log_in(EMAIL)
    daemon.start("--debug")
    await listener.state("QUEUE_MANAGER")
    await listener.until(lambda: listener.states[-1]["queues"] == "IDLE", "IDLE")
    return daemon


@pytest_asyncio.fixture
async def second(home, online):
    """Another computer of the same person, with a home and a bus of its own."""
    other = Path(tempfile.mkdtemp(prefix="u1-"))
    (other / "logs").mkdir()
    with processes(scrubbed(other), other / "logs") as started:
        bus = start_bus(started, other)
        asking = await Connection.open(bus.address)
        shutil.copytree(home / ".config", other / ".config")
        (other / _CREDENTIALS).parent.mkdir(parents=True, mode=0o700)
        shutil.copy(home / _CREDENTIALS, other / _CREDENTIALS)
        await offer_credentials(bus, started, other, asking)
        found = Daemon(asking, await listen(asking), started)
        found.start("--debug")
        await found.listener.state("QUEUE_MANAGER")
        found.folder = other / "Ubuntu One"
        yield found
        await asking.close()
    shutil.rmtree(other, ignore_errors=True)


def picture(folder):
    """Everything in a folder: bytes of files, None for directories."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
        if ".u1tray" not in path.name
    }


async def same(*folders, expected=None, allowed=()):
    """Wait until the folders hold the same: what is expected, or one of what is allowed."""
    wanted = [*allowed] if expected is None else [expected, *allowed]

    def is_so():
        try:
            first, *others = [picture(folder) for folder in folders]
        except OSError:
            return False
        return all(one == first for one in others) and (not wanted or first in wanted)

    try:
        await asyncio.to_thread(wait_until, is_so, SECONDS, "the same files")
    except AssertionError:
        raise AssertionError(f"{[picture(folder) for folder in folders]}") from None


async def test_signals_of_an_upload_come_in_order(online, listener, home):
    """10.4: Added, WORKING, Started, FileProgress..., Finished, Removed, IDLE; first and last."""
    begun = len(listener.heard)
    path = str(home / "Ubuntu One/a.bin")
    data = os.urandom(3_000_000)
    (home / "a.bin").write_bytes(data)
    (home / "a.bin").rename(path)  # at once: half of it would be an upload of its own
    await listener.until(
        lambda: listener.of("UploadFinished") and listener.states[-1]["queues"] == "IDLE",
        "the upload",
    )
    heard = [one for one in listener.heard[begun:] if one.member]
    progress = [one for one in heard if one.member == "UploadFileProgress"]
    assert [one.member for one in heard if one not in progress] == [
        "RequestQueueAdded",
        "StatusChanged",
        "UploadStarted",
        "UploadFinished",
        "RequestQueueRemoved",
        "StatusChanged",
    ]
    assert heard.index(progress[0]) == 3
    size = str(len(data))
    assert {one.values[1]["deflated_size"] for one in progress} == {size}
    written = [int(one.values[1]["n_bytes_written"]) for one in progress]
    assert written == sorted(set(written))
    assert 0 < written[0] <= written[-1] == len(data)
    assert listener.of("UploadFinished") == [(path, {})]
    (name, added_id, added), (removed, removed_id, _) = (
        listener.of("RequestQueueAdded")[-1],
        listener.of("RequestQueueRemoved")[-1],
    )
    assert (name, removed, added_id) == ("Upload", "Upload", removed_id)
    assert (added["path"], added["size"], added["running"]) == (path, size, "True")
    assert await online.status("current_uploads") == []
    menu = await online.status("sync_menu")
    assert menu["recent-transfers"] == [path]
    assert await online.root("wait_for_nirvana", "d", 0.1) is True


async def test_signals_of_a_download_come_in_order(home, second):
    """10.4, as of an upload; `n_bytes_read`, and each Removed with the id of its Added."""
    data = os.urandom(3_000_000)
    (home / "b.bin").write_bytes(data)
    (home / "b.bin").rename(home / "Ubuntu One/b.bin")
    ears = second.listener
    await ears.until(
        lambda: ears.of("DownloadFinished") and ears.states[-1]["queues"] == "IDLE", "the download"
    )
    path = str(second.folder / "b.bin")
    about = [one for one in ears.heard if one.values and one.values[0] == path]
    assert about[0].member == "DownloadStarted"
    assert about[-1] == Heard("DownloadFinished", (path, {}))
    progress = [one.values[1] for one in about if one.member == "DownloadFileProgress"]
    assert len(progress) == len(about) - 2
    assert {one["deflated_size"] for one in progress} == {str(len(data))}
    read = [int(one["n_bytes_read"]) for one in progress]
    assert read == sorted(set(read))
    assert 0 < read[0] <= read[-1] == len(data)
    added = [one for one in ears.of("RequestQueueAdded") if one[0] == "Download"]
    removed = [one for one in ears.of("RequestQueueRemoved") if one[0] == "Download"]
    assert [one[1] for one in added] == [one[1] for one in removed]
    assert {one[2]["path"] for one in added} == {path}


async def test_folder_that_cannot_be_deleted_is_told(online, listener, home):
    """5.4: FolderDeleteError with the folder's dict and the reason; it stays and is synced."""
    docs = home / "Docs"
    docs.mkdir()
    await online.folders("create", "s", str(docs))
    await listener.until(lambda: listener.of("FolderCreated"), "FolderCreated")
    ((made,),) = listener.of("FolderCreated")
    await online.root("disconnect")
    await listener.state("READY", "Not User With Network")
    assert await online.folders("delete", "s", made["volume_id"]) == []
    await listener.until(lambda: listener.of("FolderDeleteError"), "FolderDeleteError")
    ((folder, error),) = listener.of("FolderDeleteError")
    assert (folder["volume_id"], folder["path"]) == (made["volume_id"], str(docs))
    assert error
    assert "\n" not in error
    (known,) = await online.folders("get_folders")
    assert (known["path"], known["subscribed"]) == (str(docs), "True")


async def test_changes_of_either_computer_arrive_at_the_other(home, second):
    """New, edited, moved and deleted files and directories, both ways."""
    here, there = home / "Ubuntu One", second.folder
    (here / "docs/inner").mkdir(parents=True)
    (here / "docs/inner/a.txt").write_text("one")
    (here / "empty").touch()
    (there / "caf\u00e9 %.txt").write_text("two")
    await same(here, there)
    expected = {
        "docs": None,
        "docs/inner": None,
        "docs/inner/a.txt": b"one",
        "empty": b"",
        "caf\u00e9 %.txt": b"two",
    }
    await same(here, there, expected=expected)
    (there / "docs/inner/a.txt").write_text("one more")
    (here / "docs").rename(here / "papers")
    (there / "empty").unlink()
    await same(
        here,
        there,
        expected={
            "papers": None,
            "papers/inner": None,
            "papers/inner/a.txt": b"one more",
            "caf\u00e9 %.txt": b"two",
        },
    )
    shutil.rmtree(there / "papers")
    await same(here, there, expected={"caf\u00e9 %.txt": b"two"})
    finished = second.listener.of("DownloadFinished")
    assert (str(there / "docs/inner/a.txt"), {}) in finished


async def test_both_versions_of_a_conflict_are_kept(online, listener, home, second):
    """Edited here and there while disconnected; the copy's name says so, nothing is lost."""
    here, there = home / "Ubuntu One", second.folder
    (here / "notes.txt").write_text("base")
    await same(here, there, expected={"notes.txt": b"base"})
    for one in (online, second):
        await one.root("disconnect")
        await one.listener.state("READY", "Not User With Network")
    (here / "notes.txt").write_text("from here")
    (there / "notes.txt").write_text("from there")
    for one in (online, second):
        await one.root("connect")
        await one.listener.state("QUEUE_MANAGER")
        await one.root("wait_for_nirvana", "d", 0.2)
    await same(here, there)
    found = picture(here)
    assert sorted(found.values()) == [b"from here", b"from there"]
    (copy,) = [name for name in found if name != "notes.txt"]
    assert copy.startswith("notes (conflict ")
    assert copy.endswith(").txt")


async def test_killed_and_restarted_everything_ends_the_same(online, home, second, cloud):
    """`kill -9` of a daemon and an end of the cloud at any moment lose nothing.

    Nor does what was deleted come back, but for a file whose upload nobody was told the end of:
    if the cloud had it all, it has something that nobody knows.
    """
    here, there = home / "Ubuntu One", second.folder
    files = {f"{number}.bin": os.urandom(200_000 + number) for number in range(30)}
    for name, data in files.items():
        (here / name).write_bytes(data)
    await second.listener.until(lambda: second.listener.of("DownloadStarted"), "a download")
    second.process.signal(signal.SIGKILL)
    await asyncio.to_thread(cloud.die)
    is_agreed = (str(here / "0.bin"), {}) in online.listener.of("UploadFinished")
    (here / "0.bin").unlink()
    (there / "new.txt").write_text("while it was dead")
    await asyncio.to_thread(cloud.serve)
    second.start("--debug")
    await online.root("connect")
    everything = {**files, "new.txt": b"while it was dead"}
    left = {name: data for name, data in everything.items() if name != "0.bin"}
    await same(here, there, expected=left, allowed=() if is_agreed else (everything,))


async def test_what_does_not_fit_waits_and_goes_when_there_is_room(online, listener, home, cloud):
    """10.4: QuotaExceeded once; the Upload waits with running ''; WORKING; then it goes."""
    cloud.admin("user", "quota", EMAIL, "1MB")
    for name in ("big.bin", "bigger.bin"):
        (home / "Ubuntu One" / name).write_bytes(os.urandom(2_000_000))
    await listener.until(lambda: listener.of("QuotaExceeded"), "QuotaExceeded")
    ((volume,),) = listener.of("QuotaExceeded")
    assert (volume["volume_id"], volume["free_bytes"]) == ("", "1000000")

    async def both_wait():
        waiting = []
        while waiting != [("Upload", "")] * 2:  # the second may still be tried
            told = await online.status("waiting")
            waiting = [(name, data["running"]) for name, _, data in told]

    await asyncio.wait_for(both_wait(), SECONDS)
    assert listener.states[-1]["queues"] == "WORKING"
    assert await online.status("current_uploads") == []
    (home / "Ubuntu One/small.txt").write_text("fits")
    await listener.until(lambda: listener.of("UploadFinished"), "the small one")
    cloud.admin("user", "quota", EMAIL, "1GB")
    await online.folders("refresh_volumes")
    await listener.until(lambda: len(listener.of("UploadFinished")) == 3, "all")
    await listener.until(lambda: listener.states[-1]["queues"] == "IDLE", "IDLE")
    assert len(listener.of("QuotaExceeded")) == 1
    assert len(listener.of("RequestQueueAdded")) == len(listener.of("RequestQueueRemoved"))


async def test_folder_made_here_is_subscribed_to_there(online, listener, home, second):
    """5.4: create from a directory, elsewhere unsubscribed first; deleting it keeps the files."""
    here, there = home / "Docs", second.folder.parent / "Docs"
    here.mkdir()
    (here / "a.txt").write_text("one")
    await online.folders("create", "s", str(here))
    await listener.until(lambda: listener.of("FolderCreated"), "FolderCreated")
    ((made,),) = listener.of("FolderCreated")
    assert (made["type"], made["path"], made["subscribed"]) == ("UDF", str(here), "True")
    assert made["suggested_path"] == "~/Docs"
    assert await online.folders("validate_path", "s", str(here / "inner")) is False
    assert await online.folders("get_info", "s", str(here / "a.txt")) != {}

    ears = second.listener
    await ears.until(lambda: ears.of("FolderCreated"), "FolderCreated there")
    ((found,),) = ears.of("FolderCreated")
    assert (found["volume_id"], found["subscribed"]) == (made["volume_id"], "")
    assert not there.exists()
    await second.folders("subscribe", "s", found["volume_id"])
    await ears.until(lambda: ears.of("FolderSubscribed"), "FolderSubscribed")
    await same(here, there, expected={"a.txt": b"one"})

    await second.folders("unsubscribe", "s", found["volume_id"])
    await ears.until(lambda: ears.of("FolderUnSubscribed"), "FolderUnSubscribed")
    (there / "a.txt").unlink()
    await second.folders("subscribe", "s", found["volume_id"])
    await same(here, there, expected={"a.txt": b"one"})

    await online.folders("delete", "s", made["volume_id"])
    await listener.until(lambda: listener.of("FolderDeleted"), "FolderDeleted")
    await ears.until(lambda: ears.of("FolderDeleted"), "FolderDeleted there")
    assert picture(here) == picture(there) == {"a.txt": b"one"}
    assert await online.folders("get_folders") == []


async def test_transfer_of_a_folder_that_is_synced_no_more_waits_no_more(online, listener, home):
    """6.2, 10.4: it ends with its folder's subscription, and the queue is empty."""
    await online.config("set_throttling_limits", "ii", -1, 1024)
    await online.config("enable_bandwidth_throttling")
    (home / "Docs").mkdir()
    (home / "Docs/long").write_bytes(bytes(500_000))
    await online.folders("create", "s", str(home / "Docs"))
    await listener.until(lambda: listener.of("UploadStarted"), "UploadStarted")
    ((made,),) = listener.of("FolderCreated")
    await online.folders("unsubscribe", "s", made["volume_id"])
    await listener.until(lambda: listener.of("FolderUnSubscribed"), "FolderUnSubscribed")
    assert await online.root("wait_for_nirvana", "d", 0.1) is True
    assert len(listener.of("RequestQueueAdded")) == len(listener.of("RequestQueueRemoved"))
    ((path, told),) = listener.of("UploadFinished")
    assert path == str(home / "Docs/long")
    assert told["error"]


@pytest.mark.parametrize("is_running", [True, False])
async def test_folder_that_vanished_comes_again(online, listener, home, is_running):
    """A root folder that is removed deletes nothing; after a start all comes back."""
    folder = home / "Ubuntu One"
    (folder / "docs").mkdir()
    (folder / "docs/a.txt").write_text("kept")
    await online.root("wait_for_nirvana", "d", 0.3)
    await listener.until(lambda: listener.of("UploadFinished"), "the upload")
    if is_running:
        folder.rename(home / "elsewhere")
        folder.mkdir()
    await online.root("quit")
    await online.ended(0)
    if not is_running:
        shutil.rmtree(folder)
    online.start("--debug")
    await same(folder, expected={"docs": None, "docs/a.txt": b"kept"})


async def test_name_that_the_cloud_cannot_hold_is_told_once(online, listener, home):
    """5.2 InvalidName: directory and name; the rest goes on."""
    folder = home / "Ubuntu One"
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt"))).write_text("latin")
    (folder / "good.txt").write_text("fine")
    await listener.until(lambda: listener.of("InvalidName"), "InvalidName")
    await listener.until(lambda: listener.of("UploadFinished"), "the other file")
    await online.root("wait_for_nirvana", "d", 0.3)
    assert listener.of("InvalidName") == [(str(folder), "caf\ufffd.txt")]
