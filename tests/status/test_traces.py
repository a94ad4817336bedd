"""The recorded conversations in pure form give the indicators of 11.2 (D-Bus contract)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rig.trace import Answer, Line, Note, Owner, Signal, Story, read_trace
from tests.status.desk import Desk
from u1tray.status import commands, events
from u1tray.status.values import Creds, Direction, Startable, Transfer
from u1tray.vocabulary import names
from u1tray.vocabulary.states import DaemonState
from u1tray.vocabulary.wire import number

pytestmark = pytest.mark.core

TRACES = Path(__file__).parents[1] / "traces"

# 11.2, in its words; in parentheses: short enough to be missed.
EXPECTED = {
    "startup-autoconnect-off-then-quit": "stopped, disconnected, stopped",
    "no-network-then-server-refuses": (
        "stopped, offline, connecting, offline, connecting, disconnected, connecting, stopped"
    ),
    "connect-upload-offline-reconnect-disconnect": (
        "stopped, (disconnected), (connecting), up-to-date, syncing, up-to-date, syncing, "
        "up-to-date, offline, syncing, up-to-date, disconnected, stopped"
    ),
    "first-download-then-quit": "stopped, syncing, up-to-date, stopped",
    "wrong-password": "stopped, needs-login, stopped",
    "over-quota": "stopped, up-to-date, over-quota, up-to-date, stopped",
    "activation-and-restart-after-internal-error": "stopped, disconnected, stopped",
    "credentials-service": "stopped",
}


class Theatre:
    """Plays a trace to the mind: its daemon is the replay's own story, its clock is fake."""

    def __init__(self, lines: list[Line]) -> None:
        self.desk = Desk(now=0.0)
        self.lines = lines
        self.story = Story(lines)
        self.owner = ""
        self.owners = 0
        self.replies: list[tuple[float, events.Event]] = []
        self.held: list[commands.Command] = []
        self.creds: list[Creds] = []

    def play(self) -> Theatre:
        self.feed(events.OwnerChanged(""), events.StartableChanged(Startable.NO))
        for line in self.lines:
            self.pass_time(line.t)
            self.story.tell(line)
            if isinstance(line, Owner):
                self.own(line)
            elif isinstance(line, Signal):
                self.signal(line)
            elif isinstance(line, Note) and line.text.startswith("NetworkManager StateChanged"):
                self.feed(events.NetworkChanged())
            self.answer_held()
        self.pass_time(self.lines[-1].t + 10)
        return self

    def pass_time(self, until: float) -> None:
        """Answers and ticks up to a moment, in order."""
        for _ in range(10_000):
            self.replies.sort(key=lambda item: item[0])
            wake = self.desk.wake
            moments = [at for at, _ in self.replies[:1]] + ([] if wake is None else [wake])
            if not moments or min(moments) > until:
                self.desk.now = until
                return
            self.desk.now = max(self.desk.now, min(moments))
            if self.replies and self.replies[0][0] <= self.desk.now:
                self.feed(self.replies.pop(0)[1])
            else:
                self.feed(events.Tick())
        raise AssertionError("no end of ticks")

    def feed(self, *fed: events.Event) -> None:
        for command in self.desk.feed(*fed):
            self.execute(command)
        value = self.desk.model.creds.value
        if not self.creds or self.creds[-1] is not value:
            self.creds.append(value)

    def own(self, line: Owner) -> None:
        if line.name == names.CREDENTIALS:
            self.feed(events.CredentialsAvailable(line.owned))
        if line.name != names.SYNCDAEMON:
            return
        self.owners += line.owned
        self.owner = f":9.{self.owners}" if line.owned else ""
        self.held.clear()
        self.feed(events.OwnerChanged(self.owner))

    def signal(self, line: Signal) -> None:
        read = SIGNALS.get((line.interface, line.member))
        if read is not None:
            self.feed(read(*line.args))

    # --- the daemon's answers ----------------------------------------------------------------

    def execute(self, command: commands.Command) -> None:
        asked = QUESTIONS.get(type(command))
        if asked is None:
            return
        path, members = asked
        args = [command.volume_id] if isinstance(command, commands.AskFreeSpace) else []
        answers = [self.story.ask(path, member, args) for member in members]
        if any(answer is None for answer in answers):
            self.held.append(command)
            return
        known = [answer for answer in answers if answer is not None]
        at = self.desk.now + sum(answer.delay for answer in known)
        self.replies.append((at, reply_of(command, known)))

    def answer_held(self) -> None:
        held, self.held = self.held, []
        for command in held:
            self.execute(command)


def reply_of(command: commands.Command, answers: list[Answer]) -> events.Event:
    for answer in answers:
        if answer.error is not None:
            return events.Failed(command, answer.error[0])
    values = [answer.values[0] for answer in answers]
    return events.Replied(command, VALUES[type(command)](*values))


def running(uploads: list[dict[str, str]], downloads: list[dict[str, str]]) -> Any:
    listed = ((Direction.UPLOAD, uploads), (Direction.DOWNLOAD, downloads))
    return tuple(
        Transfer(direction, found["path"], 0, number(found.get("deflated_size")))
        for direction, every in listed
        for found in every
    )


STATUS, ROOT = "/status", "/"
QUESTIONS: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    commands.AskStatus: (STATUS, ("current_status",)),
    commands.AskTransfers: (STATUS, ("current_uploads", "current_downloads")),
    commands.AskWaiting: (STATUS, ("waiting",)),
    commands.AskFreeSpace: (STATUS, ("free_space",)),
    commands.AskRecent: (STATUS, ("sync_menu",)),
}
VALUES: dict[type[Any], Callable[..., Any]] = {
    commands.AskStatus: DaemonState.from_wire,
    commands.AskTransfers: running,
    commands.AskWaiting: lambda waiting: tuple(tuple(item) for item in waiting),
    commands.AskFreeSpace: int,
    commands.AskRecent: lambda menu: tuple(menu.get("recent-transfers", ())),
}


