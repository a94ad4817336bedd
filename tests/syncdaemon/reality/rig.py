"""Two computers of one person and their cloud, all of it real; `settle` compares the three.

A computer has a home, a session bus, the Credentials service with a log-in of its own, and the
sync daemon. Everything here blocks: a script of what a person does reads from top to bottom.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import signal
import stat as modes
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rig.bus import Bus as SessionBus
from tests.rig.bus import start_bus
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes, wait_until
from tests.syncdaemon.conftest import EMAIL, offer_credentials
from tests.syncdaemon.surroundings import CredentialsClient, RunningCloud
from u1tray.bus.blocking import call, open_session
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.settings import CloudSettings
from u1tray.service.connection import Connection
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import U1Error

SECONDS = 60.0
QUIET_SECONDS = 0.1
ROOT = "/~/Ubuntu One"
_CONFLICT = re.compile(rb" \(conflict [^()]+ \d{4}-\d\d-\d\d \d\d\.\d\d( \d+)?\)")
# Not the names of a moment in which two files change places: those are a person's files.
_OURS = re.compile(rb"(\A|/)\.u1tray-([0-9a-f]{16}\.part|trash)")
# The rights of root would hide what a person may not read.
_AS_A_PERSON = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")

Picture = dict[bytes, str | None]
"""What is in a tree: SHA-1 of files by path, None for directories. Paths are bytes."""


def sha1(data: bytes) -> str:
    """How a content stands in a picture."""
    return hashlib.sha1(data).hexdigest()


class Computer:
    """One computer. `folder` is what it syncs; `device` is what conflict copies are named by."""

    def __init__(self, home: Path, started: Processes, bus: Bus, keys: Credentials) -> None:
        self.home = home
        self.folder = home / "Ubuntu One"
        self.started = started
        self.keys = keys
        self.address = started.env["DBUS_SESSION_BUS_ADDRESS"]
        self.process: Process | None = None
        self._bus = bus

    # Its life

    def start(self, *prefix: str) -> None:
        """Start the daemon, and wait until it answers."""
        self.launch(*prefix)
        self.answers_soon()

    def answers_soon(self) -> None:
        """Wait until the daemon answers."""
        wait_until(self._answers, SECONDS, "the daemon", self.process)

    def launch(self, *prefix: str) -> Process:
        """Start the daemon, by a command before it or alone."""
        rights = _AS_A_PERSON if os.geteuid() == 0 else ()
        root = ("--allow-root",) if os.geteuid() == 0 else ()
        self.process = self.started.start(*rights, *prefix, "u1tray-syncdaemon", *root, "--debug")
        return self.process

    def quit(self) -> None:
        """End it as a person does."""
        self._root("quit")
        assert self.process is not None
        assert self.process.wait(SECONDS) == 0, self.process.output[-2000:]

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process is not None
        self.process.signal(signal.SIGKILL)
        self.process.wait(SECONDS)

    def suspend(self) -> None:
        """Close the lid."""
        assert self.process is not None
        self.process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Open the lid."""
        assert self.process is not None
        self.process.signal(signal.SIGCONT)

    def connect(self) -> None:
        """Let it sync."""
        self._root("connect")

    def log_out(self) -> None:
        """Forget the token. Computers of one name share it: let all log out before one logs in."""
        asyncio.run(_log_out(self.address))

    def log_in(self) -> None:
        """Get another token."""
        self.keys = asyncio.run(_log_in(self.address))

    def disconnect(self) -> None:
        """Keep it from the cloud, and wait until it is."""
        self._root("disconnect")
        wait_until(lambda: self.status["is_online"] != "True", SECONDS, "disconnected")

    # What it says

    @property
    def status(self) -> dict[str, str]:
        """`current_status` of the contract."""
        return dict(self.ask(names.STATUS_PATH, names.STATUS_INTERFACE, "current_status"))

    def in_sync(self, seconds: float) -> bool:
        """What `u1sync wait` asks: whether it says so within some seconds."""
        try:
            self.ask(
                names.ROOT_PATH,
                names.SYNCDAEMON_INTERFACE,
                "wait_for_nirvana",
                "d",
                QUIET_SECONDS,
                seconds=seconds,
            )
        except U1Error as error:
            if error.code not in {names.NO_REPLY, names.TIMED_OUT, names.TIMEOUT}:
                raise
            return False
        return True

    def own(self, member: str, signature: str = "", *values: object) -> object:
        """A member of our own interface (10.7)."""
        return self.ask(names.ROOT_PATH, names.SYNC_INTERFACE, member, signature, *values)

    def apply_held(self) -> int:
        """Mean all deletions that are held now; how many there were."""
        found = self.own("held")
        assert isinstance(found, list)
        if found:
            self.own("apply_held", "s", found[0]["shown"])
        return len(found)

    def folders(self, member: str, signature: str = "", *values: object) -> object:
        """A member of the interface of folders (5.4)."""
        return self.ask(names.FOLDERS_PATH, names.FOLDERS_INTERFACE, member, signature, *values)

    def transfers(self, direction: str) -> object:
        """`current_uploads` or `current_downloads` of the contract."""
        return self.ask(names.STATUS_PATH, names.STATUS_INTERFACE, direction)

    def explain(self, path: Path | str) -> dict[str, str]:
        """What is known of a path."""
        found = self.own("explain", "s", str(path))
        assert isinstance(found, dict)
        return found

    def ask(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *values: object,
        seconds: float = SECONDS,
    ) -> object:
        """Any method of the daemon."""
        method = Method(names.SYNCDAEMON, path, interface, member, signature, seconds)
        return call(self._bus, method, *values)

    def _root(self, member: str) -> None:
        self.ask(names.ROOT_PATH, names.SYNCDAEMON_INTERFACE, member)

    def _answers(self) -> bool:
        try:
            return bool(self.status)
        except U1Error:
            return False

    # What it has

    def picture(self, below: bytes = b"") -> Picture:
        """All that can be synced in the folder. Raises OSError where it changes meanwhile."""
        return picture_of(os.path.join(os.fsencode(self.folder), below))

    def trashed(self) -> Picture:
        """What is in the trash: the person's, and our own."""
        share = os.fsencode(self.home / ".local/share")
        both = (b"Trash/files", b"u1tray/syncdaemon/trash/files")
        return {
            os.path.join(place, path): seen
            for place in both
            for path, seen in picture_of(os.path.join(share, place)).items()
        }


