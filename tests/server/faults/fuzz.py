"""Throws random requests at a cloud: none may fail inside, or be left without an end.

`python -m tests.server.faults.fuzz --requests 10000` prints what was answered.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.server.faults.noise import Maker, Noise
from tests.server.files.client import Files
from tests.server.raw import connect
from tests.server.rig import Running, running_cloud
from tests.server.uploads.client import Tus
from tests.server.web.visitor import Visitor

END_TIMEOUT_S = 60.0
AT_ONCE = 8
RENEW_EVERY = 100
_FULL = (b'"quota_exceeded"', b'"server_full"')  # what a lie about the length may be answered


@dataclass(eq=False)
class Watch(logging.Handler):
    """Keeps every record that tells of a fault."""

    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.exc_info:
            self.faults.append(self.format(record))


@contextlib.contextmanager
def watched() -> Iterator[Watch]:
    """All loggers of this process."""
    watch = Watch()
    logging.getLogger().addHandler(watch)
    try:
        yield watch
    finally:
        logging.getLogger().removeHandler(watch)


@dataclass
class Fuzz:
    """A cloud with an account that has something to lose, and a maker of noise."""

    running: Running
    seed: int
    statuses: Counter[str] = field(default_factory=Counter)

    async def prepare(self) -> None:
        """Files, tokens, an upload, a session."""
        self.account = await self.running.add_account()
        credentials, _ = await self.running.add_token(self.account)
        self.files = Files(self.running, credentials)
        await self.files.volume("PUT", "~/Docs")
        for path in ("~/Docs/f.txt", "~/Docs/a/deep/g", "~/Ubuntu One/f.txt"):
            await self.files.put(path, b"1")
        ids = ["x", "0" * 22, "z" * 22, "%00", "~"]
        ids += [token.id for token in await self._tokens()]
        upload = await Tus(self.files).begin("~/Docs/up", 20)
        public = await self.files.node("PUT", "~/Docs/f.txt", {"is_public": True})
        ids += [upload.rpartition("/")[2], public.json["public_url"].rpartition("/")[2]]
        self.maker = Maker(random.Random(self.seed), self.running.api.authority, self._sign, ids)

    async def _tokens(self):
        return [(await self.running.add_token(self.account, f"spare {n}"))[1] for n in range(3)]

    def _sign(self, method: str, target: str) -> str:
        return self.running.sign(self.files.credentials, method, target)

    async def run(self, count: int) -> None:
        """So many requests. AssertionError at the first that is not ended as it should be."""
        for start in range(0, count, RENEW_EVERY):
            await self._renew()
            made = [self._next() for _ in range(min(RENEW_EVERY, count - start))]
            queue = iter(made)
            await asyncio.gather(*(self._work(queue) for _ in range(AT_ONCE)))
            await self._still_serves()

    def _next(self) -> Noise:
        return self.maker.wire(self.maker.request())

    async def _renew(self) -> None:
        """Refused log-ins are forgotten, and what the noise deleted is made anew."""
        self.running.clock.moment += 1000
        visitor = Visitor(self.running)
        await visitor.log_in()
        await visitor.get("/files/")
        self.maker.cookie = "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())
        self.maker.form_token = visitor.token
        await self.files.volume("PUT", "~/Docs")
        for path in ("~/Docs/f.txt", "~/Docs/a/deep/g"):
            await self.files.content("PUT", path, b"1")

    async def _work(self, queue: Iterator[Noise]) -> None:
        for noise in queue:
            try:
                found = await asyncio.wait_for(self._exchange(noise), END_TIMEOUT_S)
            except asyncio.TimeoutError as error:
                message = f"no end within {END_TIMEOUT_S} s: {noise.raw[:900]!r}"
                raise AssertionError(message) from error
            self.statuses[found] += 1

    async def _exchange(self, noise: Noise) -> str:
        """The status, or that the connection was closed."""
        assert noise.raw is not None
        connection = await connect(self.running.api.host, self.running.api.port)
        try:
            with contextlib.suppress(ConnectionError):
                await connection.send(noise.raw)
                if not noise.is_whole:  # nothing more will come
                    connection.writer.write_eof()
            reply = await connection.reply(is_head=noise.method == "HEAD")
        except (asyncio.IncompleteReadError, ConnectionError):
            assert not noise.is_whole, f"no answer: {noise.raw[:900]!r}"
            return "closed"
        finally:
            connection.writer.transport.abort()
        is_full = reply.status == 507 and any(code in reply.body for code in _FULL)
        assert reply.status < 500 or is_full, f"{reply} to {noise.raw[:3000]!r}"
        return str(reply.status)

    async def _still_serves(self) -> None:
        reply = await self.files.ask("GET", "/api/quota/")
        assert reply.status == 200, reply


async def fuzzed(running: Running, count: int, seed: int) -> Counter[str]:
    """How often each status was answered. AssertionError on any fault."""
    fuzz = Fuzz(running, seed)
    await fuzz.prepare()
    with watched() as watch:
        await fuzz.run(count)
    assert watch.faults == [], watch.faults[0]
    return fuzz.statuses


async def _main(count: int, seed: int) -> Counter[str]:
    with tempfile.TemporaryDirectory(prefix="u1-fuzz-") as name:
        async with running_cloud(Path(name) / "cloud") as running:
            return await fuzzed(running, count, seed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    begun = time.monotonic()
    statuses = asyncio.run(_main(given.requests, given.seed))
    told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    print(f"{given.requests} requests in {time.monotonic() - begun:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