def started(direction: Direction) -> Callable[..., events.Event]:
    return lambda path: events.TransferStarted(direction, path)


def progress(direction: Direction, written: str) -> Callable[..., events.Event]:
    return lambda path, info: events.TransferProgress(
        direction, path, number(info.get(written)) or 0, number(info.get("deflated_size"))
    )


def finished(direction: Direction) -> Callable[..., events.Event]:
    return lambda path, info: events.TransferFinished(direction, path, info.get("error", ""))


UP, DOWN = Direction.UPLOAD, Direction.DOWNLOAD
SIGNALS: dict[tuple[str, str], Callable[..., events.Event]] = {
    (names.STATUS_INTERFACE, "StatusChanged"): lambda found: events.StatusChanged(
        DaemonState.from_wire(found)
    ),
    (names.STATUS_INTERFACE, "UploadStarted"): started(UP),
    (names.STATUS_INTERFACE, "DownloadStarted"): started(DOWN),
    (names.STATUS_INTERFACE, "UploadFileProgress"): progress(UP, "n_bytes_written"),
    (names.STATUS_INTERFACE, "DownloadFileProgress"): progress(DOWN, "n_bytes_read"),
    (names.STATUS_INTERFACE, "UploadFinished"): finished(UP),
    (names.STATUS_INTERFACE, "DownloadFinished"): finished(DOWN),
    (names.STATUS_INTERFACE, "RequestQueueRemoved"): lambda name, _, data: events.QueueRemoved(
        name, data
    ),
    (names.SYNCDAEMON_INTERFACE, "QuotaExceeded"): events.QuotaExceeded,
    (names.SYNCDAEMON_INTERFACE, "VolumesChanged"): lambda all_: events.VolumesChanged(tuple(all_)),
    (names.CREDENTIALS_INTERFACE, "CredentialsFound"): lambda _: events.CredentialsFound(),
    (names.CREDENTIALS_INTERFACE, "CredentialsNotFound"): events.CredentialsNotFound,
    (names.CREDENTIALS_INTERFACE, "CredentialsCleared"): events.CredentialsCleared,
    (names.CREDENTIALS_INTERFACE, "CredentialsStored"): events.CredentialsStored,
    (names.CREDENTIALS_INTERFACE, "AuthorizationDenied"): events.AuthorizationDenied,
    (names.CREDENTIALS_INTERFACE, "CredentialsError"): lambda info: events.CredentialsError(
        info.get("errtype", ""), info.get("message", "")
    ),
}


def matches(seen: list[str], expected: str) -> bool:
    """Whether a sequence is the expected one; entries in parentheses may be missing."""
    pattern = "".join(
        f"(?:{re.escape(entry[1:-1])},)?" if entry.startswith("(") else f"{re.escape(entry)},"
        for entry in expected.split(", ")
    )
    return re.fullmatch(pattern, "".join(f"{indicator}," for indicator in seen)) is not None


def test_expected_table_covers_every_trace():
    """11.2 names each recorded conversation once."""
    assert set(EXPECTED) == {path.stem for path in TRACES.glob("*.jsonl")}


@pytest.mark.parametrize("trace", sorted(EXPECTED))
def test_trace_gives_the_indicators_of_the_contract(trace):
    """11.2, clock mode, Credentials absent, the tray not acting."""
    theatre = Theatre(read_trace(TRACES / f"{trace}.jsonl")).play()
    seen = [indicator.value for indicator in theatre.desk.indicators]
    assert matches(seen, EXPECTED[trace]), seen


@pytest.mark.parametrize("trace", sorted(EXPECTED))
def test_trace_never_makes_the_tray_act(trace):
    """T26: connect, disconnect, quit, start and log-in are a person's."""
    theatre = Theatre(read_trace(TRACES / f"{trace}.jsonl")).play()
    acting = (
        commands.Connect,
        commands.Disconnect,
        commands.Quit,
        commands.StartService,
        commands.LogIn,
        commands.ClearCredentials,
        commands.EnableFilesSync,
    )
    assert not [given for _, given in theatre.desk.history if isinstance(given, acting)]


@pytest.mark.parametrize("trace", sorted(EXPECTED))
def test_trace_ends_without_a_pending_wake(trace):
    """A stopped indicator costs nothing: no deadline is left once the daemon is gone."""
    theatre = Theatre(read_trace(TRACES / f"{trace}.jsonl")).play()
    theatre.pass_time(theatre.desk.now + 7200)
    assert theatre.desk.wake is None


def test_credentials_are_known_by_listening():
    """11.2: none, unknown, found, none."""
    theatre = Theatre(read_trace(TRACES / "credentials-service.jsonl")).play()
    assert theatre.creds[-4:] == [Creds.NONE, Creds.UNKNOWN, Creds.FOUND, Creds.NONE]


@pytest.mark.parametrize(
    ("seen", "expected", "fits"),
    [
        ("a b", "a, (c), b", True),
        ("a c b", "a, (c), b", True),
        ("a c", "a, (c), b", False),
        ("a d b", "a, (c), b", False),
        ("a b a", "a, b", False),
        ("a", "a, (b)", True),
    ],
)
def test_matching_of_optional_entries(seen, expected, fits):
    """The comparison itself can fail."""
    assert matches(seen.split(), expected) is fits
