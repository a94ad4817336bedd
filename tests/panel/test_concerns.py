"""Held deletions, conflicts and files that wait, in the panel: beside daemons that can tell them,
that cannot, and that misbehave."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.panel.conftest import Tray
from tests.rig.accessible import ScreenReader
from tests.rig.bus import Bus
from tests.rig.daemon import Daemon, state_dict
from tests.rig.notifications import Notifications
from tests.rig.opener import Opener
from tests.rig.processes import Processes

pytestmark = pytest.mark.panel
UP_TO_DATE = "File sync is up to date"
HELD = "12 deletions are held"
RESTORE = "Bring them back"
APPLY = "Delete them in the cloud too"
ERROR = "org.freedesktop.DBus.Error."
CALM = {
    "held": "0",
    "held_lost_in": "",
    "conflicts": "0",
    "waiting_for_room": "0",
    "troubles": "0",
}
LOST = {"path": "/u/Ubuntu One", "lost_in": "folder", "files": "12", "of": "40", "shown": "7"}


@pytest.fixture
async def ours(daemon: Daemon) -> Daemon:
    """A daemon of ours, up to date, that has nothing to tell yet."""
    daemon.replies |= {
        "summary": [CALM],
        "held": [[LOST]],
        "conflicts": [[]],
        "troubles": [[]],
        "apply_held": [[]],
        "restore_held": [],
    }
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    return daemon


async def _until_gone(item, text: str) -> None:
    async def gone(seen) -> bool:
        return (await seen.menu()).find(text) is None

    await item.until(gone, 60, f"nothing of {text!r}")


async def test_held_deletions_come_and_are_brought_back(tray: Tray, ours: Daemon) -> None:
    """A line of the menu, what is gone and where, and one click; 8.3's row stays as it is."""
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    before = (await item.properties())["IconPixmap"]
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder"})
    held = await item.until_label(HELD)
    assert [child.label for child in held.children if not child.is_separator] == [
        "12 of 40 files in Ubuntu One are gone from this computer",
        RESTORE,
        APPLY,
    ]
    assert await item.tooltip() == UP_TO_DATE
    assert (await item.menu()).labels()[0] == UP_TO_DATE
    assert (await item.properties())["IconPixmap"] != before
    await item.open_menu()
    await item.click(held.find(RESTORE))
    await item.close_menu()
    await ours.asked("restore_held")
    ours.tell_more(**CALM)
    await _until_gone(item, HELD)
    assert (await item.properties())["IconPixmap"] == before


async def test_applying_is_asked_about_first(
    tray: Tray, ours: Daemon, started: Processes, bus: Bus
) -> None:
    """Nothing is deleted by one click; the box can be read and answered by ear."""
    reader = await ScreenReader.start(started)
    item = await tray.start()
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder"})
    held = await item.until_label(HELD)
    await item.click(held.find(APPLY))
    await reader.read("Delete 12 files in the cloud?")
    await reader.press("Keep them")
    await reader.until_gone("Delete 12 files in the cloud?")
    assert ours.times_asked("apply_held") == 0
    await item.click(held.find(APPLY))
    await reader.press(APPLY, "Held deletions")
    assert await ours.asked("apply_held") == ["7"]
    await reader.close()


async def test_conflict_and_what_waits_are_lines(
    tray: Tray, ours: Daemon, opener: Opener, home: Path
) -> None:
    """A copy is listed by its name, and a click opens its folder."""
    folder = home / "Ubuntu One"
    folder.mkdir()
    name = "my_file (conflict kiwi 2026-11-22 08.30).txt"
    ours.replies["conflicts"] = [[str(folder / name)]]
    item = await tray.start()
    ours.tell_more(**CALM | {"conflicts": "1", "waiting_for_room": "5", "troubles": "2"})
    conflicts = await item.until_label("1 conflict")
    menu = await item.menu()
    assert menu.find("5 files wait for room in the cloud") is not None
    assert menu.find("2 files cannot be synced") is not None
    await item.click(conflicts.find(name))
    assert opener.opened() == folder.as_uri()


async def test_status_window_names_what_fails(tray: Tray, ours: Daemon, started: Processes) -> None:
    """By name and with the reason, asked for only now; usable by ear."""
    reader = await ScreenReader.start(started)
    ours.replies["summary"] = [CALM | {"waiting_for_room": "1", "troubles": "1"}]
    ours.replies["troubles"] = [
        [
            {"path": "/u/film.mkv", "error": "full", "kind": "room"},
            {"path": "/u/gone.txt", "error": "offline", "kind": "passing"},
            {"path": "/u/odd.txt", "error": "It cannot be read.", "kind": "lasting"},
        ]
    ]
    item = await tray.start()
    await item.until_label("1 file waits for room in the cloud")
    assert ours.times_asked("troubles") == 0
    await item.activate()
    await reader.read("Waits for room: film.mkv")
    await reader.read("Not synced: odd.txt. It cannot be read.")
    assert not [one for one in await reader.everything() if "gone.txt" in one.name]
    await reader.close()


