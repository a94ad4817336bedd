"""The replay service and the scriptable daemon, asked as a client would ask them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dbus_fast import Message

from tests.rig.bus import Bus
from tests.rig.daemon import Daemon
from tests.rig.peer import CallError, Peer
from tests.rig.processes import Processes

pytestmark = pytest.mark.bus
TRACES = Path(__file__).parents[1] / "traces"
NAME = "com.ubuntuone.SyncDaemon"
ROOT = "com.ubuntuone.SyncDaemon.SyncDaemon"
STATUS = "com.ubuntuone.SyncDaemon.Status"


@pytest.fixture
async def client(bus: Bus) -> AsyncIterator[Peer]:
    peer = await Peer.connect(bus.address)
    yield peer
    await peer.close()


async def test_clock_mode_sends_every_signal_with_its_signature(
    started: Processes, client: Peer
) -> None:
    """The signals of a trace come in order and as recorded; asked early, the status waits."""
    heard: list[tuple[str, str, str]] = []
    client.on_signal(
        lambda m: (
            heard.append((m.member, m.signature, m.body[0]["name"]))
            if m.interface == STATUS
            else None
        )
    )
    await client.listen(f"type='signal',interface='{STATUS}'")
    trace = TRACES / "wrong-password.jsonl"
    replay = started.module("tests.rig.replay", str(trace), "--speed", "4")
    await asyncio.to_thread(replay.wait_for_line, f"owned {NAME}")
    (status,) = await client.call(NAME, "/status", STATUS, "current_status")
    assert status["name"] == "LOCAL_RESCAN"
    await asyncio.to_thread(replay.wait_for_line, "end")
    await client.flush()
    names = [name for _member, _signature, name in heard]
    assert names[0] == "LOCAL_RESCAN"
    assert names[-2:] == ["AUTH_FAILED", "SHUTDOWN"]
    assert {(member, signature) for member, signature, _ in heard} == {("StatusChanged", "a{ss}")}
    with pytest.raises(CallError, match=r"NameHasNoOwner|ServiceUnknown"):
        await client.call(NAME, "/status", STATUS, "current_status")


async def test_step_mode_waits_for_the_call(started: Processes, client: Peer) -> None:
    """The replay stands still at a recorded quit until somebody quits."""
    trace = TRACES / "first-download-then-quit.jsonl"
    replay = started.module("tests.rig.replay", str(trace), "--mode", "step", "--speed", "20")
    await asyncio.to_thread(replay.wait_for_line, "waiting for quit")
    assert "released" not in replay.output
    await client.call(NAME, "/", ROOT, "quit")
    await asyncio.to_thread(replay.wait_for_line, f"released {NAME}")


@pytest.mark.parametrize(("declare", "type_"), [("real", "v"), ("ours", "a{ss}")])
async def test_variant_declares_as_told(
    started: Processes, client: Peer, declare: str, type_: str
) -> None:
    """Contract 3.1: the real services declare `v` for StatusChanged, ours `a{ss}`."""
    trace = TRACES / "wrong-password.jsonl"
    replay = started.module("tests.rig.replay", str(trace), "--declare", declare)
    await asyncio.to_thread(replay.wait_for_line, f"owned {NAME}")
    introspectable = "org.freedesktop.DBus.Introspectable"
    (xml,) = await client.call(NAME, "/status", introspectable, "Introspect")
    after = xml[xml.index('"StatusChanged"') :]
    assert f'type="{type_}"' in after[: after.index("</signal>")]


async def test_daemon_answers_signals_and_dies(bus: Bus, client: Peer) -> None:
    """A test can drive the daemon, see its calls, and let it die."""
    daemon = Daemon(bus.address)
    await daemon.appear()
    await client.call(NAME, "/", ROOT, "connect")
    assert await daemon.asked("connect") == []
    daemon.change("QUEUE_MANAGER")
    (status,) = await client.call(NAME, "/status", STATUS, "current_status")
    assert status["is_online"] == "True"
    gone = asyncio.Event()
    client.on_signal(lambda message: message.body[0] == NAME and gone.set())
    await client.listen(f"type='signal',member='NameOwnerChanged',arg0='{NAME}'")
    await daemon.die()
    await asyncio.wait_for(gone.wait(), 60)
    assert await client.owner(NAME) == ""


async def test_silent_daemon_accepts_and_never_replies(bus: Bus, client: Peer) -> None:
    """The call arrives; no reply does."""
    daemon = Daemon(bus.address, silent=True)
    await daemon.appear()
    with pytest.raises(asyncio.TimeoutError):
        await client.call(NAME, "/status", STATUS, "current_status", seconds=0.2)
    assert await daemon.asked("current_status") == []
    await daemon.die()


async def test_storm_ends_idle(started: Processes, bus: Bus, client: Peer) -> None:
    """The storm sends its number of signals, and the last word is the truth."""
    heard: list[Message] = []
    client.on_signal(heard.append)
    await client.listen(f"type='signal',interface='{STATUS}'")
    storm = started.module("tests.rig.storm", "500")
    await asyncio.to_thread(storm.wait_for_line, "ready")
    storm.signal(signal.SIGUSR1)
    await asyncio.to_thread(storm.wait_for_line, "sent")
    (status,) = await client.call(NAME, "/status", STATUS, "current_status")
    await client.flush()
    assert status["name"] == "QUEUE_MANAGER"
    assert sum(message.interface == STATUS for message in heard) == 500
