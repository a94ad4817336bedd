"""What carries one attempt of a request, and the answer back: a way to the cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from u1tray.rest.blocking.wire.line import Part, Write
from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request

CONNECT_TIMEOUT_SECONDS = 10.0
LARGEST_BODY_BYTES = 64 * 1024 * 1024

Sink = Callable[[Reply], Write]


class Carrier(Protocol):
    """Never tries again and follows no redirect. One thread at a time."""

    def exchange(self, request: Request, body: Iterator[Part] | None = None) -> Reply:
        """The whole answer, of whatever status. Raises OfflineError, ContractError.

        `body` replaces the request's own; what it raises ends the attempt.
        """

    def fetch(self, request: Request, sink: Sink) -> Reply:
        """The same, but the body of a success goes part by part into what `sink(head)` gives.

        A part is only there during the call it is given to.
        """

    def close(self) -> None:
        """Hang up."""
