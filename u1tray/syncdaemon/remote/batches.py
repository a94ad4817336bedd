"""What travels many in one request, over one connection: small contents (REST contract, 16.8),
and new directories (16.4)."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from u1tray.engine.runner.lanes import SMALL_BYTES
from u1tray.rest import batch, nodes
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.batch import Operation, Result
from u1tray.rest.contents import DOWNLOAD, UPLOAD, BatchGet, BatchPut, Offer, Packing
from u1tray.rest.nodes import Node
from u1tray.syncdaemon.remote.gathering import Gathering
from u1tray.vocabulary.errors import BusyError, OfflineError, RefusedError, SignedOutError, U1Error

_log = logging.getLogger(__name__)

MOST_OPERATIONS = 128
MOST_BYTES = 1 << 20
# Each is a transaction of its own in the cloud, and files wait for their directory.
MOST_DIRECTORIES = 16
_NO_CONTENTS = Offer("", MOST_DIRECTORIES, 0, 0)
_DIRECTORY = {"kind": nodes.DIRECTORY}

# What a slow or bad line may carry of it at last; every small content fits.
LEAST_BYTES = SMALL_BYTES
# A batch that takes longer is large enough for its line: servers and proxies wait a minute or two.
QUICK_SECONDS = 10.0

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")
# What befell a whole batch would befall a single request, too. All else may lie in the batch.
_ALIKE = (OfflineError, BusyError, SignedOutError)


@dataclass(frozen=True)
class _Wanted:
    """A content to fetch, and how long it should be."""

    get: BatchGet
    size: int


class Line:
    """What has been seen of the line, over all connections: how many `bytes` a batch may have."""

    def __init__(self) -> None:
        self.bytes = MOST_BYTES

    def lost(self) -> None:
        """A batch did not get through: a smaller one may."""
        self.bytes = max(LEAST_BYTES, self.bytes // 4)

    def carried(self, seconds: float) -> None:
        """A batch got through."""
        if seconds < QUICK_SECONDS:
            self.bytes = min(MOST_BYTES, 2 * self.bytes)


class Batches:
    """The batches of both directions over one connection."""

    def __init__(self, cloud: Cloud, line: Line) -> None:
        self.cloud = cloud
        self._line = line
        self._offers: dict[str, Offer | None] = {}
        self._asking = asyncio.Lock()
        self._puts: Gathering[BatchPut, Node | None] = Gathering(
            self._carry_puts,
            lambda: self._packing(UPLOAD, lambda put: (put.path, len(put.data))),
            lambda put: len(put.data),
            most=MOST_OPERATIONS,
            heaviest=MOST_BYTES,
        )
        self._gets: Gathering[_Wanted, bytes | None] = Gathering(
            self._carry_gets,
            lambda: self._packing(DOWNLOAD, lambda wanted: (wanted.get.path, wanted.size)),
            lambda wanted: wanted.size,
            most=MOST_OPERATIONS,
            heaviest=MOST_BYTES,
        )
        self._takes_operations: bool | None = None
        self._makes: Gathering[str, Result | None] = Gathering(
            self._carry_makes,
            lambda: functools.partial(Packing(_NO_CONTENTS).takes, size=0),
            len,
            most=MOST_DIRECTORIES,
            heaviest=MOST_BYTES,
        )

    async def make_directory(self, path: str) -> Result | None:
        """What became of a new directory; None: it must be made alone."""
        if self._takes_operations is None:
            async with self._asking:
                self._takes_operations = bool(await self.cloud.feature_url(batch.FEATURE))
        if not self._takes_operations or not Packing(_NO_CONTENTS).takes(path, 0):
            return None
        return await self._makes.ask(path)

    async def put(self, put: BatchPut) -> Node | None:
        """The file with its new content; None: it must go alone. Raises as a single PUT."""
        if not await self._takes(UPLOAD, put.path, len(put.data)):
            return None
        return await self._puts.ask(put)

    async def get(self, get: BatchGet, size: int) -> bytes | None:
        """A content of a size; None: it must be fetched alone. Raises as a single GET."""
        if not await self._takes(DOWNLOAD, get.path, size):
            return None
        return await self._gets.ask(_Wanted(get, size))

    async def _takes(self, feature: str, path: str, size: int) -> bool:
        if feature not in self._offers:
            async with self._asking:
                if feature not in self._offers:
                    self._offers[feature] = await self.cloud.offered(feature)
        offer = self._offers[feature]
        return offer is not None and Packing(offer).takes(path, size)

    def _packing(
        self, feature: str, place_of: Callable[[_Item], tuple[str, int]]
    ) -> Callable[[_Item], bool]:
        offer = self._offers[feature]
        if offer is None:  # not any more: the answer to this batch is that all go alone
            return lambda _item: True
        packing = Packing(offer, MOST_OPERATIONS, self._line.bytes)
        return lambda item: packing.takes(*place_of(item))

    async def _carry_makes(self, paths: Sequence[str]) -> Sequence[Result | None]:
        try:
            wanted = [Operation("PUT", path, _DIRECTORY) for path in paths]
            return await self.cloud.files.batch(wanted)
        except _ALIKE:
            raise
        except U1Error as error:
            _log.info("%d directories are made one by one: %s", len(paths), error.text)
            self._takes_operations = False
            return [None] * len(paths)

    async def _carry_puts(self, puts: Sequence[BatchPut]) -> Sequence[Node | U1Error | None]:
        return await self._or_alone(UPLOAD, self.cloud.files.put_contents(puts), len(puts))

    async def _carry_gets(self, wanted: Sequence[_Wanted]) -> Sequence[bytes | U1Error | None]:
        carried = self.cloud.files.get_contents([one.get for one in wanted])
        found = await self._or_alone(DOWNLOAD, carried, len(wanted))
        return [None if _is_too_large(one) else one for one in found]

    async def _or_alone(
        self, feature: str, carried: Awaitable[Sequence[_Value]], count: int
    ) -> Sequence[_Value | None]:
        """The results; all None for a batch that was refused as a whole."""
        begun = asyncio.get_running_loop().time()
        try:
            found = await carried
        except OfflineError:
            self._line.lost()
            raise
        except _ALIKE:
            raise
        except U1Error as error:
            _log.info("%d small files go one by one: %s", count, error.text)
            self._offers[feature] = await self.cloud.offered(feature)
            return [None] * count
        self._line.carried(asyncio.get_running_loop().time() - begun)
        return found


def _is_too_large(found: object) -> bool:
    return isinstance(found, RefusedError) and found.code == "too_large"
