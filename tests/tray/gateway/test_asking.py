"""Every command of the bus's is answered exactly once, whatever the other side does."""

from __future__ import annotations

import asyncio

import pytest
from dbus_fast import MessageFlag, Variant

from tests.rig.bus import start_bus
from tests.rig.credentials import FOUND, CredentialsService
from tests.rig.daemon import Daemon, state_dict
from tests.rig.monitor import Monitor
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

OWNER = "':1.0'"
UPLOAD = {"path": "/u", "n_bytes_written": "5", "deflated_size": "9"}
DOWNLOAD = {"path": "/d", "n_bytes_read": "None"}
ERROR = "org.freedesktop.DBus.Error."


@pytest.fixture
async def daemon(bus):
    driven = Daemon(bus.address)
    yield driven
    await driven.leave()


@pytest.fixture
async def credentials(bus):
    service = CredentialsService(bus.address)
    yield service
    await service.leave()


@pytest.fixture
def answers(started, bus):
    """The answers to some commands, as printed; each command has one."""

    async def ask(*commands, seconds=60.0):
        process = started.module("tests.tray.gateway.asking_program", *commands)
        wanted = len(commands)

        def enough(_line):
            return _answers(process.output)[wanted - 1 :] != []

        await asyncio.to_thread(process.wait_for_match, enough, f"{wanted} answers", seconds)
        return _answers(process.output)

    return ask


def _answers(output):
    return [line for line in output.splitlines() if line.startswith(("Replied", "Failed"))]


@pytest.mark.parametrize(
    ("command", "replies", "value"),
    [
        ("AskStatus", {}, "value=DaemonState(name='QUEUE_MANAGER'"),
        (
            "AskTransfers",
            {"current_uploads": [[UPLOAD]], "current_downloads": [[DOWNLOAD]]},
            "path='/u', written=5, size=9), Transfer(direction=<Direction.DOWNLOAD: 'download'>",
        ),
        (
            "AskWaiting",
            {"waiting": [[["Upload", "1", {"size": "7"}]]]},
            "value=(('Upload', '1', {'size': '7'}),)",
        ),
        (
            "AskRecent",
            {"sync_menu": [{"recent-transfers": Variant("as", ["/a", "/b"])}]},
            "value=('/a', '/b')",
        ),
        ("Connect", {}, "value=None"),
        ("Disconnect", {}, "value=None"),
        ("Quit", {}, "value=None"),
        (
            "AskConcerns",
            {
                "summary": [{"held": "2", "held_lost_in": "cloud", "conflicts": "1"}],
                "held": [[{"path": "/u", "lost_in": "cloud", "files": "2", "of": "9"}]],
                "conflicts": [["/u/a (conflict)"]],
            },
            "copies=('/u/a (conflict)',)",
        ),
        (
            "ApplyHeld",
            {"apply_held": [[{"path": "/u", "lost_in": "folder", "files": "3", "of": "9"}]]},
            "value=3)",
        ),
        ("RestoreHeld", {"restore_held": []}, "value=None"),
        ("SpareNothing", {"spare_nothing": []}, "value=None"),
    ],
)
async def test_good_answer_is_read(daemon, answers, command, replies, value) -> None:
    """5.1, 5.2: as the command's docstring says."""
    daemon.replies.update(replies)
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    (answer,) = await answers(f"{command}(owner={OWNER})")
    assert answer.startswith(f"Replied(command={command}(owner=")
    assert value in answer


async def test_free_space_is_asked_of_the_named_volume(daemon, answers) -> None:
    """T25: `''` is the root."""
    daemon.replies["free_space"] = [2**40]
    await daemon.appear()
    (answer,) = await answers(f"AskFreeSpace(owner={OWNER}, volume_id='')")
    assert answer.endswith(f"value={2**40})")
    assert await daemon.asked("free_space") == [""]


@pytest.mark.parametrize(
    ("command", "member"),
    [
        ("AskStatus", "current_status"),
        ("AskTransfers", "current_downloads"),
        ("AskConcerns", "summary"),
        ("RestoreHeld", "restore_held"),
    ],
)
async def test_error_is_one_failure_with_its_full_name(daemon, answers, command, member) -> None:
    """C8, T29: also when the second of two calls fails."""
    daemon.replies[member] = (f"{ERROR}UnknownMethod", "Traceback\nlast line")
    await daemon.appear()
    (answer,) = await answers(f"{command}(owner={OWNER})")
    assert answer.startswith("Failed")
    assert answer.endswith(f"error='{ERROR}UnknownMethod')")


async def test_reply_of_another_type_is_a_failure(daemon, answers) -> None:
    """T15: a broken service is no reason for an exception."""
    daemon.replies["waiting"] = ["text"]
    daemon.replies["sync_menu"] = [7]
    await daemon.appear()
    heard = await answers(f"AskWaiting(owner={OWNER})", f"AskRecent(owner={OWNER})")
    assert [line.startswith("Failed") for line in heard] == [True, True]


async def test_lists_are_asked_for_only_where_there_is_something(daemon, answers) -> None:
    """The idle budget: one call to a daemon that has nothing to tell."""
    daemon.replies["summary"] = [{"held": "0", "conflicts": "0", "troubles": "3"}]
    await daemon.appear()
    (answer,) = await answers(f"AskConcerns(owner={OWNER})")
    assert "troubles=3" in answer
    assert [member for member, _ in daemon.calls] == ["summary"]