async def test_notification_comes_once_and_brings_files_back(
    tray: Tray, ours: Daemon, bus: Bus
) -> None:
    """One bubble an episode, with the answer that loses nothing as its button."""
    server = Notifications(bus.address)
    await server.appear()
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder"})
    bubble = await server.bubble()
    assert bubble.summary == HELD
    assert "restore-held" in bubble.actions
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder", "conflicts": "0"})
    server.choose(bubble, "restore-held")
    await ours.asked("restore_held")
    assert len(server.bubbles) == 1
    await server.leave()


@pytest.mark.parametrize("error", ["UnknownMethod", "UnknownInterface", "UnknownObject"])
async def test_daemon_without_the_interface_is_asked_once(
    tray: Tray, daemon: Daemon, error: str
) -> None:
    """The original and magicicada (T29): one question an owner, nothing shown, nothing logged."""
    daemon.replies["summary"] = (ERROR + error, "no such thing")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    labels = (await item.menu()).labels()
    await daemon.asked("summary")
    for _ in range(5):
        daemon.peer.emit("/", "org.u1tray.Sync", "Changed", "")
        daemon.change("READY")
        await item.until_label("Connecting")
        daemon.change("QUEUE_MANAGER")
        await item.until_label(UP_TO_DATE)
        await item.open_menu()
        await item.close_menu()
    assert daemon.times_asked("summary") == 0
    assert (await item.menu()).labels() == labels
    assert "org.u1tray" not in tray.process.output
    assert "summary" not in tray.process.output
    await daemon.die()
    await item.until_label("No file sync service is installed", 60)
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    await daemon.asked("summary")


async def test_daemon_that_dies_takes_its_lines_away(tray: Tray, ours: Daemon) -> None:
    """T3: nothing is said about files nobody watches any more."""
    item = await tray.start()
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder"})
    await item.until_label(HELD)
    await ours.die()
    await item.until_label("No file sync service is installed")
    assert (await item.menu()).find(HELD) is None


async def test_daemon_that_does_not_answer_this_leaves_the_rest(tray: Tray, ours: Daemon) -> None:
    """T22: a question without an answer blocks neither picture nor menu, and is put again."""
    ours.unanswered.add("summary")
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    await ours.asked("summary")
    ours.change("AUTH_FAILED")
    await item.until_label("The server did not accept your account")
    ours.change("QUEUE_MANAGER")
    await item.until_label(UP_TO_DATE)
    ours.unanswered.clear()
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder"})
    await item.until_label(HELD, 90)


@pytest.mark.parametrize(
    ("member", "signature", "rubbish"),
    [
        ("summary", "s", "12"),
        ("summary", "a{ss}", {"held": "many", "conflicts": "-3", "troubles": "9" * 4000}),
        ("summary", "a{ss}", {}),
        ("held", "as", ["a"]),
        ("conflicts", "u", 7),
    ],
)
async def test_rubbish_is_neither_shown_nor_fatal(
    tray: Tray, ours: Daemon, member: str, signature: str, rubbish: object
) -> None:
    """T15: at most one line in the log, and the menu says what it can."""
    ours.replies["summary"] = [CALM | {"held": "3", "conflicts": "3"}]
    ours.replies[member] = [rubbish]
    ours.signatures[member] = signature
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    await ours.asked(member)
    ours.change("AUTH_FAILED")
    await item.until_label("The server did not accept your account")
    output = tray.process.output
    assert "Traceback" not in output
    assert output.count(f"the reply to {member}") <= 1
    assert tray.process.returncode is None
    for _ in range(2):
        ours.peer.emit("/", "org.u1tray.Sync", "Changed", "")
    ours.change("QUEUE_MANAGER")
    await item.until_label(UP_TO_DATE)


async def test_menu_held_open_does_not_change(tray: Tray, ours: Daemon) -> None:
    """An open menu never changes under the pointer; closed, it has what is new."""
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    opened = await item.open_menu()
    ours.tell_more(**CALM | {"held": "12", "held_lost_in": "folder"})
    await ours.asked("held")
    await asyncio.wait_for(item.news(15), 30)  # the icon's mark
    assert await item.menu() == opened
    await item.close_menu()
    await item.until_label(HELD)
