"""Each row of 8.3 that a service on the bus can bring about, seen and clicked in the panel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.panel.conftest import ENDS_SECONDS, Tray
from tests.rig.bus import Bus
from tests.rig.credentials import FOUND, CredentialsService
from tests.rig.daemon import ONLINE, Daemon, state_dict
from tests.rig.opener import Opener
from tests.rig.watcher import Item

pytestmark = pytest.mark.panel

NOT_USER = "Not User With Network"
OFFLINE = "With User Not Network"
ALWAYS = ("Open folder", "Preferences", "About", "Quit indicator")
REFUSED = ("Restart", "Stop")
WORKING = ("Open folder", "Pause", "Disconnect")


@dataclass(frozen=True)
class Row:
    """A state on the bus, and what 8.3 says of it."""

    number: int
    state: str
    sentence: str
    actions: tuple[str, ...]
    connection: str = ONLINE
    queues: str = "IDLE"
    credentials: dict[str, str] | str | None = None
    signals: tuple[tuple[str, str, object], ...] = field(default=())


STARTED = ("UploadStarted", "s", "/home/user/Ubuntu One/a.txt")
SECOND = ("DownloadStarted", "s", "/home/user/Ubuntu One/b.txt")
ROWS = (
    Row(7, "SHUTDOWN", "File sync is shutting down", (), NOT_USER),
    Row(8, "AUTH_FAILED", "The server did not accept your account", REFUSED),
    Row(
        9,
        "AUTH_FAILED",
        "The server did not accept your log-in",
        ("Log in", *REFUSED),
        credentials=FOUND,
    ),
    Row(
        10,
        "ROOT_MISMATCH",
        "This folder belongs to another account",
        ("Log in", *REFUSED),
        credentials=FOUND,
    ),
    Row(11, "BAD_VERSION", "File sync and the server do not understand each other", REFUSED),
    Row(
        11,
        "CAPABILITIES_MISMATCH",
        "File sync and the server do not understand each other",
        REFUSED,
    ),
    Row(12, "UNKNOWN_ERROR", "File sync has met an error", REFUSED),
    Row(13, "LOCAL_RESCAN", "Looking at your files", ("Stop",), NOT_USER),
    Row(
        15,
        "QUEUE_MANAGER",
        "Syncing a.txt",
        WORKING,
        queues="WORKING",
        signals=(STARTED,),
    ),
    Row(
        15,
        "QUEUE_MANAGER",
        "Syncing 2 files",
        WORKING,
        queues="WORKING",
        signals=(STARTED, SECOND),
    ),
    Row(16, "QUEUE_MANAGER", "Syncing changes", WORKING, queues="WORKING"),
    Row(16, "QUEUE_MANAGER", "Syncing changes", WORKING, queues="WORKING_ON_CONTENT"),
    Row(17, "QUEUE_MANAGER", "File sync is up to date", WORKING),
    Row(18, "SERVER_RESCAN", "Asking the server for changes", ("Disconnect",)),
    Row(19, "AUTHENTICATE", "Connecting to the server", ("Disconnect",)),
    Row(
        21,
        "READY",
        "Waiting for the keyring",
        ("Unlock keyring", "Connect"),
        NOT_USER,
        credentials="KeyringLocked",
    ),
    Row(22, "READY", "Log in to start syncing", ("Log in", "Connect"), NOT_USER, credentials={}),
    Row(23, "READY", "File sync is disconnected", ("Connect", "Open folder", "Stop"), NOT_USER),
    Row(24, "READY", "There is no network connection", ("Disconnect", "Open folder"), OFFLINE),
    Row(25, "WAITING", "Connecting to the server", ("Disconnect",)),
    Row(26, "DREAMING", "File sync reports: of another age", ("Disconnect", "Connect"), "Odd"),
)


def _name(row: Row) -> str:
    return f"{row.number}-{row.state}-{row.queues}-{row.sentence.split()[-1]}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
async def test_row_is_shown_with_its_sentence_and_actions(
    row: Row, tray: Tray, daemon: Daemon, credentials: CredentialsService
) -> None:
    """8.3: the sentence in menu and tooltip, the row's actions alone, and what is always there."""
    if row.credentials is not None:
        credentials.found = row.credentials
        await credentials.appear()
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label("File sync is up to date")
    daemon.change(row.state, row.queues, row.connection)
    for member, signature, argument in row.signals:
        daemon.emit(member, signature, argument)
    await item.until_label(row.sentence)
    labels = (await item.menu()).labels()
    assert labels[0].startswith(row.sentence)
    assert (await item.tooltip()).startswith(labels[0])
    assert _actions(labels) == set(row.actions) - set(ALWAYS)
    assert set(ALWAYS) <= set(labels)


