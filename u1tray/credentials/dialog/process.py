"""The window as a child process: started, spoken with through a pipe, always ended (9.2).

Secrets travel on its standard input and output only, never in arguments or the environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Mapping

from u1tray.credentials import rules
from u1tray.credentials.dialog.messages import (
    LONGEST_LINE_BYTES,
    Close,
    Closed,
    Message,
    Open,
    Ready,
    from_line,
    to_line,
)
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.errors import ContractError, U1Error

_log = logging.getLogger(__name__)

MODULE = "u1tray.credentials.window"
START_LIMIT_SECONDS = 30.0
END_LIMIT_SECONDS = 3.0
_UNSEEN_PLATFORMS = frozenset({"offscreen", "minimal", "minimalegl"})


class WindowProcess:
    """One running window. Make it with `start`, and `end` it whatever happens."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._over = asyncio.Event()
        self._ready = asyncio.Event()
        self._crash: U1Error | None = None
        self._reading = asyncio.ensure_future(self._read(process.stdout))

    @classmethod
    async def start(cls, opening: Open) -> WindowProcess:
        """The window, on the screen. Raises RefusedError `GUINotAvailableError`."""
        if not is_possible(os.environ):
            raise no_window()
        try:
            # Not in the directory of whoever started us: Python would look there for modules.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", MODULE),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE_BYTES,
                cwd="/",
            )
        except OSError as error:
            _log.warning("the log-in window cannot be started: %s", error)
            raise no_window() from None
        window = cls(process)
        try:
            await window.send(opening)
            await asyncio.wait_for(window._until_ready(), START_LIMIT_SECONDS)
        except BaseException as error:
            await window.end()
            if isinstance(error, asyncio.TimeoutError | U1Error):
                raise no_window() from None
            raise
        return window

    async def send(self, message: Message) -> None:
        """Say something; to a window that is gone, nothing."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._stdin.write(to_line(message))
            await self._stdin.drain()

    async def next(self) -> Message:
        """What the window says next; see `closed` for its end."""
        return await self._heard.get()

    async def closed(self) -> None:
        """Wait until the person closed it. Raises an error of ours when it crashed instead."""
        await self._over.wait()
        if self._crash is not None:
            raise self._crash

    async def end(self) -> None:
        """Close it, by force if need be."""
        await self.send(Close())
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._stdin.close()
        for force in (self._process.terminate, self._process.kill):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._process.wait(), END_LIMIT_SECONDS)
                break
            with contextlib.suppress(ProcessLookupError):
                force()
        await self._process.wait()
        self._reading.cancel()
        _log.debug("the log-in window is gone")

    async def _until_ready(self) -> None:
        waiting = [asyncio.ensure_future(one.wait()) for one in (self._ready, self._over)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        if not self._ready.is_set():
            raise no_window()

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        try:
            async for line in stdout:
                message = from_line(line)
                if isinstance(message, Ready):
                    _log.debug("the log-in window shows %s", message.page)
                    self._ready.set()
                elif isinstance(message, Closed):
                    return
                else:
                    self._heard.put_nowait(message)
            self._crash = crashed()
        except ContractError as error:
            self._crash = error
        except ValueError:  # a line without an end
            self._crash = crashed()
        finally:
            self._over.set()


def is_possible(environment: Mapping[str, str]) -> bool:
    """Whether there may be a display that a person sees."""
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in _UNSEEN_PLATFORMS:
        return False
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def no_window() -> U1Error:
    """`GUINotAvailableError`."""
    text = "No log-in window can be opened here. Log in on a terminal: u1file login"
    return rules.refused(CredentialsErrorType.GUI_NOT_AVAILABLE, text)


def crashed() -> U1Error:
    """The last resort of 9.3."""
    text = "The log-in window ended unexpectedly. Try again, or log in on a terminal: u1file login"
    return rules.refused(CredentialsErrorType.GENERAL, text)
