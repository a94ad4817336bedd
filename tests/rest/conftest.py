"""Both clients behind one face, so that every test is told of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.rest.scripted import Scripted, scripted
from tests.rest.vectors import SET_A
from u1tray.rest.asynchronous import cloud as asynchronous
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.settings import CloudSettings


@dataclass
class Client:
    """Runs coroutine or function alike; `slept` are the pauses it made."""

    run: Callable
    slept: list[float] = field(default_factory=list)

    def __call__(self, settings, *verbs, credentials=SET_A, now=1_700_000_000.0, **options):
        """Do verbs such as `("quota",)` one after the other with one client; the last result."""
        options = {"program": "test", "clock": lambda: now, **options}
        return self.run(self.slept, verbs, settings, credentials, **options)


def _blocking(slept, verbs, settings, credentials, **options):
    with blocking.Cloud(settings, credentials, sleep=slept.append, **options) as cloud:
        return [getattr(cloud, name)(*values) for name, *values in verbs][-1]


def _asynchronous(slept, verbs, settings, credentials, **options):
    async def sleep(seconds):
        slept.append(seconds)

    async def run():
        made = asynchronous.Cloud(settings, credentials, sleep=sleep, **options)
        async with made as cloud:
            for name, *values in verbs:
                result = getattr(cloud, name)(*values)
                result = await result if asyncio.iscoroutine(result) else result
            return result

    return asyncio.run(run())


@pytest.fixture(params=[_blocking, _asynchronous], ids=["blocking", "asynchronous"])
def client(request) -> Client:
    return Client(request.param)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture
def cloud(server: Scripted) -> CloudSettings:
    return CloudSettings.of(server.url)
