"""Child processes of a test: started with their output in a file, waited for, always ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_REPOSITORY = Path(__file__).parents[2]


class Process:
    """One running child. Its output is readable at any time and waited for line by line."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        descriptors: Sequence[int] = (),
    ) -> None:
        self.command = list(command)
        self.log = log
        with log.open("wb") as sink:
            self._popen = subprocess.Popen(
                self.command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(descriptors),
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def output(self) -> str:
        """Everything it has printed so far, both streams."""
        return self.log.read_text(errors="replace")

    @property
    def returncode(self) -> int | None:
        return self._popen.poll()

    @property
    def cpu_seconds(self) -> float:
        """What it has computed so far: a measure that other programs do not disturb."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_for_line(self, text: str, seconds: float = 60.0) -> str:
        """The first whole line of output that contains `text`."""
        return self.wait_for_match(lambda line: text in line, repr(text), seconds)

    def wait_for_match(
        self, matches: Callable[[str], bool], what: str, seconds: float = 60.0
    ) -> str:
        """The first whole line of output, without its end, that `matches`."""

        def found() -> str | None:
            whole = [ln[:-1] for ln in self.output.splitlines(keepends=True) if ln.endswith("\n")]
            return next((line for line in whole if matches(line)), None)

        line = wait_until(found, seconds, f"{what} in the output of {self.command}", self)
        assert line is not None
        return line

    def wait(self, seconds: float = 60.0) -> int:
        """Its exit code, once it ended."""
        return self._popen.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def end(self) -> None:
        """SIGTERM, then SIGKILL after five seconds; the whole session of the child."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._popen.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def wait_until(condition, seconds: float, what: str, process: Process | None = None):
    """The first truthy result of `condition`, or a failure that says `what` was waited for.

    Looks every 10 ms: for what has no event of its own, such as a file another process writes.
    """
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        tail = "" if process is None else "\n" + process.output[-4000:]
        if process is not None and process.returncode is not None and not condition():
            raise AssertionError(f"ended with {process.returncode} before {what}{tail}")
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}{tail}")
        select.select([], [], [], 0.01)


@dataclass
class Processes:
    """Starts processes in one environment; ends them all, last first."""

    env: dict[str, str]
    logs: Path
    _running: list[Process] = field(default_factory=list)

    def start(
        self,
        *command: str,
        env: Mapping[str, str] | None = None,
        descriptors: Sequence[int] = (),
    ) -> Process:
        """Start a command (names of our programs resolve to the tested installation)."""
        log = self.logs / f"{len(self._running):02}-{Path(command[0]).name}.log"
        process = Process(command, {**self.env, **(env or {})}, log, descriptors)
        self._running.append(process)
        return process

    def module(self, name: str, *arguments: str, descriptors: Sequence[int] = ()) -> Process:
        """Start a module of the tests as a program of its own, which gets open descriptors."""
        command = (sys.executable, "-m", name, *arguments)
        return self.start(*command, env={"PYTHONPATH": str(_REPOSITORY)}, descriptors=descriptors)

    def run(
        self, *command: str, stdin: str = "", seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            command,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def end(self) -> None:
        for process in reversed(self._running):
            process.end()


@contextlib.contextmanager
def processes(env: dict[str, str], logs: Path) -> Iterator[Processes]:
    """A Processes that is ended on leaving."""
    started = Processes(env, logs)
    try:
        yield started
    finally:
        started.end()
