"""One attempt to be connected: the handshake, the rescan, and staying connected (10.2).

Reports what happened as events of the machine; decides nothing about states or retries. While
connected it hears the cloud's changes, and asks for its quota when that may have changed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from u1tray.rest import file_requests, nodes, replies, requests, settings, trees
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.nodes import Volume
from u1tray.rest.signing import SIGNATURE_METHODS
from u1tray.service.waiting import within
from u1tray.syncdaemon import binding
from u1tray.syncdaemon.machine import Event, Lost, Step
from u1tray.syncdaemon.queue import CommandQueue
from u1tray.syncdaemon.remote.news import News
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import (
    BusyError,
    ContractError,
    NotFoundError,
    OfflineError,
    SignedOutError,
    U1Error,
    UsageError,
)
from u1tray.vocabulary.quota import Quota

_log = logging.getLogger(__name__)

PROGRAM = "u1tray-syncdaemon"
REQUEST_TIMEOUT_SECONDS = 30.0
# A stream that ends sooner is not opened again: the whole connection is.
SHORTEST_STREAM_SECONDS = 1.0
# After a change in the cloud the quota may be another; it is asked for once for many changes.
QUOTA_PAUSE_SECONDS = 2.0
# Room that an administrator gives is told by nobody.
FULL_INTERVAL_SECONDS = 60.0

# Answers of /api/time that say: this is no cloud of ours. Anything else may pass, such as the
# page of a hotel's network, and is tried again.
_NO_SUCH_SERVER = frozenset({404, 405, 410, 426, 501, 505})


@dataclass(frozen=True)
class Hearers:
    """Who is told: the machine, and those who know volumes and foreign accounts."""

    feed: Callable[[Event], None]
    asked: Callable[[Quota, tuple[Volume, ...]], None]  # newer numbers
    volumes_changed: Callable[[], None]
    root_mismatched: Callable[[str, str], None]


class Synced(Protocol):
    """The volumes that are synced over a connection."""

    @property
    def is_full(self) -> bool: ...
    def connect(self, cloud: Cloud, *, lists_trees: bool) -> None: ...
    async def cloud_seen(self) -> None: ...
    def release(self) -> None: ...
    async def disconnect(self) -> None: ...


class Link:
    """The connection of one account to one cloud. `run` once; `refresh` at any time."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        synced: Synced,
        news: News,
        queue: CommandQueue,
        hearers: Hearers,
        handshake_timeout_seconds: float,
        keep_alive_interval_seconds: float,
    ) -> None:
        self._credentials = credentials
        self._synced = synced
        self._news = news
        self._queue = queue
        self._hearers = hearers
        # The machine's own limit ends a mute server; this is only the net below it.
        self._read_timeout_seconds = handshake_timeout_seconds + REQUEST_TIMEOUT_SECONDS
        self._keep_alive_interval_seconds = keep_alive_interval_seconds
        self._refresh = asyncio.Event()
        self._tells = False

    def refresh(self) -> None:
        """Ask the server again now, and tell everybody."""
        self._tells = True
        self._refresh.set()

    def look_soon(self) -> None:
        """The quota may have changed."""
        self._refresh.set()

    async def run(self) -> None:
        """Connect and stay connected until that fails or the task is cancelled."""
        try:
            cloud = self._open()
            try:
                features = await self._greet(cloud)
                if features is not None:
                    await self._work(cloud, features)
            finally:
                await cloud.close()
        except U1Error as error:
            self._report(error)

    def _open(self) -> Cloud:
        found = settings.load()
        if found is None:
            text = "no cloud is set: write its address into cloud.conf"
            raise UsageError(text)
        return Cloud(
            found,
            self._credentials,
            program=PROGRAM,
            limit=1,  # the machine tries again
            read_timeout_seconds=self._read_timeout_seconds,
            on_connected=lambda: self._hearers.feed(Step.CONNECTED),
        )

    async def _greet(self, cloud: Cloud) -> replies.Features | None:
        """CHECK_VERSION and SET_CAPABILITIES: is this a server of the right kind?"""
        reply = await cloud.send(requests.time(cloud.settings))
        verdict = judge_time(reply)
        self._hearers.feed(verdict)
        if verdict is not Step.VERSION_ACCEPTED:
            _log.warning("%s does not answer like a cloud", cloud.settings.api_url)
            return None
        features = await cloud.features()
        verdict = judge_features(features)
        self._hearers.feed(verdict)
        return features if verdict is Step.CAPABILITIES_ACCEPTED else None

    async def _work(self, cloud: Cloud, features: replies.Features) -> None:
        try:
            user = await cloud.user()
        except NotFoundError:
            _log.warning("%s has no file storage", cloud.settings.api_url)
            self._hearers.feed(Step.CAPABILITIES_MISSING)
            return
        self._hearers.feed(Step.AUTHENTICATED)
        root_id = binding.root_id_of(user.user_id, self._credentials.consumer_key)
        if self._is_foreign(root_id):
            return
        try:
            await _until_first_failure(self._hear(cloud), self._stay(cloud, features, root_id))
        finally:
            self._news.forget()
            await self._synced.disconnect()

    async def _hear(self, cloud: Cloud) -> None:
        """Hear what changes; a stream that ends is opened again as long as the server answers."""
        while True:
            begun = time.monotonic()
            try:
                reason = await self._news.listen(cloud, self._keep_alive_interval_seconds)
                _log.info("the stream of changes ended: %s", reason)
            except OfflineError as error:
                if time.monotonic() - begun < SHORTEST_STREAM_SECONDS:
                    raise
                _log.info("the stream of changes broke: %s", error)
            await self._ask(cloud)

    async def _stay(self, cloud: Cloud, features: replies.Features, root_id: str) -> None:
        await self._rescan(cloud, features, root_id)
        while True:
            await self._wait_for_news()
            self._refresh.clear()
            tells, self._tells = self._tells, False
            if not tells:
                await asyncio.sleep(QUOTA_PAUSE_SECONDS)
            await self._ask(cloud)
            if tells:
                self._hearers.volumes_changed()

    def _is_foreign(self, root_id: str) -> bool:
        """Another account on the same data: say so and touch nothing (10.2)."""
        try:
            bound = binding.bound_root_id(binding.binding_file())
        except ContractError as error:
            _log.error("%s", error)
            bound = ""
        if bound in {None, root_id}:
            return False
        self._hearers.root_mismatched(bound or "", root_id)
        self._hearers.feed(Step.ROOT_MISMATCHED)
        return True

    async def _rescan(self, cloud: Cloud, features: replies.Features, root_id: str) -> None:
        """SERVER_RESCAN: what does the server offer now? The first one binds the data."""
        with self._queue.running("ListVolumes"):
            await self._ask(cloud)
            self._bind(root_id)
            self._synced.connect(cloud, lists_trees=trees.FEATURE in features.urls)
            self._hearers.volumes_changed()
            await self._synced.cloud_seen()
            self._hearers.feed(Step.RESCANNED)
        self._synced.release()

    def _bind(self, root_id: str) -> None:
        if binding.bound_root_id(binding.binding_file()) == root_id:
            return  # a full disk must not keep anybody from connecting
        try:
            binding.bind(binding.binding_file(), root_id)
        except OSError as error:
            text = f"{binding.binding_file()} cannot be written: {error}"
            raise U1Error(text) from error

    async def _ask(self, cloud: Cloud) -> None:
        """Newer numbers of the account and its volumes."""
        try:
            quota = await within(cloud.quota(), REQUEST_TIMEOUT_SECONDS)
            request = file_requests.volumes(cloud.settings)
            reply = await within(cloud.send(request), REQUEST_TIMEOUT_SECONDS)
        except asyncio.TimeoutError as error:
            text = f"{cloud.settings.api_url} did not answer for {REQUEST_TIMEOUT_SECONDS:g} s"
            raise OfflineError(text) from error
        self._hearers.asked(quota, nodes.volumes(reply, cloud.now()))

    async def _wait_for_news(self) -> None:
        limit = FULL_INTERVAL_SECONDS if self._synced.is_full else None
        try:
            await within(self._refresh.wait(), limit)
        except asyncio.TimeoutError:
            return

    def _report(self, error: U1Error) -> None:
        _log.warning("%s", error)
        self._hearers.feed(event_of(error))


