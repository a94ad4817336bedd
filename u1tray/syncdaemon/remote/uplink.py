"""The connection to the cloud that all volumes share, as it comes and goes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from u1tray.engine.runner.lanes import PARALLEL
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.syncdaemon.remote.batches import Batches, Line
from u1tray.vocabulary.errors import OfflineError


@dataclass
class Uplink:
    """The cloud, while there is a connection to it; `lists_trees` as it announces (16.5).

    `alone` is taken by each small operation that travels in a request of its own.
    """

    cloud: Cloud | None = None
    lists_trees: bool = True
    alone: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL))
    _line: Line = field(default_factory=Line)
    _batches: Batches | None = None

    def now(self) -> Cloud:
        """The cloud of this moment. Raises OfflineError."""
        if self.cloud is None:
            text = "There is no connection to the cloud."
            raise OfflineError(text)
        return self.cloud

    def batches(self) -> Batches:
        """The batches over this moment's connection. Raises OfflineError."""
        cloud = self.now()
        if self._batches is None or self._batches.cloud is not cloud:
            self._batches = Batches(cloud, self._line)
        return self._batches
