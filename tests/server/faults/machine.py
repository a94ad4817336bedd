"""Random work of three devices, each alternating between two server processes, against a model.

After every step a device that only ever applied deltas knows the same as the model.
`python -m tests.server.faults.machine --examples 200` looks for long.
"""

from __future__ import annotations

import argparse
import itertools
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.rig.environment import scrubbed
from tests.rig.processes import Processes, processes
from tests.server.faults.inspection import Follower
from tests.server.faults.kill import START_TIMEOUT_S, database
from tests.server.faults.writer import Answer, Plain
from tests.server.files.client import API, hash_of, magic_of, tag_of
from tests.server.files.test_model import Model, Thing
from tests.server.uploads.client import UPLOADS, metadata
from u1tray.server.accounts import issue, register
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.register import NewAccount
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.vocabulary.credentials import Credentials

DEVICES = 3
ROOT = "~/Ubuntu One"
VOLUMES = (ROOT, "~/Docs", "~/Docs/sub", "~/é")
NAMES = st.sampled_from(("a", "b", "c d", "é"))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
CONTENTS = st.sampled_from((b"", b"1", b"22", b"x" * 40_000, b"y" * 40_000))
PLACES = st.sampled_from(VOLUMES)


@dataclass
class Device(Plain):
    """A client that asks the one server, then the other."""

    urls: Iterator[str] = field(default_factory=itertools.cycle)
    followers: dict[str, Follower] = field(default_factory=dict)

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        self.url = next(self.urls)
        return super().ask(method, target, body, **headers)

    def follow(self, volume: str) -> dict[str, dict[str, Any]]:
        """What this device knows of a volume, by path."""
        follower = self.followers.setdefault(volume, Follower())
        follower.catch_up(self, volume)
        return follower.live()


@dataclass
class Servers:
    """Two processes on the same data; accounts are made beside them."""

    urls: tuple[str, str]
    directory: Path
    database_url: str | None
    made: Iterator[int] = field(default_factory=itertools.count)

    def devices(self) -> list[Device]:
        """The devices of a new account."""
        url = None if self.database_url is None else parse_database_url(self.database_url)
        opened, cipher = open_directory(self.directory, {}, create=False, database_url=url)
        mint = Mint(RandomKeys(), cipher)
        new = NewAccount(f"{next(self.made)}@{secrets.token_hex(4)}.example", "Ana", None)
        found = []
        try:
            with opened.writing() as connection:
                account = register.create(connection, new, "no password", mint, time.time())
                for number in range(DEVICES):
                    issued = issue.issue(connection, account, f"d{number}", mint, time.time())
                    keys = (account.consumer_key, issued.token.key)
                    secret = (issued.consumer_secret, issued.token_secret)
                    credentials = Credentials(f"d{number}", *keys, *secret)
                    turn = self.urls if number % 2 else self.urls[::-1]
                    found.append(Device(turn[0], credentials, itertools.cycle(turn)))
        finally:
            opened.close()
        return found


def node(volume: str, path: str = "") -> str:
    return f"{API}/{quote(volume + path, safe='/~')}"


