"""The cloud's contract without I/O, and the two clients that carry it.

`Cloud` is the blocking one, loaded when it is first asked for; asyncio programs take
`u1tray.rest.asynchronous.cloud.Cloud`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from u1tray.rest.blocking.cloud import Cloud

__all__ = ["Cloud"]


def __getattr__(name: str) -> object:
    if name == "Cloud":
        from u1tray.rest.blocking.cloud import Cloud  # noqa: PLC0415 - its users pay for it only

        return Cloud
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
