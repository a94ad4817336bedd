"""Log lines: one line a record, with the id of the request they belong to.

Nothing that goes in here holds a query, an Authorization header, a body or a secret.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# Their own debug lines show rows of the database.
_QUIET = ("sqlalchemy", "alembic", "asyncio")

_FORMAT = "%(asctime)s %(levelname)s %(request_id)s %(name)s: %(message)s"


def set_up_logging(level: str) -> None:
    """Send the program's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True