_ALL = frozenset(
    {"Turn on", "Help", "Start", "Stop", "Restart", "Log in", "Unlock keyring", "Connect"}
    | {"Disconnect", "Pause", "Resume", "Free up space"}
)


def _actions(labels: list[str]) -> set[str]:
    return {label for label in labels if label in _ALL}


async def _choose(item: Item, label: str) -> None:
    await item.open_menu()
    node = await item.until_label(label)
    await item.click(node)
    await item.close_menu()


@pytest.mark.parametrize(
    ("state", "connection", "label", "member"),
    [
        ("QUEUE_MANAGER", ONLINE, "Disconnect", "disconnect"),
        ("READY", NOT_USER, "Connect", "connect"),
        ("READY", NOT_USER, "Stop", "quit"),
        ("AUTH_FAILED", ONLINE, "Restart", "quit"),
        ("UNKNOWN_ERROR", ONLINE, "Stop", "quit"),
        ("READY", OFFLINE, "Disconnect", "disconnect"),
        ("LOCAL_RESCAN", NOT_USER, "Stop", "quit"),
    ],
)
async def test_clicked_action_calls_the_daemon(
    tray: Tray, daemon: Daemon, *, state: str, connection: str, label: str, member: str
) -> None:
    """8.4: Connect, Disconnect, Stop and Restart call what the table says."""
    await daemon.appear(state_dict(state, connection=connection))
    item = await tray.start()
    await item.until_label(label)
    await _choose(item, label)
    await daemon.asked(member)


async def test_pause_disconnects_and_resume_connects(tray: Tray, daemon: Daemon) -> None:
    """Row 20, 8.4: Pause sets the flag and disconnects; Resume clears it and connects."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    pause = await item.until_label("Pause")
    await item.open_menu()
    await item.click(next(iter(pause.walk()), pause))
    await item.close_menu()
    await daemon.asked("disconnect")
    daemon.change("READY", connection=NOT_USER)
    await item.until_label("File sync is paused")
    await _choose(item, "Resume")
    await daemon.asked("connect")


async def test_open_folder_asks_where_and_opens_it(
    tray: Tray, daemon: Daemon, opener: Opener
) -> None:
    """8.4 Open folder: get_rootdir, then the desktop's opener."""
    daemon.replies["get_rootdir"] = ["/usr/share"]
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label("Open folder")
    await _choose(item, "Open folder")
    await daemon.asked("get_rootdir")
    assert "/usr/share" in opener.opened()


async def test_refused_log_in_is_cleared_then_asked_anew_then_restarted(
    tray: Tray, daemon: Daemon, credentials: CredentialsService
) -> None:
    """8.4 Log in in row 9 (T27): clear, wait for Cleared, login; on Found: Restart."""
    credentials.found = FOUND
    await credentials.appear()
    await daemon.appear(state_dict("AUTH_FAILED"))
    item = await tray.start()
    await item.until_label("Log in")
    await _choose(item, "Log in")
    await credentials.asked("clear_credentials")
    assert "login" not in credentials.calls
    credentials.emit("CredentialsCleared")
    await credentials.asked("login")
    credentials.emit("CredentialsFound", FOUND)
    await daemon.asked("quit")


