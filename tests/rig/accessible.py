"""Sees and operates windows as a screen reader does: by AT-SPI, under their accessible names.

What this cannot find or press, a person who cannot see cannot either. Source: the AT-SPI2
interfaces, https://gnome.pages.gitlab.gnome.org/at-spi2-core/devel-docs/.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.rig.peer import CallError, Peer
from tests.rig.processes import Processes

_LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
_PREFIX = "org.a11y.atspi."
_ROOT = "/org/a11y/atspi/accessible/root"
_REGISTRY = "org.a11y.atspi.Registry"
# Bits of AtspiStateType.
STATES = {
    8: "enabled",
    11: "focusable",
    12: "focused",
    24: "sensitive",
    25: "showing",
    30: "visible",
}


@dataclass(frozen=True)
class Seen:
    """One thing on the screen. `window` is the title of the window it is in."""

    owner: str
    path: str
    name: str
    role: str
    description: str
    states: frozenset[str]
    window: str = ""


class ScreenReader:
    """Reads one session's windows. Programs started after it tell it about theirs."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    @classmethod
    async def start(cls, started: Processes) -> ScreenReader:
        """Start the accessibility bus of the session."""
        launcher = started.start(_LAUNCHER, "--launch-immediately", "--a11y=1")
        session = await Peer.connect(started.env["DBUS_SESSION_BUS_ADDRESS"])
        deadline = time.monotonic() + 60
        while not await session.owner("org.a11y.Bus"):
            assert launcher.returncode is None, launcher.output
            assert time.monotonic() < deadline, "no accessibility bus"
            await asyncio.sleep(0.02)
        (address,) = await session.call(
            "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", seconds=60
        )
        await session.close()
        peer = await Peer.connect(address)
        await peer.call(
            *(_REGISTRY, _ROOT, _PREFIX + "Accessible", "GetRole"), seconds=60, auto_start=True
        )
        started.env["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
        return cls(peer)

    async def close(self) -> None:
        """Stop reading."""
        await self._peer.close()

    async def everything(self) -> list[Seen]:
        """All that is showing now, from the top."""
        found: list[Seen] = []
        for owner, path in await self._children(_REGISTRY, _ROOT):
            await self._collect(owner, path, found)
        return found

    async def until(
        self, what: str, wanted: Callable[[list[Seen]], Seen | None], seconds: float = 60.0
    ) -> Seen:
        """The thing that `wanted` finds in everything, waited for."""
        deadline = time.monotonic() + seconds
        while True:
            seen: list[Seen] = []
            # A window that is just coming or going refuses.
            with contextlib.suppress(CallError, asyncio.TimeoutError):
                seen = await self.everything()
            found = wanted(seen)
            if found is not None:
                return found
            shown = "\n".join(f"{s.role} {s.name!r} {sorted(s.states)}" for s in seen)
            assert time.monotonic() < deadline, f"{what} is not on the screen:\n{shown}"
            await asyncio.sleep(0.05)

    async def read(self, sentence: str) -> Seen:
        """Something that says this sentence, or a part of it."""
        return await self.until(
            repr(sentence), lambda seen: next((s for s in seen if sentence in s.name), None)
        )

    async def until_gone(self, sentence: str, seconds: float = 60.0) -> None:
        """Until nothing says this sentence any more."""
        deadline = time.monotonic() + seconds
        while True:
            # A window that is just going refuses.
            with contextlib.suppress(CallError, asyncio.TimeoutError):
                if not any(sentence in seen.name for seen in await self.everything()):
                    return
            assert time.monotonic() < deadline, f"{sentence!r} stays on the screen"
            await asyncio.sleep(0.05)

    async def find(self, role: str, name: str, *states: str) -> Seen:
        """A thing of a role and exact name, showing and in these states."""
        needed = {*states}
        return await self.until(
            f"{role} {name!r} {sorted(needed)}",
            lambda seen: next(
                (s for s in seen if s.role == role and s.name == name and needed <= s.states), None
            ),
        )

    async def write(self, name: str, text: str) -> None:
        """Write into a field, in place of what it holds."""
        field = await self.until(
            f"a field {name!r}",
            lambda seen: next(
                (s for s in seen if s.name == name and s.role in FIELDS and "enabled" in s.states),
                None,
            ),
        )
        (done,) = await self._call(field, "EditableText", "SetTextContents", "s", text)
        assert done, name

    async def press(self, name: str, window: str = "") -> None:
        """Press a button, in the window of that title or in any."""
        button = await self.until(
            f"a button {name!r}",
            lambda seen: next(
                (
                    s
                    for s in seen
                    if s.name == name
                    and s.role in BUTTONS
                    and "enabled" in s.states
                    and window in ("", s.window)
                ),
                None,
            ),
        )
        await self._call(button, "Action", "DoAction", "i", 0)

    async def text_of(self, seen: Seen) -> str:
        """What is written in a field."""
        return str((await self._call(seen, "Text", "GetText", "ii", 0, -1))[0])

    async def _collect(
        self, owner: str, path: str, found: list[Seen], window: str | None = None
    ) -> None:
        seen = replace(await self._look(owner, path), window=window or "")
        if "showing" in seen.states:
            found.append(seen)
        elif seen.role != "application":
            return
        for child_owner, child in await self._children(owner, path):
            inside = None if seen.role == "application" else window or seen.name
            await self._collect(child_owner, child, found, inside)

    async def _look(self, owner: str, path: str) -> Seen:
        interface = _PREFIX + "Accessible"
        (role,) = await self._peer.call(owner, path, interface, "GetRoleName")
        (bits,) = await self._peer.call(owner, path, interface, "GetState")
        words = {name for bit, name in STATES.items() if bits[bit // 32] & 1 << bit % 32}
        texts = [
            (
                await self._peer.call(
                    *(owner, path, "org.freedesktop.DBus.Properties", "Get", "ss"),
                    *(interface, key),
                )
            )[0].value
            for key in ("Name", "Description")
        ]
        return Seen(owner, path, str(texts[0]), str(role), str(texts[1]), frozenset(words))

    async def _children(self, owner: str, path: str) -> list[tuple[str, str]]:
        interface = _PREFIX + "Accessible"
        (children,) = await self._peer.call(owner, path, interface, "GetChildren")
        return [(str(one[0]), str(one[1])) for one in children]

    async def _call(
        self, seen: Seen, interface: str, member: str, signature: str, *args: object
    ) -> list[object]:
        return await self._peer.call(
            seen.owner, seen.path, _PREFIX + interface, member, signature, *args, seconds=60
        )


FIELDS = frozenset({"text", "password text"})
BUTTONS = frozenset({"push button", "button", "toggle button"})