async def test_troubles_are_asked_for_on_demand(daemon, answers) -> None:
    """For the status window alone."""
    daemon.replies["summary"] = [{"troubles": "1"}]
    daemon.replies["troubles"] = [[{"path": "/u/a", "error": "no", "kind": "lasting"}]]
    await daemon.appear()
    (answer,) = await answers(f"AskConcerns(owner={OWNER}, with_troubles=True)")
    assert "details=(Trouble(path='/u/a', reason='no', waits_for_room=False),)" in answer


async def test_second_answer_of_another_type_is_one_failure(daemon, answers) -> None:
    """A round of questions ends exactly once."""
    daemon.replies["summary"] = [{"held": "2"}]
    daemon.replies["held"] = ["text"]
    daemon.signatures["held"] = "s"
    await daemon.appear()
    (answer,) = await answers(f"AskConcerns(owner={OWNER})")
    assert answer.startswith("Failed")


async def test_without_a_daemon_everything_fails_and_nothing_starts(bus, home, answers) -> None:
    """T1, C4: an installed daemon is not started by any of them."""
    marker = home / "started"
    bus.activate(names.SYNCDAEMON, f"/usr/bin/touch {marker}")
    asked = (
        "AskStatus",
        "AskTransfers",
        "AskWaiting",
        "AskRecent",
        "AskConcerns",
        "ApplyHeld",
        "RestoreHeld",
        "Connect",
        "Disconnect",
        "Quit",
    )
    heard = await answers(*(f"{command}(owner={OWNER})" for command in asked))
    assert len(heard) == len(asked)
    assert all(line.endswith(f"error='{ERROR}NameHasNoOwner')") for line in heard)
    assert not marker.exists()


async def test_only_calls_to_the_credentials_service_may_start_something(
    bus, daemon, credentials, answers
) -> None:
    """C4 for SyncDaemon; Credentials is a service that the bus starts on demand (9.2)."""
    monitor = Monitor(bus.address)
    await monitor.begin()
    await daemon.appear()
    await credentials.appear()
    await answers(f"AskStatus(owner={OWNER})", f"Connect(owner={OWNER})", "AskCredentials()")

    def flags():
        return {
            (call.destination, bool(call.flags & MessageFlag.NO_AUTOSTART))
            for call in monitor.calls
            if (call.destination or "").startswith("com.ubuntuone")
        }

    await monitor.until(lambda: len(flags()) >= 2)
    assert flags() == {(names.SYNCDAEMON, True), (names.CREDENTIALS, False)}
    await monitor.end()


@pytest.mark.parametrize(
    ("command", "error"), [("", "ServiceUnknown"), ("/bin/false", "Spawn.ChildExited")]
)
async def test_start_that_fails_tells_why(bus, answers, command, error) -> None:
    """T4: not installed; ends at once."""
    if command:
        bus.activate(names.SYNCDAEMON, command)
    (answer,) = await answers("StartService()")
    assert answer.endswith(f"error='{ERROR}{error}')")


async def test_start_of_a_daemon_that_exits_silently_times_out(started, home, answers) -> None:
    """T4: the real ones with file sync switched off."""
    slow = start_bus(started, home, name="slow", start_timeout_ms=500)
    slow.activate(names.SYNCDAEMON, "/bin/true")
    (answer,) = await answers("StartService()")
    assert answer.endswith(f"error='{ERROR}TimedOut')")


@pytest.mark.parametrize(
    ("found", "end"),
    [
        (FOUND, "value=True)"),
        ({}, "value=False)"),
        ({"token": "TK"}, "value=False)"),
        ("KeyringLocked", "error='com.ubuntuone.Credentials.Error.KeyringLocked')"),
    ],
)
async def test_credentials_are_asked_for_and_their_secrets_dropped(
    credentials, answers, found, end
) -> None:
    """8.1: only whether there are any."""
    credentials.found = found
    await credentials.appear()
    (answer,) = await answers("AskCredentials()")
    assert answer.endswith(end)
    assert "TK" not in answer


async def test_missing_credentials_service_is_the_answer(answers) -> None:
    """T20: no signal will follow."""
    heard = await answers("AskCredentials()", "ClearCredentials()", "LogIn()")
    assert all(line.endswith(f"error='{ERROR}ServiceUnknown')") for line in heard)


async def test_log_in_passes_the_window(bus, credentials, answers) -> None:
    """9.2: `window_id` in decimal text; the real service fails on anything else."""
    monitor = Monitor(bus.address)
    await monitor.begin()
    await credentials.appear()
    heard = await answers("LogIn()", "ClearCredentials()")
    assert all(line.startswith("Replied") for line in heard)
    await monitor.until(lambda: "login" in [call.member for call in monitor.calls])
    bodies = [call.body for call in monitor.calls if call.member == "login"]
    assert bodies == [[{"window_id": "77"}]]
    await monitor.end()


async def test_turning_on_writes_the_file_and_answers(home, answers) -> None:
    """8.4 Turn on."""
    options = home / ".config/u1tray/syncdaemon.conf"
    options.parent.mkdir(parents=True)
    options.write_text("[__main__]\nfiles_sync_enabled = False\n")
    (answer,) = await answers("EnableFilesSync()")
    assert answer == "Replied(command=EnableFilesSync(), value=None)"
    assert "True" in options.read_text()
