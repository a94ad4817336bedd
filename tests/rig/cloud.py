"""A real u1server process with one account, set as the cloud of everything started afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.rig.processes import Process, Processes

EMAIL = "ana@example.com"
PASSWORD = "correct horse battery"


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
    added = started.run(
        *("u1server", "user", "add", EMAIL, "--name", "Ana Example", "--quota", quota),
        *("--data", str(data), "--password-stdin"),
        stdin=PASSWORD,
    )
    assert added.returncode == 0, added.stderr
    process = started.start(
        *("u1server", "serve", "--data", str(data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    found = re.search(r"http://\S+", process.wait_for_line("listening on"))
    assert found is not None
    return RunningCloud(found[0], data, process, started)
