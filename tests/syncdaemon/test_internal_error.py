"""An internal error: UNKNOWN_ERROR, SHUTDOWN, a restart, exit 42; at most three times (10.1)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.rig.credentials import FOUND, CredentialsService
from u1tray.service.errors import CallError
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

BROKEN = [sys.executable, "-m", "tests.syncdaemon.broken_daemon"]


@pytest.fixture
async def with_credentials(bus):
    service = CredentialsService(bus.address, found=FOUND)
    await service.appear()
    yield service
    await service.leave()


@pytest.fixture
def start_broken(daemon, started):
    def start():
        root = str(Path(__file__).parents[2])
        daemon.process = started.start(*BROKEN, env={"PYTHONPATH": root})

    return start


async def test_internal_error_is_told_and_ends_with_42(
    daemon, listener, start_broken, with_credentials
):
    """10.1: UNKNOWN_ERROR, SHUTDOWN, name released, exit 42; the log has the traceback once."""
    start_broken()
    await daemon.ended(42)
    await listener.until(lambda: listener.heard[-1].values == ("",), "the name's loss")
    assert listener.state_names[-2:] == ["UNKNOWN_ERROR", "SHUTDOWN"]
    assert listener.states[-2]["is_error"] == "True"
    assert daemon.process.output.count("Traceback") == 1


async def test_restart_is_asked_of_the_bus(daemon, bus, start_broken, with_credentials):
    """10.1: StartServiceByName for itself: the bus starts what is installed."""
    asking, listener, started = daemon.asking, daemon.listener, daemon.started
    command = str(Path(sys.executable).parent / "u1tray-syncdaemon")
    bus.activate(names.SYNCDAEMON, f"{command} --allow-root")
    for member, signature, values in (
        ("ReloadConfig", "", ()),
        ("UpdateActivationEnvironment", "a{ss}", (started.env,)),
    ):
        await asking.call(
            names.DBUS,
            names.DBUS_PATH,
            names.DBUS_INTERFACE,
            member,
            signature,
            *values,
            timeout_seconds=60,
        )
    start_broken()
    await daemon.ended(42)

    def owners():
        return [one.values[0] for one in listener.heard if one.member == "" and one.values[0]]

    await listener.until(lambda: len(owners()) == 2, "the second owner")
    await daemon.root("quit")


async def test_fourth_internal_error_stays_in_unknown_error(
    daemon, listener, start_broken, with_credentials
):
    """10.1: at most 3 times in 10 minutes, then it stays, still answers, and quits when told."""
    for _ in range(3):
        start_broken()
        await daemon.ended(42)
    start_broken()
    await listener.until(
        lambda: listener.state_names.count("UNKNOWN_ERROR") == 4, "the fourth UNKNOWN_ERROR"
    )
    assert (await daemon.status("current_status"))["name"] == "UNKNOWN_ERROR"
    assert daemon.process.returncode is None
    await daemon.root("quit")
    await daemon.ended(0)
    with pytest.raises(CallError):
        await daemon.status("current_status")
