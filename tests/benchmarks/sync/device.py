"""A computer of the person: a home, a bus and a sync daemon of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.client import HOST, ask, connect
from tests.benchmarks.cloud.ours import ROOT, Cloud, serve_cloud, start_cloud
from tests.benchmarks.sync.bulk import FIRST, Tree, make_files, make_nodes, make_store
from tests.benchmarks.sync.processor import processor_seconds
from tests.rig.bus import Bus, start_bus
from tests.rig.cloud import EMAIL
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes, wait_until
from tests.syncdaemon.surroundings import CredentialsClient
from u1tray.service.connection import Connection
from u1tray.vocabulary import names

SECONDS = 1200.0
READY, CONNECTED = " READY, ", " QUEUE_MANAGER, "
_VAULT = ".local/share/u1tray/credentials.vault"
_LOG = ".cache/u1tray/log/syncdaemon.log"
_PASSPHRASE = "open sesame\n"


@dataclass
class Device:
    """One computer; its daemon runs between `start` and `end`."""

    home: Path
    started: Processes
    bus: Bus
    process: Process | None = None

    @property
    def folder(self) -> Path:
        """What is synced."""
        return self.home / "Ubuntu One"

    @property
    def store(self) -> Path:
        """Where the trees of the folder's volume are."""
        return self.home / ".local/share/u1tray/syncdaemon/volumes/~%2FUbuntu One.db"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def seconds(self) -> float:
        """What its daemon has cost so far."""
        assert self.process is not None
        return processor_seconds([self.process])

    def start(self) -> None:
        """Start the daemon; nothing is waited for."""
        (self.home / _LOG).unlink(missing_ok=True)
        permission = ["--allow-root"] if os.geteuid() == 0 else []
        self.process = self.started.start("u1tray-syncdaemon", *permission)

    def wait(self, state: str) -> None:
        """Wait until the daemon was in a state."""
        log = self.home / _LOG
        wait_until(lambda: log.exists() and state in log.read_text(), SECONDS, state, self.process)

    def end(self) -> None:
        """End the daemon in good order."""
        assert self.process is not None
        self.process.end()

    def have(self, tree: Tree) -> None:
        """Have all the files of a tree, in sync."""
        make_files(self.folder, tree)
        make_store(self.store, self.folder, tree)

    def log_in(self) -> None:
        """Get a token and keep it, as a person does without a window."""
        asyncio.run(self._log_in())

    async def _log_in(self) -> None:
        connection = await Connection.open(self.bus.address)
        try:
            client = CredentialsClient(connection)
            await client.listen()
            await client.log_in(EMAIL)
        finally:
            await connection.close()

    def resemble(self, other: Device) -> None:
        """Have the credentials of another computer."""
        vault = self.home / _VAULT
        vault.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        shutil.copy(other.home / _VAULT, vault)


@dataclass
class Couple:
    """A cloud, and two computers of the person."""

    cloud: Cloud
    one: Device
    two: Device
    tree: Tree | None = None

    @property
    def seconds(self) -> float:
        """What cloud and daemons have cost so far."""
        return processor_seconds([self.cloud.process]) + self.one.seconds + self.two.seconds

    def connect(self) -> None:
        """Start both daemons, and see that both are connected."""
        for device in (self.one, self.two):
            device.start()
        for device in (self.one, self.two):
            device.wait(CONNECTED)


@contextlib.contextmanager
def couple(bench: Bench, name: str = "u1", files: int = 0) -> Iterator[Couple]:
    """A cloud that runs, and two computers that are logged in; all gone afterwards.

    With `files`, these are in the cloud already, and the first computer has them, too.
    """
    cloud = start_cloud(bench, f"{name}-cloud")
    tree = None
    if files:
        cloud, tree = _filled(bench, cloud, files)
    with (
        device(bench, f"{name}-one", cloud.port) as one,
        device(bench, f"{name}-two", cloud.port) as two,
    ):
        one.log_in()
        two.resemble(one)
        if tree is not None:
            one.have(tree)
        try:
            yield Couple(cloud, one, two, tree)
        finally:
            cloud.process.end()
    for place in (cloud.data, one.home, two.home):
        shutil.rmtree(place, ignore_errors=True)


def _filled(bench: Bench, cloud: Cloud, files: int) -> tuple[Cloud, Tree]:
    """The same cloud, started again with so many files more."""
    with connect(cloud.port) as wire:
        answer = ask(wire, cloud.request("PUT", f"/content/{ROOT}/{FIRST}", b""))
    assert answer.status == 201, answer
    cloud.process.end()
    tree = make_nodes(cloud.data, files)
    again = serve_cloud(bench, cloud.data)
    again.credentials = cloud.credentials
    return again, tree


@contextlib.contextmanager
def device(bench: Bench, name: str, port: int) -> Iterator[Device]:
    """A computer whose daemon is not started yet."""
    home = bench.folder(name)
    (home / "logs").mkdir()
    _configure(home, port)
    with processes(scrubbed(home), home / "logs") as started:
        started.env["U1TRAY_PASSPHRASE_FILE"] = str(home / "passphrase")
        bus = start_bus(started, home)
        program = Path(sys.executable).parent / "u1tray-credentials"
        bus.activate(names.CREDENTIALS, str(program))
        made = Device(home, started, bus)
        made.folder.mkdir()
        yield made


def _configure(home: Path, port: int) -> None:
    passphrase = home / "passphrase"
    passphrase.write_text(_PASSPHRASE)
    passphrase.chmod(0o600)
    configuration = home / ".config/u1tray"
    configuration.mkdir(parents=True)
    (configuration / "cloud.conf").write_text(f"[cloud]\napi_url = http://{HOST}:{port}\n")
    (configuration / "credentials.conf").write_text("[credentials]\nstore = file\n")
    (configuration / "syncdaemon.conf").write_text("[__main__]\nautoconnect = True\n")
