"""Our daemon goes the way that the real one was recorded on, where the contract says so (11.2).

Each test does what was done when a trace was recorded, and compares what both signalled.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from tests.rig.trace import Owner, Signal, read_trace
from tests.syncdaemon.conftest import EMAIL, Daemon
from tests.syncdaemon.surroundings import NetworkManager
from u1tray.service.connection import Connection
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

TRACES = Path(__file__).parents[1] / "traces"
LOST = "(lost)"
FALSE = {
    "name": "Ubuntu One @ x",
    "consumer_key": "abcdefg",
    "consumer_secret": "a" * 30,
    "token": "b" * 50,
    "token_secret": "c" * 50,
}


def collapsed(found):
    """Without repetitions: how often the queue changes meanwhile is a matter of luck."""
    return [one for one, _ in itertools.groupby(found)]


def recorded(trace):
    """The states that the real daemon went through, and the end of its name."""
    found = []
    for line in read_trace(TRACES / f"{trace}.jsonl"):
        if isinstance(line, Owner) and line.name == names.SYNCDAEMON and not line.owned:
            found.append(LOST)
        elif isinstance(line, Signal) and line.member == "StatusChanged":
            found.append(line.args[0]["name"])
    return collapsed(found)


def recorded_of(trace, path):
    """The signals about a file, in the order in which the real daemon sent them."""
    about = []
    for line in read_trace(TRACES / f"{trace}.jsonl"):
        if isinstance(line, Signal) and any(_path_of(one) == path for one in line.args):
            about.append(line.member)
    return collapsed(about)


def _path_of(value):
    return value.get("path") if isinstance(value, dict) else value


def walked(listener):
    """The same of ours."""
    found = []
    for one in listener.heard:
        if one.member == "StatusChanged":
            found.append(one.values[0]["name"])
        elif one.member == "" and not one.values[0]:
            found.append(LOST)
    return collapsed(found)


def told_of(listener, path):
    """The signals of ours about a file."""
    about = [one.member for one in listener.heard if path in map(_path_of, one.values)]
    return collapsed(about)


async def quit_and_compare(daemon, trace):
    """The end, as in each recording."""
    await daemon.root("quit")
    await daemon.ended(0)
    listener = daemon.listener
    await listener.until(lambda: walked(listener)[-1] == LOST, "the end of the name")
    assert walked(listener) == recorded(trace)


async def idle(listener):
    await listener.state("QUEUE_MANAGER", "With User With Network")
    await listener.until(lambda: listener.states[-1]["queues"] == "IDLE", "IDLE")


async def test_start_without_autoconnect_and_quit(daemon, configure):
    """startup-autoconnect-off-then-quit."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    await quit_and_compare(daemon, "startup-autoconnect-off-then-quit")


async def test_wrong_password(daemon, listener, cloud, credentials, configure):
    """wrong-password: connect and disconnect do nothing in the error."""
    await credentials.store(FALSE)
    configure(autoconnect=True)
    daemon.start()
    await listener.state("AUTH_FAILED")
    await daemon.root("connect")
    await daemon.root("disconnect")
    await quit_and_compare(daemon, "wrong-password")


async def test_connect_upload_offline_reconnect_disconnect(  # noqa: PLR0917 - fixtures
    daemon, listener, cloud, credentials, configure, system_bus, home
):
    """connect-upload-offline-reconnect-disconnect: states; and the signals about one upload."""
    trace = "connect-upload-offline-reconnect-disconnect"
    await credentials.log_in(EMAIL)
    configure(autoconnect=False)
    machine = await Connection.open(system_bus.address)
    manager = NetworkManager(70)
    machine.export(names.NETWORK_MANAGER_PATH, manager)
    await machine.own(names.NETWORK_MANAGER)
    await daemon.start_and_rest()
    await daemon.root("connect")
    await idle(listener)
    path = str(home / "Ubuntu One/big.bin")
    (home / "big.bin").write_bytes(os.urandom(1_000_000))
    (home / "big.bin").rename(path)
    await listener.until(lambda: listener.of("UploadFinished"), "the upload")
    await idle(listener)
    manager.change(20)
    await listener.state("READY", "With User Not Network")
    manager.change(70)
    await idle(listener)
    await daemon.root("disconnect")
    await listener.state("READY", "Not User With Network")
    await quit_and_compare(daemon, trace)
    # The real daemon makes a file before it uploads it: ours does not (10.4).
    theirs = [one for one in _uploads(trace) if one]
    assert told_of(listener, path) in theirs
    await machine.close()


def _uploads(trace):
    """What was told of each upload that had progress, from its command on."""
    finished = [
        line.args[0]
        for line in read_trace(TRACES / f"{trace}.jsonl")
        if isinstance(line, Signal) and line.member == "UploadFinished"
    ]
    for path in finished:
        about = recorded_of(trace, path)
        start = about.index("UploadStarted")
        yield ["RequestQueueAdded", *about[start:]] if "UploadFileProgress" in about else []


async def test_first_download_then_quit(  # noqa: PLR0917 - fixtures
    daemon, listener, cloud, credentials, configure, home, started
):
    """first-download-then-quit: states; and the signals about one download."""
    trace = "first-download-then-quit"
    await credentials.log_in(EMAIL)
    (home / "a.bin").write_bytes(os.urandom(1_000_000))
    put = started.run("u1file", "put", str(home / "a.bin"), "Ubuntu One/a.bin")
    assert put.returncode == 0, put.stderr
    configure(autoconnect=True)
    daemon.start()
    await listener.until(lambda: listener.of("DownloadFinished"), "the download")
    await idle(listener)
    await quit_and_compare(daemon, trace)
    theirs = [
        recorded_of(trace, line.args[0])
        for line in read_trace(TRACES / f"{trace}.jsonl")
        if isinstance(line, Signal) and line.member == "DownloadFinished"
    ]
    assert told_of(listener, str(home / "Ubuntu One/a.bin")) in theirs


async def test_server_refuses(daemon: Daemon, listener, cloud, credentials, configure):
    """no-network-then-server-refuses: READY and WAITING in turn until a person ends it."""
    await credentials.log_in(EMAIL)
    configure(autoconnect=False)
    cloud.die()
    await daemon.start_and_rest()
    await daemon.root("connect")
    await listener.until(lambda: listener.state_names.count("WAITING") >= 2, "two attempts")
    await daemon.root("disconnect")
    await listener.state("READY", "Not User With Network")
    await daemon.root("quit")
    await daemon.ended(0)
    await listener.until(lambda: walked(listener)[-1] == LOST, "the end of the name")
    theirs = set(itertools.pairwise(recorded("no-network-then-server-refuses")))
    # How many attempts there are is a matter of time; each step is one of theirs.
    assert set(itertools.pairwise(walked(listener))) <= theirs | {("READY", "SHUTDOWN")}
    assert theirs <= set(itertools.pairwise(walked(listener))) | {("WAITING", "SHUTDOWN")}
