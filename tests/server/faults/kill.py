"""kill -9 of a server under concurrent writes, again and again.

`python -m tests.server.faults.kill --rounds 200` prints figures and ends with 1 at the first
thing that is lost, half written, or counted wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.environment import scrubbed
from tests.rig.postgres import running_cluster
from tests.rig.processes import Process, Processes, processes, wait_until
from tests.server.databases import make_template
from tests.server.faults import inspection
from tests.server.faults.inspection import Follower, Store
from tests.server.faults.writer import Plain, Writer
from tests.server.files.test_crash import Plain as LogInClient
from u1tray.vocabulary.credentials import Credentials

PASSWORD = "correct horse battery"
ACCOUNTS = ("ana@example.com", "bob@example.com")
PLACES = ("~/Ubuntu One/one", "~/Ubuntu One/two", "~/Three")
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 90.0
LONGEST_LIFE_S = 1.0  # after the first acknowledged change


@dataclass
class Tally:
    """What happened in all rounds."""

    rounds: int = 0
    done: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    doubtful_done: int = 0
    leftovers: Counter[str] = field(default_factory=Counter)
    bytes_read: int = 0

    def text(self) -> str:
        done = ", ".join(f"{count} {what}" for what, count in sorted(self.done.items()))
        return (
            f"{self.rounds} rounds; {sum(self.done.values())} acknowledged changes ({done}); "
            f"{self.doubtful} changes were under way at the kill, {self.doubtful_done} of them "
            f"happened; {self.bytes_read / 1e6:.0f} MB compared; leftovers seen: "
            f"{dict(self.leftovers)}, none after gc; nothing lost, `used` exact"
        )


@dataclass
class Arena:
    """A cloud that is killed and started again, and those who write to it."""

    started: Processes
    store: Store
    options: tuple[str, ...]
    writers: list[Writer] = field(default_factory=list)
    followers: dict[str, Follower] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    process: Process | None = None

    def prepare(self) -> None:
        """Accounts, their tokens, and writers."""
        for email in ACCOUNTS:
            command = ("u1server", "user", "add", email, *self._place(), "--password-stdin")
            added = self.started.run(*command, stdin=PASSWORD)
            assert added.returncode == 0, added.stderr
        url = self._serve()
        for number, email in enumerate(ACCOUNTS):
            client = Plain(url, log_in(url, email))
            self.writers += [
                Writer(client, place, 100 * number + n) for n, place in enumerate(PLACES)
            ]

    def round(self, chance: random.Random) -> None:
        """Write, kill, look, start again, compare."""
        threads = [writer.thread() for writer in self.writers]
        before = self._progress()
        wait_until(
            lambda: self._progress() > before or self._trouble(), START_TIMEOUT_S, "a change"
        )
        # The moment of the kill is to be random.
        threading.Event().wait(chance.random() * LONGEST_LIFE_S)
        self._kill()
        for thread in threads:
            thread.join(END_TIMEOUT_S)
            assert not thread.is_alive(), "a writer hangs"
        for error in self._trouble():
            raise error
        found = self.store.damage()
        assert inspection.harmful(found) == [], found
        self.tally.leftovers |= inspection.kinds(found)
        url = self._serve()
        for writer in self.writers:
            writer.client.url = url
        self.compare()
        self.tally.rounds += 1

    def compare(self) -> None:
        """All that is there with all that is known."""
        for writer in self.writers:
            self.tally.doubtful += bool(writer.doubtful)
            self.tally.doubtful_done += inspection.settle(writer)
            self.tally.bytes_read += sum(len(x.data or b"") for x in writer.tree.values())
        for number in range(len(ACCOUNTS)):
            own = self.writers[number * len(PLACES) : (number + 1) * len(PLACES)]
            inspection.check_account(own[0].client, own, self.followers)

    def end(self) -> Tally:
        """Collect the garbage, look a last time, and sum up."""
        self._kill()
        left = self.store.clean()
        assert left == [], left
        self._serve_and_compare()
        for writer in self.writers:
            self.tally.done += writer.done
        return self.tally

    def _serve_and_compare(self) -> None:
        url = self._serve()
        for writer in self.writers:
            writer.client.url = url
            writer.open = None  # too old for the collector
        self.compare()

    def _progress(self) -> int:
        return sum(writer.done.total() for writer in self.writers)

    def _trouble(self) -> list[BaseException]:
        return [error for writer in self.writers for error in writer.trouble]

    def _place(self) -> tuple[str, ...]:
        return ("--data", str(self.store.directory))

    def _serve(self) -> str:
        self.process = self.started.start(
            *("u1server", "serve", *self._place(), *self.options),
            *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        )
        return self.process.wait_for_line("listening on", START_TIMEOUT_S).split()[-1]

    def _kill(self) -> None:
        assert self.process is not None
        assert "Traceback" not in self.process.output, self.process.output[-4000:]
        os.killpg(self.process.pid, signal.SIGKILL)  # its workers, too
        self.process.wait()


def log_in(url: str, email: str) -> Credentials:
    body = {"email": email, "password": PASSWORD, "token_name": "kill"}
    status, answer = LogInClient(url).ask("POST", "/api/v2/tokens/oauth", json.dumps(body).encode())
    assert status in (200, 201), answer
    found = json.loads(answer)
    names = ("consumer_key", "token_key", "consumer_secret", "token_secret")
    return Credentials("kill", *(found[name] for name in names))


def rounds(
    started: Processes,
    store: Store,
    count: int,
    *,
    seed: int = 1,
    options: tuple[str, ...] = (),
    is_telling: bool = False,
) -> Tally:
    """So many kills; AssertionError if anything is not as it should be."""
    if store.database_url is not None:
        started.env["U1SERVER_DATABASE_URL"] = store.database_url
    chance = random.Random(seed)
    arena = Arena(started, store, options)
    arena.prepare()
    begun = time.monotonic()
    for number in range(1, count + 1):
        arena.round(chance)
        if is_telling and number % 10 == 0:
            print(f"{number} rounds, {time.monotonic() - begun:.0f} s", flush=True)
    return arena.end()


@contextlib.contextmanager
def database(kind: str) -> Iterator[str | None]:
    """The URL of a database of that kind; None for SQLite."""
    if kind == "sqlite":
        yield None
        return
    with running_cluster() as cluster, cluster.database() as name:
        make_template(cluster, name)
        yield cluster.url(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=1, help="serving processes")
    parser.add_argument("--place", default=None, help="a directory for the data")
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.database}, {given.workers} workers", flush=True)
    options = ("--workers", str(given.workers))
    with (
        tempfile.TemporaryDirectory(prefix="u1-kill-", dir=given.place) as name,
        database(given.database) as url,
        processes(scrubbed(Path(name)), Path(name)) as started,
    ):
        store = Store(Path(name) / "cloud", url)
        tally = rounds(
            started, store, given.rounds, seed=given.seed, options=options, is_telling=True
        )
    print(tally.text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
