"""What the cloud tells of all volumes of the account, shared by whoever syncs one (16.2).

By the change stream, or, where the cloud has none, by asking for the volumes now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Mapping

from u1tray.rest import file_requests, nodes
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.changes import (
    Bye,
    Change,
    GenerationChanged,
    Hello,
    VolumeCreated,
    VolumeDeleted,
)
from u1tray.vocabulary.errors import BusyError, NotFoundError

_log = logging.getLogger(__name__)


def _nobody() -> None:
    pass


class News:
    """The newest generation of every volume by its path, such as `~/Docs`.

    `volumes_changed` hears that one was created or deleted, `moved` that any moved on.
    """

    def __init__(
        self,
        *,
        volumes_changed: Callable[[], None] = _nobody,
        moved: Callable[[], None] = _nobody,
    ) -> None:
        self._volumes_changed = volumes_changed
        self._moved = moved
        self._generations: dict[str, int] = {}
        self._ears: set[asyncio.Event] = set()

    async def generations(self, path: str) -> AsyncGenerator[int, None]:
        """A volume's generation, whenever it changed; the first as soon as it is known."""
        ear = asyncio.Event()
        self._ears.add(ear)
        told: int | None = None
        try:
            while True:
                ear.clear()
                known = self._generations.get(path)
                if known is not None and known != told:
                    told = known
                    yield known
                else:
                    await ear.wait()
        finally:
            self._ears.discard(ear)

    async def listen(self, cloud: Cloud, poll_interval_seconds: float) -> str:
        """Hear what the cloud tells until it says goodbye; why it does.

        Raises the families of `vocabulary.errors` when the connection breaks.
        """
        try:
            async with contextlib.aclosing(cloud.files.changes()) as changes:
                async for change in changes:
                    if isinstance(change, Bye):
                        return change.reason
                    self._take(change)
        except (NotFoundError, BusyError) as error:
            _log.info("no stream of changes: %s", error.text)
        return await self._poll(cloud, poll_interval_seconds)

    def forget(self) -> None:
        """What was told is old: the connection is over."""
        self._generations.clear()

    async def _poll(self, cloud: Cloud, interval_seconds: float) -> str:
        while True:
            reply = await cloud.send(file_requests.volumes(cloud.settings))
            listed = nodes.volumes(reply, cloud.now())
            self._take(Hello({one.path: one.generation for one in listed}))
            await asyncio.sleep(interval_seconds)

    def _take(self, change: Change) -> None:
        if isinstance(change, Hello):
            self._replace(change.volumes)
        elif isinstance(change, GenerationChanged):
            self._generations[change.path] = change.generation
            self._moved()
        elif isinstance(change, VolumeCreated):
            self._generations[change.path] = change.generation
            self._volumes_changed()
        elif isinstance(change, VolumeDeleted):
            self._generations.pop(change.path, None)
            self._volumes_changed()
        for ear in self._ears:
            ear.set()

    def _replace(self, volumes: Mapping[str, int]) -> None:
        had, known = set(self._generations), dict(volumes)
        is_other = self._generations != known
        self._generations = known
        if had and had != set(known):
            self._volumes_changed()
        elif had and is_other:
            self._moved()
