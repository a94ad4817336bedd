"""A program on a terminal of its own, and a person who reads and types."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import termios
import time
from pathlib import Path

from tests.rig.processes import Processes, wait_until

_LAST_WORDS_SECONDS = 5.0


class Terminal:
    """Runs one command; `screen` is everything it has written so far."""

    def __init__(self, started: Processes, *command: str) -> None:
        self._ours, theirs = pty.openpty()
        # setsid --ctty makes it the controlling terminal, which passwords are asked on.
        self._popen = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command],
            env={**started.env, "TERM": "xterm", "PYTHONFAULTHANDLER": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.screen = ""
        self._read_until = 0

    def expect(self, text: str, seconds: float = 60.0) -> None:
        """Read until `text` appears behind what was expected before."""
        deadline = time.monotonic() + seconds
        while text not in self.screen[self._read_until :]:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r} on the screen:\n{self.screen}")
        self._read_until = self.screen.index(text, self._read_until) + len(text)

    def expect_hidden_input(self, seconds: float = 60.0) -> None:
        """Until the terminal shows nothing of what is typed."""
        deadline = time.monotonic() + seconds
        while termios.tcgetattr(self._ours)[3] & termios.ECHO:
            if time.monotonic() > deadline:
                raise AssertionError("the terminal still echoes")
            self._read(0.01)

    def type(self, text: str) -> None:
        """Type a line, or control characters such as `'\\x03'`."""
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C once the program waits for its person.

        Between writing a prompt and waiting for the answer, Python notices a signal only with
        the next key: nobody is that quick but a test.
        """
        program = Path(f"/proc/{os.tcgetpgrp(self._ours)}/stat")

        def waits() -> bool:
            return program.read_text().rpartition(")")[2].split()[0] == "S"

        wait_until(waits, 60, "the program to wait for input")
        self.type("\x03")

    def wait(self, seconds: float = 60.0) -> int:
        """Its exit code, once it ended; the whole screen is read then."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        try:
            return self._popen.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs:\n{self._last_words()}") from None

    def close(self) -> None:
        """End it if it still runs."""
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait(60)
        os.close(self._ours)

    def _last_words(self) -> str:
        """The screen with what all threads are doing (`faulthandler` writes that there)."""
        with contextlib.suppress(OSError):
            os.killpg(os.tcgetpgrp(self._ours), signal.SIGABRT)
        while self._read(_LAST_WORDS_SECONDS):
            pass
        return self.screen

    def _read(self, seconds: float) -> bool:
        """Read what there is; False when nothing came in time or the program has ended."""
        if not select.select([self._ours], [], [], max(0.0, seconds))[0]:
            return False
        part = b""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            part = os.read(self._ours, 65536)
        self.screen += part.decode(errors="replace").replace("\r\n", "\n")
        return bool(part)
