"""Listening to signals of one service, which starts nothing and ignores other senders (C3, C9)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from u1tray.bus.plain import plain
from u1tray.bus.session import Bus

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signal:
    """A remote signal: where it comes from and how many arguments it has."""

    service: str
    path: str | None
    interface: str
    name: str
    arguments: int = 0


class Subscription:
    """A signal listened to until closed."""

    def __init__(self, match: Any) -> None:
        self._match = match

    def close(self) -> None:
        """Stop listening."""
        self._match.remove()


def listen(bus: Bus, signal: Signal, handler: Callable[..., None]) -> Subscription:
    """Call `handler` with the plain arguments of each such signal.

    A signal with another number of arguments is lost and logged, once for this subscription.
    """
    misfits: list[int] = []

    def received(*args: Any) -> None:
        if len(args) == signal.arguments:
            handler(*(plain(value) for value in args))
        elif not misfits:
            misfits.append(len(args))
            log.warning(
                "%s came with %d arguments instead of %d: ignored",
                signal.name,
                len(args),
                signal.arguments,
            )

    match = bus.connection.add_signal_receiver(
        received,
        signal.name,
        signal.interface,
        bus_name=signal.service,
        path=signal.path,
        byte_arrays=True,
    )
    return Subscription(match)
