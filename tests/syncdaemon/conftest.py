"""A daemon process on a private bus, a connection that asks it, and everything it says."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from tests.rig.bus import start_bus
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, processes
from tests.syncdaemon.surroundings import CredentialsClient, RunningCloud
from u1tray.service.connection import Connection
from u1tray.vocabulary import names

SECONDS = 60.0


@dataclass
class Heard:
    """One thing that was said: a signal, or a change of the name's owner (member '')."""

    member: str
    values: tuple = ()


@dataclass
class Listener:
    """Hears the daemon's own signals and the coming and going of its name, in order."""

    asking: Connection
    heard: list = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, member, *values):
        self.heard.append(Heard(member, values))
        self._news.set()

    async def until(self, condition, what="something"):
        """Wait until `condition()` is true, looking whenever something is heard."""

        async def wait():
            while not condition():
                self._news.clear()
                await self._news.wait()

        try:
            await asyncio.wait_for(wait(), SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"not heard: {what}; heard {self.heard}") from None

    @property
    def states(self):
        """The state dicts signalled."""
        return [one.values[0] for one in self.heard if one.member == "StatusChanged"]

    @property
    def state_names(self):
        return [state["name"] for state in self.states]

    async def state(self, name, connection=None):
        """Wait for a state to be the last one signalled."""

        def reached():
            last = self.states[-1] if self.states else {}
            return last.get("name") == name and connection in {None, last.get("connection")}

        await self.until(reached, f"state {name} {connection or ''}")

    def of(self, member):
        return [one.values for one in self.heard if one.member == member]


SIGNALS = {
    (names.STATUS_PATH, names.STATUS_INTERFACE): (
        "StatusChanged",
        "RequestQueueAdded",
        "RequestQueueRemoved",
        "UploadStarted",
        "UploadFileProgress",
        "UploadFinished",
        "DownloadStarted",
        "DownloadFileProgress",
        "DownloadFinished",
        "InvalidName",
    ),
    (names.ROOT_PATH, names.SYNCDAEMON_INTERFACE): (
        "VolumesChanged",
        "RootMismatch",
        "QuotaExceeded",
    ),
    (names.FOLDERS_PATH, names.FOLDERS_INTERFACE): (
        "FolderCreated",
        "FolderDeleted",
        "FolderSubscribed",
        "FolderUnSubscribed",
        "FolderCreateError",
        "FolderDeleteError",
        "FolderSubscribeError",
        "FolderUnSubscribeError",
    ),
}


@dataclass
class Daemon:
    """The daemon under test: starts it, asks it, hears it."""

    asking: Connection
    listener: Listener
    started: object
    process: Process | None = None

    def start(self, *arguments, env=None):
        permission = ["--allow-root"] if os.geteuid() == 0 else []
        self.process = self.started.start("u1tray-syncdaemon", *permission, *arguments, env=env)
        return self.process

    async def start_and_rest(self, *arguments, env=None):
        """Start it and wait for READY."""
        self.start(*arguments, env=env)
        await self.listener.until(lambda: "READY" in self.listener.state_names, "READY")

    async def call(self, path, interface, member, signature="", *values, seconds=SECONDS):
        results = await self.asking.call(
            names.SYNCDAEMON,
            path,
            interface,
            member,
            signature,
            *values,
            timeout_seconds=seconds,
            auto_start=False,
        )
        return results[0] if len(results) == 1 else results

    async def root(self, member, signature="", *values, seconds=SECONDS):
        return await self.call(
            names.ROOT_PATH, names.SYNCDAEMON_INTERFACE, member, signature, *values, seconds=seconds
        )

    async def status(self, member, signature="", *values):
        return await self.call(
            names.STATUS_PATH, names.STATUS_INTERFACE, member, signature, *values
        )

    async def config(self, member, signature="", *values):
        return await self.call(
            names.CONFIG_PATH, names.CONFIG_INTERFACE, member, signature, *values
        )

    async def folders(self, member, signature="", *values):
        return await self.call(
            names.FOLDERS_PATH, names.FOLDERS_INTERFACE, member, signature, *values
        )

    async def ended(self, code=0):
        """Wait for its end and check the exit code."""
        found = await asyncio.get_running_loop().run_in_executor(None, self.process.wait, SECONDS)
        assert found == code, self.process.output


@pytest_asyncio.fixture
async def asking(bus):
    connection = await Connection.open(bus.address)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def listener(asking):
    return await listen(asking)


async def listen(asking):
    """Hear everything the daemon on a bus says."""
    ears = Listener(asking)
    for (path, interface), members in SIGNALS.items():
        for member in members:
            await asking.subscribe(
                names.SYNCDAEMON,
                path,
                interface,
                member,
                lambda *values, member=member: ears.note(member, *values),
            )
    await asking.watch_name(names.SYNCDAEMON, lambda owner: ears.note("", owner))
    return ears


@pytest.fixture
def configure(home):
    """Write the daemon's configuration file."""

    def write(**main):
        path = home / ".config/u1tray/syncdaemon.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{name} = {value}" for name, value in main.items()]
        path.write_text("\n".join(["[__main__]", *lines, ""]))
        return path

    return write


@pytest_asyncio.fixture
async def daemon(started, asking, listener):
    return Daemon(asking, listener, started)


EMAIL = "ana@example.com"


@pytest.fixture
def point_to(home):
    """Set the cloud's address, as a person does."""

    def write(url):
        path = home / ".config/u1tray/cloud.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[cloud]\napi_url = {url}\n")

    return write


@pytest.fixture(scope="session")
def cloud_data(tmp_path_factory):
    """A cloud's data with one account, made once and copied by each test."""
    home = tmp_path_factory.mktemp("cloud")
    with processes(scrubbed(home), home) as started:
        RunningCloud(started, str(home / "data")).add_user(EMAIL)
    return home / "data"


@pytest.fixture
def cloud(started, home, point_to, cloud_data):
    """A cloud with one account, and its address set."""
    shutil.copytree(cloud_data, home / "cloud")
    running = RunningCloud(started, str(home / "cloud"))
    running.serve()
    point_to(running.url)
    return running


@pytest_asyncio.fixture
async def credentials(bus, started, home, asking):
    """The real Credentials service, started by the bus, storing in its encrypted file."""
    await offer_credentials(bus, started, home, asking)
    client = CredentialsClient(asking)
    await client.listen()
    return client


async def offer_credentials(bus, started, home, asking):
    """Let a bus start the Credentials service of a home."""
    passphrase = home / "passphrase"
    passphrase.write_text("open sesame\n")
    passphrase.chmod(0o600)
    started.env["U1TRAY_PASSPHRASE_FILE"] = str(passphrase)
    file = home / ".config/u1tray/credentials.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[credentials]\nstore = file\n")
    bus.activate(names.CREDENTIALS, str(Path(sys.executable).parent / "u1tray-credentials"))
    await asking.call(
        names.DBUS,
        names.DBUS_PATH,
        names.DBUS_INTERFACE,
        "UpdateActivationEnvironment",
        "a{ss}",
        started.env,
        timeout_seconds=60,
    )
    await asking.call(
        names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, "ReloadConfig", timeout_seconds=60
    )


@pytest_asyncio.fixture
async def system_bus(started, home, bus):
    """A system bus of the test's own, in the daemon's environment."""
    env = dict(started.env)
    system = start_bus(started, home, "system")
    started.env["DBUS_SESSION_BUS_ADDRESS"] = env["DBUS_SESSION_BUS_ADDRESS"]
    started.env["DBUS_SYSTEM_BUS_ADDRESS"] = system.address
    return system
