"""The window's end of the pipe to the service: its standard input and output, a line a message."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from PyQt5.QtCore import QSocketNotifier

from u1tray.credentials.dialog.messages import LONGEST_LINE_BYTES, Message, from_line, to_line
from u1tray.vocabulary.errors import ContractError

_log = logging.getLogger(__name__)

_READ_BYTES = 65536


class Pipe:
    """`heard` gets each message; `gone` is called once when the service is."""

    def __init__(self, heard: Callable[[Message], None], gone: Callable[[], None]) -> None:
        self._heard = heard
        self._gone = gone
        self._input = os.dup(0)
        self._output = os.dup(1)
        # Whatever else this process reads or prints has nothing to do with the pipe.
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        os.set_blocking(self._input, False)
        self._rest = b""
        self._notifier = QSocketNotifier(
            self._input,  # type: ignore[arg-type] # the stubs want a sip.voidptr
            QSocketNotifier.Type.Read,
        )
        self._notifier.activated.connect(self._read)

    def say(self, message: Message) -> None:
        """Tell the service."""
        line = to_line(message)
        try:
            while line:
                line = line[os.write(self._output, line) :]
        except OSError:
            self._end()

    def _read(self) -> None:
        try:
            found = os.read(self._input, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            found = b""
        if not found:
            self._end()
            return
        *lines, self._rest = (self._rest + found).split(b"\n")
        if len(self._rest) > LONGEST_LINE_BYTES:
            self._end()
            return
        for line in lines:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            message = from_line(line)
        except ContractError as error:
            _log.error("%s", error.text)
            self._end()
        else:
            self._heard(message)

    def _end(self) -> None:
        self._notifier.setEnabled(False)
        self._gone()
