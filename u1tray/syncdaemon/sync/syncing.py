"""All subscribed volumes of this computer, with a connection and without."""

from __future__ import annotations

import asyncio
import gc
import platform
from collections.abc import Callable

from u1tray.engine.local.partials import Partials
from u1tray.engine.local.trashes import Places
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import DiskError
from u1tray.engine.runner.lanes import Lanes
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.memory import give_back
from u1tray.syncdaemon.options import Option
from u1tray.syncdaemon.queue import CommandQueue
from u1tray.syncdaemon.remote.news import News
from u1tray.syncdaemon.remote.throttle import Throttle
from u1tray.syncdaemon.remote.uplink import Uplink
from u1tray.syncdaemon.remote.volume import Throttles
from u1tray.syncdaemon.sparing import Sparing
from u1tray.syncdaemon.sync.refusals import Refusals
from u1tray.syncdaemon.sync.stores import remove_trees, store_file
from u1tray.syncdaemon.sync.subscriptions import Subscription
from u1tray.syncdaemon.sync.transfers import Transfers
from u1tray.syncdaemon.sync.volume import Ears, SyncedVolume, Tools
from u1tray.vocabulary import places


class Syncing:
    """The volumes, by their path in the cloud. Make it inside a running loop; close it."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        news: News,
        queue: CommandQueue,
        transfers: Transfers,
        ears: Ears,
    ) -> None:
        self.volumes: dict[str, SyncedVolume] = {}
        self.refusals = Refusals(self.add, ears.failed)
        self._is_tidy = False
        self._ears = ears
        self._workers = Workers()
        self.sparing = Sparing(
            configuration.get(options.ON_METERED_NETWORK),
            configuration.get(options.ON_POWER_SAVING),
            self._reconsider,
        )
        at_once = configuration.get(options.SIMULT_TRANSFERS)
        self._uplink = Uplink(alone=asyncio.Semaphore(at_once))
        self._may_work = asyncio.Event()
        self._tools = Tools(
            self._uplink,
            news,
            Throttles(
                Throttle(_limit(configuration, options.WRITE_LIMIT)),
                Throttle(_limit(configuration, options.READ_LIMIT)),
            ),
            self._workers,
            Partials(places.cache_home() / places.PROGRAM / "partials", self._workers),
            Places(
                places.data_directory() / "syncdaemon/trash",
                places.data_home(),
                configuration.get(options.USE_TRASH),
            ),
            queue,
            transfers,
            platform.node(),
            self.sparing,
            Lanes(at_once),
            self._give_back,
            configuration.get(options.IGNORE),
        )

    async def add(self, subscription: Subscription) -> None:
        """Sync a volume from now on; where the disk refuses that, once it does not any more."""
        path = subscription.path
        try:
            volume = SyncedVolume(subscription, store_file(path), self._tools, self._ears)
        except DiskError as error:
            self.refusals.add(subscription, error)
            self._ears.changed()
            return
        try:
            if not self._is_tidy:
                self._is_tidy = True
                await volume.folder.tidy()
        except BaseException:
            await volume.close()
            raise
        self.refusals.discard(path)
        self.volumes[path] = volume
        volume.start()
        if self._uplink.cloud is not None:
            volume.connect(self._may_work)
        self._ears.changed()

    async def remove(self, path: str) -> None:
        """Sync a volume no more, and forget what was agreed: no later loss is a deletion."""
        await self.refusals.close(path)
        volume = self.volumes.pop(path, None)
        if volume is not None:
            await volume.close(for_good=True)
        remove_trees(store_file(path))
        self._ears.changed()

    def is_synced(self, path: str) -> bool:
        """Whether a volume is synced, or is to be once the disk lets it."""
        return path in self.volumes or path in self.refusals

    def cloud(self) -> Cloud:
        """The cloud of this moment. Raises OfflineError."""
        return self._uplink.now()

    async def folders_seen(self) -> None:
        """Wait until every folder was looked at."""
        await asyncio.gather(*(volume.folder_seen() for volume in self.volumes.values()))

    def connect(self, cloud: Cloud, *, lists_trees: bool) -> None:
        """There is a connection: ask what changed. Nothing is done before `release`."""
        self._uplink.cloud = cloud
        self._uplink.lists_trees = lists_trees
        self._may_work.clear()
        for volume in self.volumes.values():
            volume.connect(self._may_work)

    async def cloud_seen(self) -> None:
        """Wait until every volume knows what is in the cloud."""
        await asyncio.gather(*(volume.cloud_seen() for volume in self.volumes.values()))

    def release(self) -> None:
        """Let the work begin."""
        self._may_work.set()

    async def disconnect(self) -> None:
        """The connection is over."""
        self._uplink.cloud = None
        self._may_work.clear()
        await asyncio.gather(*(volume.disconnect() for volume in self.volumes.values()))

    async def close(self) -> None:
        """Leave all folders; what was on its way goes on at the next start."""
        self._uplink.cloud = None
        await self.refusals.close()
        await asyncio.gather(*(volume.close() for volume in self.volumes.values()))
        self.volumes.clear()
        self._workers.close()

    def rescan(self, volume_id: str) -> bool:
        """Look at everything of a volume again; False where there is no such one."""
        for volume in self.volumes.values():
            if volume.subscription.volume_id == volume_id:
                volume.rescan()
                return True
        return False

    def _reconsider(self) -> None:
        """Other files may travel now."""
        for volume in self.volumes.values():
            volume.sync.runner.reconsider()
        self._ears.changed()

    def _give_back(self) -> None:
        """Give the system what a volume needs no more."""
        gc.collect()
        self._workers.leave(give_back)

    def try_again(self) -> None:
        """There may be room in the cloud now."""
        for volume in self.volumes.values():
            if volume.obstacles.is_full:
                volume.sync.runner.try_again()

    @property
    def is_beginning(self) -> bool:
        """Something more will be begun at once."""
        return self._may_work.is_set() and any(
            volume.is_beginning for volume in self.volumes.values()
        )

    @property
    def is_idle(self) -> bool:
        """All sides are the same, as far as is known."""
        return not self.refusals and all(volume.is_idle for volume in self.volumes.values())

    @property
    def is_full(self) -> bool:
        """Something waits for room in the cloud."""
        return any(volume.obstacles.is_full for volume in self.volumes.values())

    @property
    def least_refused(self) -> int | None:
        """The size of the smallest file that waits for room in the cloud, in bytes."""
        obstacles = [volume.obstacles for volume in self.volumes.values()]
        return min((size for one in obstacles for size in one.refused_sizes), default=None)


def _limit(configuration: Configuration, option: Option[int]) -> Callable[[], int | None]:
    """The limit in force at every moment, in bytes a second."""
    return lambda: configuration.get(option) if configuration.get(options.THROTTLING_ON) else None
