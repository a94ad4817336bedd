"""Random pieces, breaks, restarts and waits against a model of what was promised (16.3)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.server.files.client import Files, tag_of
from tests.server.rig import running_cloud
from tests.server.uploads.client import Tus
from u1tray.server.uploads.values import LIFETIME_S

pytestmark = pytest.mark.end2end

DATA = bytes(range(251)) * 500
LENGTHS = st.sampled_from([1, 2, 1000, 32 * 1024, 32 * 1024 + 1, len(DATA)])


class Offsets(RuleBasedStateMachine):
    """One upload; `promised` is what the server said last."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="u1-"))
        self.url = ""
        self.length = self.promised = self.nonces = 0
        self.state = "open"
        self.do(self.start())

    def do(self, work):
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    async def start(self) -> None:
        self.stack = contextlib.AsyncExitStack()
        running = await self.stack.enter_async_context(running_cloud(self.folder / "cloud"))
        if not self.nonces:
            self.keys, _ = await running.add_token(await running.add_account())
        running._nonces = self.nonces
        self.tus = Tus(Files(running, self.keys))

    async def stop(self) -> None:
        self.moment = self.tus.running.clock.moment
        self.nonces = self.tus.running._nonces + 1
        await self.stack.aclose()

    @initialize(length=LENGTHS)
    def create(self, length: int) -> None:
        self.length = length
        self.url = self.do(self.tus.begin("~/Ubuntu One/a", length))

    @precondition(lambda self: self.state == "open")
    @rule(part=st.floats(0, 1))
    def append(self, part: float) -> None:
        """Some of the rest, perhaps none, perhaps all."""
        end = self.promised + round((self.length - self.promised) * part)
        self.sent(self.do(self.tus.patch(self.url, self.promised, DATA[self.promised : end])), end)

    @precondition(lambda self: self.state == "open")
    @rule()
    def append_the_rest(self) -> None:
        piece = DATA[self.promised : self.length]
        self.sent(self.do(self.tus.patch(self.url, self.promised, piece)), self.length)

    def sent(self, reply, end: int) -> None:
        assert reply.status == 204
        assert reply.header("Upload-Offset") == str(end)
        self.promised = end
        if end == self.length:
            assert reply.header("ETag") == tag_of(DATA[: self.length])
            self.state = "stored"

    @precondition(lambda self: self.state == "open")
    @rule(part=st.floats(0, 0.99))
    def append_and_break(self, part: float) -> None:
        """The server keeps all that came."""
        end = self.promised + int((self.length - self.promised) * part)
        self.do(self.broken(self.promised, end))
        self.promised = end

    async def broken(self, offset: int, end: int) -> None:
        while await self.tus.offset(self.url) != end:
            connection = await self.tus.open_patch(self.url, offset, self.length - offset)
            await connection.send(DATA[offset:end])
            await connection.close()
            # It changes nothing, and is refused while the broken one holds the upload.
            while not await self.is_free():
                pass

    async def is_free(self) -> bool:
        now = await self.tus.offset(self.url)
        return (await self.tus.patch(self.url, now, b"")).status == 204

    @precondition(lambda self: self.state == "open")
    @rule(wrong=st.integers(-2, 2).filter(bool), piece=st.binary(max_size=3))
    def append_elsewhere(self, wrong: int, piece: bytes) -> None:
        offset = self.promised + wrong
        reply = self.do(self.tus.patch(self.url, offset, piece))
        assert reply.status == (400 if offset < 0 else 409)

    @precondition(lambda self: self.state == "open")
    @rule()
    def append_too_much(self) -> None:
        piece = b"x" * (self.length - self.promised + 1)
        assert self.do(self.tus.patch(self.url, self.promised, piece)).status == 413

    @rule()
    def restart(self) -> None:
        """Stopped and started again."""
        self.do(self.stop())
        self.do(self.start())
        self.tus.running.clock.moment = self.moment

    @precondition(lambda self: self.state == "open")
    @rule()
    def delete(self) -> None:
        assert self.do(self.tus.delete(self.url)).status == 204
        self.state = "gone"

    @precondition(lambda self: self.state == "open")
    @rule()
    def wait(self) -> None:
        self.tus.running.clock.moment += LIFETIME_S
        self.do(self.tus.running.cloud.uploads.clean_up())
        self.state = "expired"

    @invariant()
    def server_says_what_was_promised(self) -> None:
        if not self.url:
            return
        reply = self.do(self.tus.head(self.url))
        assert reply.status == {"open": 200, "expired": 410}.get(self.state, 404)
        if self.state == "open":
            assert reply.header("Upload-Offset") == str(self.promised)
        content = self.do(self.tus.files.content("GET", "~/Ubuntu One/a"))
        if self.state == "stored":
            assert content.body == DATA[: self.length]
        else:
            assert content.status == 404
            used = self.do(self.tus.files.used())
            assert used == 0

    def teardown(self) -> None:
        self.do(self.stop())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_offsets_are_what_was_promised() -> None:
    """Whatever happens in between; the content is stored whole or not at all."""
    run_state_machine_as_test(
        Offsets,
        settings=settings(
            max_examples=6,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
