"""Bubbles through a notification server on a private bus."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.rig.bus import Bus
from tests.rig.notifications import Bubble, Notifications
from tests.rig.processes import Processes
from u1tray.status.commands import Notice
from u1tray.status.values import Action
from u1tray.tray.settings import SWITCHES, Settings
from u1tray.tray.surface.notices import STYLES
from u1tray.tray.view.item import DoAction, OpenWindow, Window

pytestmark = pytest.mark.bus

CHECKOUT = Path(__file__).parents[3]


@dataclass
class Desktop:
    """The server of a desktop, and a program whose notices it shows."""

    server: Notifications
    program: asyncio.subprocess.Process

    def do(self, *lines: list[object]) -> None:
        """Have the program do these things in one turn of its loop."""
        assert self.program.stdin is not None
        self.program.stdin.write(json.dumps(lines).encode() + b"\n")

    async def show(self, kind: str, name: str = "") -> Bubble:
        """Have it show one, and wait for its bubble."""
        number = len(self.server.bubbles) + 1
        self.do(["show", kind, name])
        return await self.server.bubble(number)

    async def line(self) -> str:
        """The next line of the program: what it was told that a person chose, or its log."""
        assert self.program.stdout is not None
        return (await asyncio.wait_for(self.program.stdout.readline(), 60)).decode().strip()


@pytest.fixture
async def desktop(bus: Bus, started: Processes):
    server = Notifications(bus.address)
    await server.appear()
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.tray.surface.notices_program",
        cwd=CHECKOUT,
        env=started.env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Desktop(server, program)
    assert program.stdin is not None
    program.stdin.close()
    assert await asyncio.wait_for(program.wait(), 60) == 0
    await server.leave()


def test_every_notice_has_a_style():
    """The table is complete; only the answer to one's own log-in has no switch."""
    assert set(STYLES) == set(Notice)
    assert set(SWITCHES) == set(Notice)
    assert [n for n, switch in SWITCHES.items() if not switch] == [Notice.LOGIN_FAILED]
    assert all(hasattr(Settings(), switch) for switch in SWITCHES.values() if switch)


async def test_bubble_is_shown_with_its_buttons(desktop):
    """The issue: actions where supported; a click on the bubble opens the status window."""
    bubble = await desktop.show("needs-login")
    assert bubble.summary == "File sync needs you to log in"
    assert bubble.actions == ("default", "Show status", "log-in", "Log in")
    assert bubble.hints["desktop-entry"] == "u1tray"


async def test_second_bubble_of_a_kind_takes_the_place_of_the_first(desktop):
    """The issue: one reusable bubble a kind, never a pile."""
    first = await desktop.show("file-not-synced", "a.txt")
    second = await desktop.show("file-not-synced", "b.txt")
    other = await desktop.show("sync-error")
    assert (first.replaces, second.replaces, other.replaces) == (0, first.id, 0)
    assert second.body == "b.txt"


async def test_two_at_once_are_one_bubble(desktop):
    """The second waits for the id of the first, and then replaces it."""
    await desktop.show("sync-error")
    desktop.do(["show", "login-failed", "one"], ["show", "login-failed", "two"])
    first, second = await desktop.server.bubble(2), await desktop.server.bubble(3)
    assert (second.replaces, second.body) == (first.id, "two")


@pytest.mark.parametrize(
    ("capabilities", "body", "has_buttons"),
    [
        (["actions", "body", "body-markup"], "a&lt;b&gt; &amp; c", True),
        (["body"], "a<b> & c", False),
    ],
)
async def test_text_and_buttons_fit_the_server(desktop, capabilities, body, has_buttons):
    """Escaped only where markup would be read; buttons only where they would be shown."""
    desktop.server.capabilities = capabilities
    bubble = await desktop.show("file-not-synced", "a<b> & c")
    assert bubble.body == body
    assert bool(bubble.actions) is has_buttons


@pytest.mark.parametrize(
    ("kind", "switch"), [(n.value, switch) for n, switch in SWITCHES.items() if switch]
)
async def test_switched_off_kind_is_not_shown(desktop, kind, switch):
    """The issue: a switch for each; off is off, and the others still come."""
    desktop.do(["switch", switch, False], ["show", kind, "a.txt"], ["show", "login-failed"])
    assert (await desktop.server.bubble()).summary == "Log-in failed"


async def test_withdrawn_bubble_is_closed_and_not_replaced(desktop):
    """Its reason is gone; the next one is a new bubble."""
    first = await desktop.show("storage-full")
    desktop.do(["withdraw", "sync-error"], ["withdraw", "storage-full"])
    await desktop.server.closing(first)
    second = await desktop.show("storage-full")
    assert desktop.server.closed == [first.id]
    assert second.replaces == 0


async def test_bubble_withdrawn_before_it_was_shown_does_not_stay(desktop):
    """A reason may go while the server still answers."""
    await desktop.show("sync-error")
    desktop.do(["show", "storage-full"], ["withdraw", "storage-full"])
    gone = await desktop.server.bubble(2)
    await desktop.server.closing(gone)
    assert desktop.server.closed == [gone.id]


@pytest.mark.parametrize(
    ("key", "choice"),
    [
        ("default", OpenWindow(Window.STATUS)),
        ("free-up-space", DoAction(Action.FREE_UP_SPACE)),
    ],
)
async def test_chosen_button_is_told(desktop, key, choice):
    """What a button says is done; buttons of other programs' bubbles are not ours."""
    bubble = await desktop.show("storage-full")
    await desktop.show("sync-error")  # by now it listens, and knows the first one's id
    desktop.server.choose(replace(bubble, id=bubble.id + 77), "log-in")
    desktop.server.choose(bubble, key)
    assert await desktop.line() == str(choice)


async def test_without_a_server_nothing_fails_and_a_later_one_is_used(desktop):
    """A desktop whose notifications start late still shows the next bubble."""
    await desktop.server.leave()
    desktop.do(["show", "sync-error"])
    assert (await desktop.line()).startswith("no notifications")
    await desktop.server.appear()
    bubble = await desktop.show("needs-login")
    assert bubble.summary == "File sync needs you to log in"