def picture_of(root: bytes) -> Picture:
    """All that can be synced below a directory."""
    found: Picture = {}
    for directory, directories, files in os.walk(root):
        above = os.path.relpath(directory, root)
        for name in list(directories):
            if os.path.islink(os.path.join(directory, name)):
                continue
            found[os.path.normpath(os.path.join(above, name))] = None
        for name in files:
            path = os.path.join(directory, name)
            if modes.S_ISREG(os.lstat(path).st_mode):
                data = Path(os.fsdecode(path)).read_bytes()
                found[os.path.normpath(os.path.join(above, name))] = sha1(data)
    return {path: seen for path, seen in found.items() if not _OURS.search(path)}


@dataclass
class Reality:
    """Here, there, and the cloud in between."""

    here: Computer
    there: Computer
    cloud: RunningCloud

    @property
    def both(self) -> tuple[Computer, Computer]:
        return self.here, self.there

    def in_cloud(self, volume: str = ROOT) -> Picture:
        """All that the cloud says is in a volume."""
        settings = CloudSettings.of(self.cloud.url)
        with blocking.Cloud(settings, self.here.keys, program="test") as cloud:
            found = cloud.files.tree(volume).nodes
        return {
            node.path.strip("/").encode(): (node.hash or "").removeprefix("sha1:") or None
            for node in found
            if node.path.strip("/")
        }

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for something that is not peace."""
        try:
            return wait_until(lambda: _quietly(condition), SECONDS, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._told(None)}") from None

    def settle(self, below: str = "", *, seconds: float = SECONDS) -> Picture:
        """Wait until both say that they are in sync and all three trees are the same.

        With `below`, what is in that directory of the folder; the picture is given.
        """
        deadline = time.monotonic() + seconds
        start = os.fsencode(below)
        while True:
            left = max(1.0, deadline - time.monotonic())
            are_in_sync = self.here.in_sync(left) and self.there.in_sync(left)
            seen = self._look(start)
            if are_in_sync and seen is not None and seen[0] == seen[1] == seen[2]:
                return seen[0]
            assert time.monotonic() < deadline, self._told(seen)

    def _look(self, below: bytes) -> tuple[Picture, Picture, Picture] | None:
        try:
            here, there = (one.picture(below) for one in self.both)
        except OSError:
            return None
        whole = self.in_cloud()
        inside = {
            path[len(below) :].lstrip(b"/"): seen
            for path, seen in whole.items()
            if path.startswith(below + b"/" if below else b"")
        }
        return here, there, inside

    def _told(self, seen: object) -> str:
        said = [one.own("troubles") for one in self.both]
        held = [one.own("held") for one in self.both]
        return f"here, there, cloud: {seen}\ntroubles: {said}\nheld: {held}"

    def fsck(self) -> None:
        """The cloud has lost nothing: every content is read."""
        self.cloud.admin("fsck")


def _quietly(condition: Callable[[], Any]) -> Any:
    """What changes just now is not there yet."""
    try:
        return condition()
    except OSError:
        return None


def names_of(picture: Picture) -> Picture:
    """A picture in which conflict copies are named `a (conflict).txt`."""
    return {_CONFLICT.sub(b" (conflict)", path): seen for path, seen in picture.items()}


async def _offer(started: Processes, home: Path, bus: SessionBus) -> None:
    asking = await Connection.open(bus.address)
    try:
        await offer_credentials(bus, started, home, asking)
    finally:
        await asking.close()


async def _log_out(address: str) -> None:
    asking = await Connection.open(address)
    try:
        client = CredentialsClient(asking)
        await client.listen()
        await client.clear()
    finally:
        await asking.close()


async def _log_in(address: str) -> Credentials:
    asking = await Connection.open(address)
    try:
        client = CredentialsClient(asking)
        await client.listen()
        found = Credentials.from_wire(await client.log_in(EMAIL))
    finally:
        await asking.close()
    assert found is not None
    return found


@contextlib.contextmanager
def computer(cloud_url: str, *, options: str = "") -> Iterator[Computer]:
    """A computer that is logged in; its daemon is not started yet."""
    home = Path(tempfile.mkdtemp(prefix="u1-"))
    (home / "logs").mkdir()
    config = home / ".config/u1tray"
    config.mkdir(parents=True)
    (config / "cloud.conf").write_text(f"[cloud]\napi_url = {cloud_url}\n")
    (config / "syncdaemon.conf").write_text(f"[__main__]\n{options}\n")
    with processes(scrubbed(home), home / "logs") as started:
        session = start_bus(started, home)
        asyncio.run(_offer(started, home, session))
        keys = asyncio.run(_log_in(session.address))
        with _on_bus(session.address) as bus:
            yield Computer(home, started, bus, keys)
    _remove(home)


@contextlib.contextmanager
def _on_bus(address: str) -> Iterator[Bus]:
    before = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
    try:
        bus = open_session()
    finally:
        if before is None:
            del os.environ["DBUS_SESSION_BUS_ADDRESS"]
        else:
            os.environ["DBUS_SESSION_BUS_ADDRESS"] = before
    try:
        yield bus
    finally:
        bus.close()


@contextlib.contextmanager
def reality(cloud_data: Path, *, options: str = "") -> Iterator[Reality]:
    """Two computers and a cloud with a copy of this data; both daemons run and are in sync."""
    home = Path(tempfile.mkdtemp(prefix="u1-"))
    shutil.copytree(cloud_data, home / "cloud")
    (home / "logs").mkdir()
    with processes(scrubbed(home), home / "logs") as started:
        cloud = RunningCloud(started, str(home / "cloud"))
        cloud.serve()
        made = computer(cloud.url, options=options), computer(cloud.url, options=options)
        with made[0] as here, made[1] as there:
            found = Reality(here, there, cloud)
            for one in found.both:
                one.start()
            found.settle()
            yield found
    _remove(home)


def _remove(home: Path) -> None:
    for directory, _, _ in os.walk(home):
        os.chmod(directory, 0o700)
    shutil.rmtree(os.fsencode(home))
