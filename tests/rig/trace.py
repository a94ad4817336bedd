"""A recorded conversation, and what a service that replays it does: pure, without bus or clock.

Source: D-Bus contract, section 11.2. The shell around it is `tests.rig.replay`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Calls of a person, or of a program on his behalf: in step mode the replay waits for them.
GATES = frozenset(
    {
        "connect",
        "disconnect",
        "quit",
        "login",
        "register",
        "login_email_password",
        "find_credentials",
        "store_credentials",
        "clear_credentials",
    }
)
_UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
_STARTED = {"UploadStarted": "Upload", "DownloadStarted": "Download"}
_PROGRESS = {"UploadFileProgress": "Upload", "DownloadFileProgress": "Download"}
_FINISHED = {"UploadFinished": "Upload", "DownloadFinished": "Download"}
_COUNTER = {"Upload": "n_bytes_written", "Download": "n_bytes_read"}


@dataclass(frozen=True)
class Note:
    """An explanation."""

    t: float
    text: str


@dataclass(frozen=True)
class Owner:
    """A name gets an owner, or loses it."""

    t: float
    name: str
    owned: bool


@dataclass(frozen=True)
class Signal:
    """A signal to send."""

    t: float
    path: str
    interface: str
    member: str
    signature: str
    args: list[Any]


@dataclass(frozen=True)
class Call:
    """An answer to give. `t` is when it came, `took` seconds after it was asked."""

    t: float
    path: str
    member: str
    args: list[Any]
    took: float
    reply: list[Any] | None
    error: tuple[str, str] | None


@dataclass(frozen=True)
class Gate:
    """In step mode: wait here until `member` of `path` is called."""

    t: float
    path: str
    member: str


Line = Note | Owner | Signal | Call | Gate


@dataclass(frozen=True)
class Answer:
    """What to reply, `delay` seconds after the question."""

    delay: float
    values: list[Any] = field(default_factory=list)
    error: tuple[str, str] | None = None


def read_trace(path: Path) -> list[Line]:
    """The lines of a trace file, in order."""
    return [_line(json.loads(text)) for text in path.read_text().splitlines()]


def with_gates(lines: list[Line]) -> list[Line]:
    """The lines with a gate where each call of a person was asked, in order of time."""
    gates: list[Line] = [
        Gate(line.t - line.took, line.path, line.member)
        for line in lines
        if isinstance(line, Call) and line.member in GATES
    ]
    # Gates first: what a call caused may carry the very time it was asked at.
    return sorted(gates + lines, key=lambda line: line.t)


def _line(found: Mapping[str, Any]) -> Line:
    t = float(found["t"])
    if found["kind"] == "note":
        return Note(t, found["text"])
    if found["kind"] == "call":
        error = found.get("error")
        return Call(
            t,
            found["path"],
            found["member"],
            found["args"],
            float(found["took"]),
            found.get("reply"),
            None if error is None else (error[0], error[1]),
        )
    if found["member"] == "NameOwnerChanged":
        name, _old, new = found["args"]
        return Owner(t, name, bool(new))
    return Signal(
        t,
        found["path"],
        found["interface"],
        found["member"],
        found["signature"],
        found["args"],
    )


class Story:
    """What the recorded service knows at a moment: told line by line, asked at any time."""

    def __init__(self, lines: list[Line]) -> None:
        self._calls = [line for line in lines if isinstance(line, Call)]
        self._passed = 0
        self._owned: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        self._status: dict[str, str] | None = None
        self._queue: dict[str, tuple[str, dict[str, str]]] = {}
        self._transfers: dict[tuple[str, str], dict[str, str]] = {}

    @property
    def is_owned(self) -> bool:
        """Whether any name is owned: otherwise nothing answers (rule 3)."""
        return bool(self._owned)

    def tell(self, line: Line) -> None:
        """The replay has come to this line."""
        if isinstance(line, Owner):
            self._own(line)
        elif isinstance(line, Signal):
            self._sent(line)
        elif isinstance(line, Call):
            self._passed += 1
            if line.member == "current_status" and line.reply:
                self._status = line.reply[0]

    def ask(self, path: str, member: str, args: list[Any]) -> Answer | None:
        """The answer to a call; None when it has to wait for the first state (rule 1)."""
        computed = {
            "current_status": self._current_status,
            "waiting": lambda: Answer(0, [list(self._waiting())]),
            "current_uploads": lambda: Answer(0, [self._running("Upload")]),
            "current_downloads": lambda: Answer(0, [self._running("Download")]),
        }
        if path == "/status" and member in computed:
            return computed[member]()
        return self._recorded(path, member, args)

    def _current_status(self) -> Answer | None:
        return None if self._status is None else Answer(0, [self._status])

    def _recorded(self, path: str, member: str, args: list[Any]) -> Answer:
        def equal(call: Call) -> bool:
            return (call.path, call.member, call.args) == (path, member, args)

        before = [call for call in self._calls[: self._passed] if equal(call)]
        after = [call for call in self._calls[self._passed :] if equal(call)]
        if not before and not after:
            return Answer(0, error=(_UNKNOWN_METHOD, f"{member} was not recorded"))
        call = before[-1] if before else after[0]
        return Answer(call.took, call.reply or [], call.error)

    def _own(self, line: Owner) -> None:
        if line.owned:
            self._owned.add(line.name)
        else:
            self._owned.discard(line.name)
            self._forget()

    def _sent(self, line: Signal) -> None:
        if line.path != "/status":
            return
        if line.member == "StatusChanged":
            self._status = line.args[0]
        elif line.member == "RequestQueueAdded":
            name, command, data = line.args
            self._queue[command] = (name, data)
        elif line.member == "RequestQueueRemoved":
            self._queue.pop(line.args[1], None)
        else:
            self._transfer(line)

    def _transfer(self, line: Signal) -> None:
        if kind := _STARTED.get(line.member):
            path = line.args[0]
            data = self._command(kind, path)
            shown = {key: data.get(key, "") for key in ("share_id", "node_id")}
            self._transfers[kind, path] = {"path": path, _COUNTER[kind]: "0", **shown}
        elif kind := _PROGRESS.get(line.member):
            path, numbers = line.args
            self._transfers.setdefault((kind, path), {"path": path}).update(numbers)
        elif kind := _FINISHED.get(line.member):
            self._transfers.pop((kind, line.args[0]), None)

    def _command(self, kind: str, path: str) -> dict[str, str]:
        found = (d for name, d in self._queue.values() if name == kind and d.get("path") == path)
        return next(found, {})

    def _running(self, kind: str) -> list[dict[str, str]]:
        return [numbers for (k, _path), numbers in self._transfers.items() if k == kind]

    def _waiting(self) -> Iterator[list[Any]]:
        for command, (name, data) in self._queue.items():
            running = (name, data.get("path", "")) in self._transfers or data.get("running")
            yield [name, command, {**data, "running": "True" if running else ""}]