async def test_log_in_without_credentials_connects_when_found(
    tray: Tray, daemon: Daemon, credentials: CredentialsService
) -> None:
    """8.4 Log in in row 22: login; on CredentialsFound `connect` if Not User."""
    await credentials.appear()
    await daemon.appear(state_dict("READY", connection=NOT_USER))
    item = await tray.start()
    await item.until_label("Log in to start")
    labels = (await item.menu()).labels()
    await item.open_menu()
    node = next(n for n in (await item.menu()).walk() if n.label == "Log in")
    assert labels[0] == "Log in to start syncing"
    await item.click(node)
    await item.close_menu()
    await credentials.asked("login")
    credentials.emit("CredentialsFound", FOUND)
    await daemon.asked("connect")


async def test_over_quota_is_shown_and_offers_room(
    tray: Tray, daemon: Daemon, opener: Opener
) -> None:
    """Row 14, T11: QuotaExceeded is remembered; Free up space, Open folder, Pause, Disconnect."""
    upload = {"running": "", "share_id": "", "size": "3145728", "path": "/home/user/big"}
    daemon.replies["waiting"] = [[["Upload", "1", upload]]]
    daemon.replies["free_space"] = [1048576]
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label("Your storage is full")
    labels = (await item.menu()).labels()
    assert _actions(labels) == {"Free up space", "Pause", "Disconnect"}


async def test_absent_daemon_is_started_only_by_start(tray: Tray, bus: Bus, home) -> None:
    """Rows 4 and 6, T1: Start is offered, and nothing but Start starts the daemon."""
    marker = home / "was-started"
    bus.activate("com.ubuntuone.SyncDaemon", f"/usr/bin/touch {marker}")
    item = await tray.start()
    await item.until_label("File sync is not running")
    await item.open_menu()
    await item.close_menu()
    assert _actions((await item.menu()).labels()) == {"Start"}
    assert not marker.exists()
    await _choose(item, "Start")

    async def started(_item: Item) -> bool:
        return marker.exists()

    await item.until(started, 60, "the daemon's command was run")


async def test_not_installed_offers_help(tray: Tray, opener: Opener) -> None:
    """Row 3: no service file, so Help opens the manual."""
    item = await tray.start()
    await item.until_label("No file sync service is installed")
    assert _actions((await item.menu()).labels()) == {"Help"}
    await _choose(item, "Help")
    assert opener.opened()


async def test_turned_off_is_turned_on_again(tray: Tray, bus: Bus, home) -> None:
    """Row 2, T4: the option says False; Turn on writes True, changes nothing else, and starts."""
    marker = home / "was-started"
    bus.activate("com.ubuntuone.SyncDaemon", f"/usr/bin/touch {marker}")
    options = home / ".config/ubuntuone/syncdaemon.conf"
    options.parent.mkdir(parents=True)
    options.write_text("# mine\n[__main__]\nfiles_sync_enabled = False\nother = 1\n")
    item = await tray.start()
    await item.until_label("File sync is turned off")
    await _choose(item, "Turn on")

    async def started(_item: Item) -> bool:
        return marker.exists()

    await item.until(started, 60, "the daemon's command was run")
    assert options.read_text() == "# mine\n[__main__]\nfiles_sync_enabled = True\nother = 1\n"


async def test_quit_indicator_leaves_the_daemon_alone(tray: Tray, daemon: Daemon) -> None:
    """8.3: Quit ends the indicator with status 0 and never stops the daemon."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.click(await item.until_label("Quit indicator"))

    async def gone(_item: Item) -> bool:
        return item.gone

    await item.until(gone, 60, "the icon is gone")
    assert await asyncio.to_thread(tray.process.wait, ENDS_SECONDS) == 0
    assert not [member for member, _args in daemon.calls if member == "quit"]