def judge_time(reply: Reply) -> Step:
    """Whether /api/time was answered by a server of ours (REST contract, 13.4).

    Raises the families' errors for what may pass.
    """
    if reply.status in _NO_SUCH_SERVER:
        return Step.VERSION_REFUSED
    failure = failure_of(reply, 0.0)
    if failure is not None:
        raise failure
    try:
        replies.server_time(reply, 0.0)
    except ContractError:
        # A page for people instead of a number: the log-in page of some network, most likely.
        if (reply.header("content-type") or "").startswith("text/html"):
            raise
        return Step.VERSION_REFUSED
    return Step.VERSION_ACCEPTED


def judge_features(features: replies.Features) -> Step:
    """Whether both sides know a way to sign; nothing else is needed (REST contract, 16)."""
    methods = features.signature_methods
    if methods and not set(methods) & set(SIGNATURE_METHODS):
        return Step.CAPABILITIES_MISSING
    return Step.CAPABILITIES_ACCEPTED


def event_of(error: U1Error) -> Event:
    """What a failed request means for the connection (REST contract, 12 and 17)."""
    if isinstance(error, SignedOutError) or error.code == "account_disabled":
        return Step.CREDENTIALS_REFUSED
    return Lost(error.retry_after if isinstance(error, BusyError) else None)


async def _until_first_failure(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all until the first ends; end the others, and raise what that one raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
