"""Contents on their way to and from a simulated volume: alone, or together as the daemon's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from u1tray.engine.core.values import Content
from u1tray.engine.ports import Changed, Names
from u1tray.syncdaemon.remote.gathering import Gathering

SMALL_BYTES = 10
_MOST = 4  # contents in a batch
_HEAVIEST = 25  # bytes of a batch

Answer = object
"""What the cloud says of a content: its node, its bytes, or Changed."""


@dataclass(frozen=True)
class Item:
    """A content; `data` and `replaces` are of one that goes up."""

    names: Names
    content: Content
    data: bytes = b""
    replaces: Content | None = None


class Together:
    """Gathers small contents; `carry` brings what `serve` makes of a batch."""

    def __init__(
        self,
        carry: Callable[[Callable[[], Sequence[Answer]]], Awaitable[Sequence[Answer]]],
        serve: Callable[[Item], Answer],
    ) -> None:
        self._gathering = Gathering(
            lambda items: carry(lambda: [_outcome(serve, item) for item in items]),
            _packing,
            lambda item: item.content.size,
            most=_MOST,
            heaviest=_HEAVIEST,
        )

    async def ask(self, item: Item) -> Answer:
        """What the cloud says of one. Raises Changed, and what befell all of its batch."""
        return await self._gathering.ask(item)


def _outcome(serve: Callable[[Item], Answer], item: Item) -> Answer:
    """Each succeeds or fails by itself (REST contract, 16.8)."""
    try:
        return serve(item)
    except Changed as changed:
        return changed


def _packing() -> Callable[[Item], bool]:
    """So many in a batch, and so many bytes unless it is a single one."""
    sizes: list[int] = []

    def fits(item: Item) -> bool:
        sizes.append(item.content.size)
        return len(sizes) == 1 or (len(sizes) <= _MOST and sum(sizes) <= _HEAVIEST)

    return fits
