"""A real u1server process with one account, set as the cloud of everything started afterwards."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.rig.processes import Process, Processes

EMAIL = "ana@example.com"
PASSWORD = "correct horse battery"


_all_made: dict[str, Path] = {}


@dataclass
class RunningCloud:
    """`url` is its root, `data` its directory."""

    url: str
    data: Path
    process: Process
    started: Processes

    def administer(self, *arguments: str, stdin: str = "") -> str:
        """What an administration command such as `token list EMAIL` prints."""
        done = self.started.run("u1server", *arguments, "--data", str(self.data), stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout


def start_cloud(started: Processes, directory: Path, *, quota: str = "5GB") -> RunningCloud:
    """Start it with the account EMAIL, PASSWORD, on a port the system chose."""
    data = directory / "cloud"
    if any(name.startswith("U1SERVER_") for name in started.env):
        _make(started, data, quota)
    else:
        shutil.copytree(_made(started, quota), data)
    process = started.start(
        *("u1server", "serve", "--data", str(data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    found = re.search(r"http://\S+", process.wait_for_line("listening on"))
    assert found is not None
    return RunningCloud(found[0], data, process, started)


def remove_made() -> None:
    """Take away what `start_cloud` has kept to copy from."""
    while _all_made:
        shutil.rmtree(_all_made.popitem()[1].parent, ignore_errors=True)


def _made(started: Processes, quota: str) -> Path:
    """A data directory as `user add` makes it, made once: it costs as much as a server's start."""
    if quota not in _all_made:
        data = Path(tempfile.mkdtemp(prefix="u1-cloud-")) / "cloud"
        _make(started, data, quota)
        _all_made[quota] = data
    return _all_made[quota]


def _make(started: Processes, data: Path, quota: str) -> None:
    added = started.run(
        *("u1server", "user", "add", EMAIL, "--name", "Ana Example", "--quota", quota),
        *("--data", str(data), "--password-stdin"),
        stdin=PASSWORD,
    )
    assert added.returncode == 0, added.stderr
