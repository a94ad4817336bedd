"""Log lines for people or for programs, with the id of the request they belong to.

Nothing that goes in here holds a query, an Authorization header, a body or a secret.
"""

from __future__ import annotations

import json
import logging
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

NO_REQUEST = "-"
request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)

# Their own debug lines show rows of the database.
_QUIET = ("sqlalchemy", "alembic", "asyncio")

_TEXT = "%(asctime)s %(levelname)s %(request_id)s %(name)s: %(message)s"
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ACCESS = "access"


@dataclass(frozen=True)
class Access:
    """One answered request. `route` is a URL pattern, so no name of a file is told.

    `bytes` is what was sent, head and body; `peer` is the client's address as far as trusted
    proxies say it, None for a Unix socket.
    """

    method: str
    route: str
    status: int
    bytes: int
    seconds: float
    account_id: int | None
    peer: str | None

    def __str__(self) -> str:
        account = "no account" if self.account_id is None else f"account {self.account_id}"
        return (
            f"{self.method} {self.route} {self.status} {self.bytes} bytes "
            f"{self.seconds * 1000:.1f} ms, {account}, {self.peer or 'unix socket'}"
        )


def set_up_logging(level: str, log_format: str = "text") -> None:
    """Send the program's log to standard error, as `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter(_TEXT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    _collect_no_more_than_is_shown()
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def new_request_id(given: Sequence[str] = ()) -> str:
    """The id that a trusted proxy gave a request, if it is one; else a new one."""
    if len(given) == 1 and _GIVEN_ID.fullmatch(given[0]):
        return given[0]
    # No secret; the system's source of chance would let other threads go first.
    return f"{random.getrandbits(64):016x}"


def log_access(logger: logging.Logger, level: int, access: Access) -> None:
    """One line for an answered request."""
    logger.log(level, "%s", access, extra={_ACCESS: access})


def _collect_no_more_than_is_shown() -> None:
    """Who logs, in which thread and process: a third of an access line's time, and never shown.

    See "Optimization" in the logging how-to of Python.
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class TextFormatter(logging.Formatter):
    """As `logging.Formatter`, but the time is written once a second (14 us of a request's 50)."""

    _last = (-1, "")

    def formatTime(  # noqa: N802 - the name that logging knows
        self, record: logging.LogRecord, datefmt: str | None = None
    ) -> str:
        second, shown = self._last
        if second != int(record.created):
            second = int(record.created)
            shown = time.strftime(self.default_time_format, time.localtime(second))
            self._last = (second, shown)  # at once: several threads log
        return f"{shown},{int(record.msecs):03}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, message, request_id.

    Answered requests have the members of `Access` too, and errors `exception`, a text.
    """

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _id_of(record),
            **_access_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def _id_of(record: logging.LogRecord) -> str | None:
    found: str = getattr(record, "request_id", NO_REQUEST)
    return None if found == NO_REQUEST else found


def _access_of(record: logging.LogRecord) -> Mapping[str, Any]:
    access = getattr(record, _ACCESS, None)
    if not isinstance(access, Access):
        return {}
    return asdict(access) | {"seconds": round(access.seconds, 6)}
