"""What happens to what nobody foresaw: logged once, and the program keeps running.

PyQt5 ends the process when an exception leaves a slot, unless an excepthook of the program's own
is in place.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

log = logging.getLogger(__name__)


class LastProblem(logging.Handler):
    """Remembers the last warning or error, for `--diagnose`."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage().splitlines()[0] if record.getMessage() else ""


class Faults:
    """Logs each unforeseen exception with its traceback the first time it comes from a place."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, int]] = set()

    def install(self) -> None:
        """Take over from Python's own hooks."""
        sys.excepthook = self.caught
        threading.excepthook = lambda args: self.caught(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def caught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log it unless this place has failed in this way before."""
        place = (kind.__name__, *_place(trace))
        if place in self._seen:
            return
        self._seen.add(place)
        log.error("an unforeseen error, please report it", exc_info=(kind, error, trace))


def _place(trace: TracebackType | None) -> tuple[str, int]:
    if trace is None:
        return "", 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename, trace.tb_lineno
