"""A response, with what the log and the metrics need to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from u1tray.server.messages.response import Response


@dataclass(frozen=True)
class Answer:
    """`route` is a pattern, never a path."""

    UNKNOWN_ROUTE: ClassVar[str] = "unknown"

    response: Response
    route: str = UNKNOWN_ROUTE
    account_id: int | None = None
