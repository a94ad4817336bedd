"""What a daemon meets: a real cloud, a real Credentials service, a network manager, bad servers."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field

from tests.rig.ports import free_port
from tests.rig.processes import Process, Processes
from u1tray.service.connection import Connection
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.vocabulary import names

PASSWORD = "correct horse battery"
SECONDS = 60.0


@dataclass
class RunningCloud:
    """A u1server process that can die and come back at the same address."""

    started: Processes
    data: str
    process: Process | None = None
    listen: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    url: str = ""

    def launch(self):
        """Start it, and wait for nothing."""
        self.process = self.started.start(
            *("u1server", "serve", "--data", self.data),
            *("--listen", self.listen, "--admin-listen", "127.0.0.1:0"),
        )
        return self.process

    def serve(self):
        self.launch()
        line = self.process.wait_for_line("listening on")
        self.url = re.search(r"http://\S+", line)[0]

    def die(self):
        self.process.end()

    def admin(self, *command, stdin=""):
        done = self.started.run("u1server", *command, "--data", self.data, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_user(self, email, quota="5GB"):
        self.admin("user", "add", email, "--quota", quota, "--password-stdin", stdin=PASSWORD)


class CredentialsClient:
    """Asks the real Credentials service, which the bus starts on demand."""

    def __init__(self, asking: Connection):
        self._asking = asking
        self.heard: asyncio.Queue = asyncio.Queue()

    async def listen(self):
        for member in ("CredentialsFound", "CredentialsCleared", "CredentialsError"):
            await self._asking.subscribe(
                names.CREDENTIALS,
                names.CREDENTIALS_PATH,
                names.CREDENTIALS_INTERFACE,
                member,
                lambda *values, member=member: self.heard.put_nowait((member, *values)),
            )

    async def call(self, member, signature="", *values):
        return await self._asking.call(
            names.CREDENTIALS,
            names.CREDENTIALS_PATH,
            names.CREDENTIALS_INTERFACE,
            member,
            signature,
            *values,
            timeout_seconds=SECONDS,
        )

    async def log_in(self, email):
        """Without a window (9.2); the credentials that were issued."""
        await self.call("login_email_password", "a{ss}", {"email": email, "password": PASSWORD})
        member, values = await asyncio.wait_for(self.heard.get(), SECONDS)
        assert member == "CredentialsFound", values
        return values

    async def clear(self):
        await self.call("clear_credentials")
        heard = await asyncio.wait_for(self.heard.get(), SECONDS)
        assert heard == ("CredentialsCleared",)

    async def store(self, found):
        await self.call("store_credentials", "a{ss}", found)


class NetworkManager(Interface):
    """NetworkManager as far as the daemon asks it (10.3)."""

    name = names.NETWORK_MANAGER
    signals = (Signal("StateChanged", "u"),)

    def __init__(self, state):
        self._state = state

    @method("", "u")
    def state(self):
        return self._state

    def change(self, state):
        self._state = state
        self.emit("StateChanged", state)


@contextlib.asynccontextmanager
async def bad_server(answer: bytes | None):
    """A server that gives every request the same bytes, or (None) never answers; its URL."""

    async def serve(reader, writer):
        try:
            if answer is None:
                await reader.read()  # until the other side leaves
            else:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.close()


def page(status, kind, body):
    """An HTTP response."""
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n\r\n{body}"
    ).encode()