class Machine(RuleBasedStateMachine):
    """The model is one tree a volume; the rules change it and the cloud alike."""

    def __init__(self, servers: Servers) -> None:
        super().__init__()
        self.devices = servers.devices()
        self.turns = itertools.cycle(self.devices)
        self.volumes: dict[str, Model] = {ROOT: Model()}

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        return next(self.turns).ask(method, target, sent, **headers)

    def content(self, volume: str, path: str, data: bytes, **headers: str) -> Answer:
        target = f"/content/{quote(volume + path, safe='/~')}"
        return self.ask("PUT", target, data, **headers)

    def known(self, data: bytes) -> bool:
        """Whether some file of the account has that content (8)."""
        trees = (model.tree.values() for model in self.volumes.values())
        return any(thing.data == data for things in trees for thing in things)

    def changed(self, volume: str, answer: Answer, expected: int) -> None:
        assert answer.status == expected, (answer.status, expected, answer.body[:300])

    @rule(volume=PLACES)
    def make_volume(self, volume: str) -> None:
        answer = self.ask("PUT", f"{API}/volumes/{quote(volume, safe='/~')}")
        if volume in self.volumes:
            assert answer.status == 200
        elif any(is_within(volume, other) or is_within(other, volume) for other in self.volumes):
            assert (answer.status, answer.json["code"]) == (400, "nested_volume")
        else:
            assert (answer.status, answer.json["generation"]) == (201, 0)
            self.volumes[volume] = Model()

    @rule(volume=PLACES)
    def delete_volume(self, volume: str) -> None:
        answer = self.ask("DELETE", f"{API}/volumes/{quote(volume, safe='/~')}")
        if volume == ROOT:
            assert answer.status == 400
        else:
            gone = self.volumes.pop(volume, None)
            assert answer.status == (404 if gone is None else 200)

    @rule(volume=PLACES, path=PATHS, data=CONTENTS)
    def store(self, volume: str, path: str, data: bytes) -> None:
        where, path = self.address(volume, path)
        expected = self.volumes[where].put_content(path, data) if where else 404
        self.changed(volume, self.content(where or volume, path, data), expected)

    @rule(volume=PLACES, path=PATHS, data=CONTENTS)
    def store_new(self, volume: str, path: str, data: bytes) -> None:
        """With `If-None-Match: *` (7)."""
        where, path = self.address(volume, path)
        expected = 404
        if where:
            thing = self.volumes[where].tree.get(path)
            is_there = thing is not None and thing.data is not None
            expected = 412 if is_there else self.volumes[where].put_content(path, data)
        answer = self.content(where or volume, path, data, If_None_Match="*")
        self.changed(volume, answer, expected)

    @rule(volume=PLACES, path=PATHS, is_file=st.booleans())
    def make(self, volume: str, path: str, is_file: bool) -> None:
        where, path = self.address(volume, path)
        expected = self.volumes[where].put_node(path, is_file) if where else 404
        body = {"kind": "file" if is_file else "directory"}
        self.changed(volume, self.ask("PUT", node(where or volume, path), body), expected)

    @rule(volume=PLACES, path=PATHS, data=CONTENTS)
    def fill_by_magic(self, volume: str, path: str, data: bytes) -> None:
        where, path = self.address(volume, path)
        is_known = self.known(data)
        expected = self.volumes[where].put_magic(path, data, is_known) if where else 404
        body = {"kind": "file", "hash": hash_of(data), "magic_hash": magic_of(data)}
        self.changed(volume, self.ask("PUT", node(where or volume, path), body), expected)

    @rule(volume=PLACES, path=PATHS)
    def delete(self, volume: str, path: str) -> None:
        where, path = self.address(volume, path)
        expected = self.volumes[where].delete(path) if where else 404
        self.changed(volume, self.ask("DELETE", node(where or volume, path)), expected)

    @rule(volume=PLACES, path=PATHS, data=CONTENTS)
    def delete_if(self, volume: str, path: str, data: bytes) -> None:
        """With the tag of a content, right or wrong (7)."""
        where, path = self.address(volume, path)
        thing = self.volumes[where].tree.get(path) if where else None
        expected = 404
        if where and thing is not None:
            expected = self.volumes[where].delete(path) if thing.data == data else 412
        answer = self.ask("DELETE", node(where or volume, path), If_Match=tag_of(data))
        self.changed(volume, answer, expected)

    @rule(volume=PLACES, path=PATHS, goal=PATHS, may_replace=st.booleans())
    def move(self, volume: str, path: str, goal: str, may_replace: bool) -> None:
        where, path = self.address(volume, path)
        expected = self.volumes[where].move(path, goal, may_replace) if where else 404
        headers = {} if may_replace else {"Overwrite": "F"}
        answer = self.ask("PUT", node(where or volume, path), {"path": goal}, **headers)
        self.changed(volume, answer, expected)

    @rule(volume=PLACES, path=PATHS, is_public=st.booleans())
    def publish(self, volume: str, path: str, is_public: bool) -> None:
        where, path = self.address(volume, path)
        expected = self.volumes[where].publish(path, is_public) if where else 404
        answer = self.ask("PUT", node(where or volume, path), {"is_public": is_public})
        self.changed(volume, answer, expected)

    @rule(volume=PLACES, path=PATHS, data=CONTENTS, cut=st.floats(0, 1))
    def upload(self, volume: str, path: str, data: bytes, cut: float) -> None:
        """In two pieces, to one server and to the other (16.3)."""
        where, path = self.address(volume, path)
        expected = self.volumes[where].put_content(path, data) if where else 404
        fields = {"Upload_Metadata": metadata(target=f"/{where or volume}{path}")}
        begun = self.ask(
            "POST", UPLOADS, Upload_Length=str(len(data)), Tus_Resumable="1.0.0", **fields
        )
        self.changed(volume, begun, expected if expected >= 400 else 201)
        if begun.status == 201 and data:
            middle = round(len(data) * cut) if len(data) > 1 else 0
            for start, end in ((0, middle), (middle, len(data))):
                if start < end:
                    self._append(begun.headers["location"], start, data[start:end])

    def _append(self, url: str, offset: int, piece: bytes) -> None:
        fields = {"Tus_Resumable": "1.0.0", "Upload_Offset": str(offset)}
        kind = "application/offset+octet-stream"
        answer = self.ask("PATCH", url, piece, Content_Type=kind, **fields)
        assert answer.status == 204, answer

    @rule(volume=PLACES, paths=st.lists(st.tuples(PATHS, st.booleans()), max_size=4))
    def batch(self, volume: str, paths: list[tuple[str, bool]]) -> None:
        """Directories and deletions in one request (16.4)."""
        operations, expected = [], []
        for path, is_made in paths:
            where, inside = self.address(volume, path)
            one: dict[str, Any] = {"path": f"/{volume}{path}", "method": "DELETE"}
            if is_made:
                one |= {"method": "PUT", "body": {"kind": "directory"}}
            model = self.volumes.get(where or "")
            if model is None:
                expected.append(404)
            else:
                expected.append(model.put_node(inside, False) if is_made else model.delete(inside))
            operations.append(one)
        answer = self.ask("POST", f"{API}/batch", {"operations": operations})
        assert [one["status"] for one in answer.json["results"]] == expected

    def address(self, volume: str, path: str) -> tuple[str | None, str]:
        """The volume that a node path belongs to, and the path inside (5); None where no volume
        is. A path of `~/Docs/sub` may lie in `~/Docs`."""
        whole = volume + path
        for known in self.volumes:
            if is_within(whole, known):
                return known, whole.removeprefix(known)
        return None, path

    @invariant()
    def one_device_knows_all(self) -> None:
        """The next device applies deltas and nothing else (9, 20); `used` is exact (11)."""
        self.compare(next(self.turns))

    def compare(self, device: Device) -> None:
        listed = device.ask("GET", f"{API}/volumes").json
        assert [one["path"] for one in listed] == [
            ROOT,
            *sorted(volume for volume in self.volumes if volume != ROOT),
        ]
        for volume, model in self.volumes.items():
            live = device.follow(volume)
            assert {path: shown(entry) for path, entry in live.items()} == {
                path: meant(thing) for path, thing in model.tree.items()
            }, volume
            # Each change takes one generation, and none is taken for nothing (9).
            assert device.followers[volume].generation == model.changes, volume
        used = device.ask("GET", "/api/quota/").json["used"]
        assert used == sum(model.used() for model in self.volumes.values())

    def teardown(self) -> None:
        for device in self.devices:
            self.compare(device)
            device.followers.clear()
            self.compare(device)
        self.compare_contents()

    def compare_contents(self) -> None:
        """Byte for byte, and what is public."""
        public = []
        for volume, model in self.volumes.items():
            for path, thing in model.tree.items():
                if thing.data is not None:
                    answer = self.ask("GET", f"/content/{quote(volume + path, safe='/~')}")
                    assert (answer.status, answer.body) == (200, thing.data)
                public += [f"/{volume}{path}"] if thing.is_public else []
        listed = self.ask("GET", f"{API}/public_files").json
        assert [one["resource_path"] for one in listed] == sorted(public)


