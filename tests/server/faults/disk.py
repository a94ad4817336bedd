"""A real disk that fills up under a running server.

`python -m tests.server.faults.disk` mounts a small file system in a namespace of its own, which
not every machine allows; the suite limits the sizes of files instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.environment import scrubbed
from tests.rig.processes import Processes, processes
from tests.server.faults import inspection
from tests.server.faults.inspection import Store
from tests.server.faults.kill import PASSWORD, START_TIMEOUT_S, log_in
from tests.server.faults.writer import Answer, Plain
from tests.server.files.client import API

EMAIL = "ana@example.com"
SIZE = "60m"  # 32 of them are kept for deletions
ROOT = "/content/~/Ubuntu%20One"
SMALL, LARGE = b"s" * 10_000, b"l" * 300_000
_INSIDE = "--inside"


def put(client: Plain, number: int) -> Answer:
    """Contents of the database and of the folder by turns, none like another."""
    data = SMALL if number % 2 else LARGE
    return client.ask("PUT", f"{ROOT}/{number}", b"%06d" % number + data)


def check_reading(
    client: Plain, stored: dict[int, int], what: str, *, may_refuse: tuple[int, ...] = ()
) -> None:
    """All that was acknowledged is there; meanwhile it may be refused, as nonces are written."""
    for number, size in stored.items():
        answer = client.ask("GET", f"{ROOT}/{number}")
        if answer.status in may_refuse:
            continue
        assert (answer.status, len(answer.body)) == (200, size), (what, number, answer)
        assert answer.body.startswith(b"%06d" % number)


def refused(client: Plain, allowed: set[tuple[int, str]], what: str) -> Counter[str]:
    """Every kind of change, refused or done, and never failed inside."""
    found: Counter[str] = Counter()
    asked = [
        ("PUT", f"{ROOT}/{what}-small", SMALL + what.encode()),
        ("PUT", f"{ROOT}/{what}-large", LARGE + what.encode()),
        ("PUT", f"{API}/~/Ubuntu%20One/{what}-node", b'{"kind":"file"}'),
        ("PUT", f"{API}/volumes/~/{what}", None),
        ("DELETE", f"{API}/~/Ubuntu%20One/none", None),
    ]
    for method, target, body in asked * 3:
        answer = client.ask(method, target, body)
        code = answer.json.get("code", "")
        assert answer.status < 500 or (answer.status, code) in allowed, (what, target, answer)
        found[f"{answer.status} {code}".strip()] += 1
    return found


@dataclass
class Story:
    """One server on a small file system, and all that it acknowledged: sizes by number."""

    started: Processes
    disk: Path
    store: Store
    stored: dict[int, int] = field(default_factory=dict)

    def begin(self) -> None:
        place = ("--data", str(self.store.directory))
        command = ("u1server", "user", "add", EMAIL, *place, "--password-stdin")
        added = self.started.run(*command, stdin=PASSWORD)
        assert added.returncode == 0, added.stderr
        self.process = self.started.start(
            *("u1server", "serve", *place),
            *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        )
        url = self.process.wait_for_line("listening on", START_TIMEOUT_S).split()[-1]
        self.client = Plain(url, log_in(url, EMAIL))

    def fill_up(self) -> None:
        """Upload until nothing more is taken; deleting goes on all the same."""
        number, refusals = 0, Counter[str]()
        while refusals.total() < 20:
            number += 1
            answer = put(self.client, number)
            if answer.status == 201:
                self.stored[number] = answer.json["size"]
            else:
                code = answer.json["code"]
                assert (answer.status, code) == (507, "server_full"), answer
                refusals[f"{answer.status} {code}"] += 1
        print(f"{len(self.stored)} files until the disk was full; then {dict(refusals)}")
        self.delete(20)

    def take_everything(self) -> None:
        """Somebody else fills the disk to the last byte."""
        ballast = self.disk / "ballast"
        fill(ballast)
        full = {(507, "server_full"), (503, "busy"), (503, "maintenance")}
        print(f"not a byte left: {dict(refused(self.client, full, 'full'))}")
        check_reading(self.client, self.stored, "full", may_refuse=(503, 507))
        ballast.unlink()
        check_reading(self.client, self.stored, "room again")
        self.delete(20)
        for _ in range(2):  # seen unused, then removed
            command = ("u1server", "gc", "--data", str(self.store.directory), "--grace", "0")
            collected = self.started.run(*command)
            assert collected.returncode == 0, collected.stderr
        self.write(900_001)
        print("deleted, collected, written without a restart")

    def end(self) -> None:
        assert "Traceback" not in self.process.output, self.process.output[-3000:]
        self.process.end()
        left = inspection.harmful(self.store.damage())
        assert left == [], left
        print("fsck: nothing is damaged")

    def delete(self, count: int) -> None:
        for number in sorted(self.stored)[:count]:
            answer = self.client.ask("DELETE", f"{API}/~/Ubuntu%20One/{number}")
            assert answer.status == 200, answer
            del self.stored[number]

    def write(self, number: int) -> None:
        answer = put(self.client, number)
        assert answer.status == 201, answer
        self.stored[number] = answer.json["size"]


def inside(disk: Path, logs: Path) -> None:
    """The whole story, on a small file system of one's own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", disk], check=True)
    with processes(scrubbed(logs / "home"), logs) as started:
        story = Story(started, disk, Store(disk / "cloud"))
        for chapter in (story.begin, story.fill_up, story.take_everything, story.end):
            chapter()


def fill(ballast: Path) -> None:
    """Take all room that is left."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue


def main() -> int:
    if _INSIDE in sys.argv:
        inside(Path(sys.argv[-2]), Path(sys.argv[-1]))
        return 0
    base = Path(tempfile.mkdtemp(prefix="u1-disk-"))
    disk, logs = base / "disk", base / "logs"
    disk.mkdir()
    (logs / "home").mkdir(parents=True)
    command = [sys.executable, "-m", "tests.server.faults.disk", _INSIDE, str(disk), str(logs)]
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    try:
        return subprocess.run([*unshare, *command], check=False).returncode
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
