"""Running and finished transfers in the menu, with the names files really have."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.panel.conftest import Tray
from tests.rig.bus import Bus
from tests.rig.daemon import Daemon, state_dict
from tests.rig.notifications import Notifications
from tests.rig.opener import Opener

pytestmark = pytest.mark.panel
UP_TO_DATE = "File sync is up to date"


async def test_running_transfer_is_shown_with_its_percentage(tray: Tray, daemon: Daemon) -> None:
    """Row 15, T23: at most 99 % until it is finished."""
    path = "/home/user/Ubuntu One/report.pdf"
    await daemon.appear(state_dict("QUEUE_MANAGER", "WORKING"))
    item = await tray.start()
    await item.until_label("Syncing changes")
    daemon.emit("UploadStarted", "s", path)
    await item.until_label("Syncing report.pdf")
    for written, percent in (("50", 50), ("100", 99)):
        numbers = {"n_bytes_written": written, "deflated_size": "100"}
        daemon.emit("UploadFileProgress", "sa{ss}", path, numbers)
        await item.until_label(f"Syncing report.pdf ({percent} %)")
    daemon.emit("UploadFinished", "sa{ss}", path, {})
    daemon.change("QUEUE_MANAGER")
    await item.until_label(UP_TO_DATE)


@pytest.mark.parametrize("name", ["my_old_file.txt", "Tom & Jerry.avi", "100 % {sure}.odt"])
async def test_recent_file_is_listed_as_it_is_called_and_opens(
    tray: Tray, daemon: Daemon, opener: Opener, home: Path, name: str
) -> None:
    """The last files in a submenu; a click opens the file, a second entry its folder."""
    file = home / "Ubuntu One" / name
    file.parent.mkdir()
    file.write_text("x")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    daemon.emit("DownloadStarted", "s", str(file))
    daemon.emit("DownloadFinished", "sa{ss}", str(file), {})
    recent = await item.until_label("Recent files")
    entry = recent.find(name)
    assert entry is not None, recent
    await item.click(entry)
    assert opener.opened().startswith(file.parent.as_uri() + "/")
    folder = recent.find("Open the folder Ubuntu One")
    assert folder is not None
    await item.click(folder)
    assert opener.opened() == file.parent.as_uri()


async def test_thousand_files_leave_five_recent_and_one_line(tray: Tray, daemon: Daemon) -> None:
    """A burst of small files is a menu a person can read, at the cost of few signals."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    before, begun = item.count(), time.monotonic()
    for number in range(1000):
        path = f"/home/user/Ubuntu One/{number:04}.txt"
        daemon.emit("UploadStarted", "s", path)
        daemon.emit("UploadFinished", "sa{ss}", path, {})
        if number % 50 == 0:
            await daemon.peer.flush()
    await item.until_label("0999.txt")
    await item.until_label(UP_TO_DATE)
    recent = (await item.menu()).find("Recent files")
    assert recent is not None
    files = [label for label in recent.labels() if label.endswith(".txt")]
    assert files == ["0999.txt", "0998.txt", "0997.txt", "0996.txt", "0995.txt"]
    assert item.count() - before < 200 * max(1.0, time.monotonic() - begun)


async def test_full_storage_is_told_once_by_a_bubble(tray: Tray, daemon: Daemon, bus: Bus) -> None:
    """One notification an episode, however often the daemon repeats QuotaExceeded (T11)."""
    desktop = Notifications(bus.address)
    await desktop.appear()
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    upload = {"running": "", "share_id": "", "size": "3145728", "path": "/home/user/big"}
    daemon.replies["waiting"] = [[["Upload", "1", upload]]]
    daemon.replies["free_space"] = [1048576]
    volume = {"volume_id": "", "type": "Root", "free_bytes": "1048576", "path": "/home/user"}
    for _number in range(20):
        daemon.emit("QuotaExceeded", "a{ss}", volume, path="/")
    await item.until_label("Your storage is full")
    bubble = await desktop.bubble()
    assert "storage is full" in bubble.summary
    daemon.change("AUTH_FAILED")
    second = await desktop.bubble(2)
    assert "full" not in second.summary
    await desktop.leave()