def is_within(path: str, volume: str) -> bool:
    return path == volume or path.startswith(volume + "/")


def shown(entry: dict[str, Any]) -> tuple[str, Any, bool]:
    return entry["kind"], entry.get("hash"), entry.get("is_public", False)


def meant(thing: Thing) -> tuple[str, Any, bool]:
    digest = None if thing.data is None else hash_of(thing.data)
    return "file" if thing.is_file else "directory", digest, thing.is_public


def start_two(started: Processes, directory: Path, database_url: str | None) -> Servers:
    """Two server processes on one directory and one database."""
    if database_url is not None:
        started.env["U1SERVER_DATABASE_URL"] = database_url
    urls = []
    for _ in range(2):
        process = started.start(
            *("u1server", "serve", "--data", str(directory)),
            *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        )
        urls.append(process.wait_for_line("listening on", START_TIMEOUT_S).split()[-1])
    return Servers((urls[0], urls[1]), directory, database_url)


def explore(servers: Servers, examples: int, steps: int, **more: Any) -> None:
    """Run that many examples of that many steps; the first that fails is made small and raised."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )
    run_state_machine_as_test(lambda: Machine(servers), settings=chosen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="u1-machine-") as name,
        database(given.database) as url,
        processes(scrubbed(Path(name)), Path(name)) as started,
    ):
        explore(start_two(started, Path(name) / "cloud", url), given.examples, given.steps)
    seconds = time.monotonic() - begun
    print(
        f"{given.examples} examples of up to {given.steps} steps in {seconds:.0f} s: as the model"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
