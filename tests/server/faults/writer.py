"""A client that changes its own part of the cloud until the server dies.

It knows at any moment what the server acknowledged, and what may be there besides.
"""

from __future__ import annotations

import http.client
import json
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from tests.server.api.packed import UPLOAD, packed, put
from tests.server.faults import tree as trees
from tests.server.faults.tree import DIRECTORY, EMPTY, Thing, Tree
from tests.server.files.client import API, hash_of, magic_of
from tests.server.uploads.client import UPLOADS, metadata
from u1tray.rest.signing import authorization
from u1tray.vocabulary.credentials import Credentials

NAMES = ("a", "b c", "é")
SIZES = (0, 10, 3_000, 30_000, 40_000, 400_000, 2_000_000)
ANSWER_TIMEOUT_S = 60
_BUSY = 503


class GoneError(Exception):
    """The server does not answer any more."""


@dataclass
class Answer:
    """Status, headers and body of one answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Plain:
    """A blocking client of any server; `url` changes with a restart."""

    url: str
    credentials: Credentials

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        """Raises GoneError."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields["Authorization"] = authorization(
            method,
            self.url + target,
            self.credentials,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
        )
        netloc = urlsplit(self.url).netloc
        try:
            with closing(http.client.HTTPConnection(netloc, timeout=ANSWER_TIMEOUT_S)) as wire:
                wire.request(method, target, body, fields)
                found = wire.getresponse()
                named = {name.lower(): value for name, value in found.getheaders()}
                return Answer(found.status, named, found.read())
        except TimeoutError as error:
            message = f"{method} {target} hangs"
            raise AssertionError(message) from error
        except (OSError, http.client.HTTPException) as error:
            raise GoneError from error


@dataclass
class Upload:
    """A resumable upload that was begun and not finished."""

    url: str
    path: str
    data: bytes
    promised: int = 0


@dataclass
class Writer:
    """`place` is a directory in the root volume, or a volume of its own.

    `tree` was acknowledged; each of `doubtful` may be there instead after a kill.
    """

    client: Plain
    place: str
    seed: int
    tree: Tree = field(default_factory=dict)
    doubtful: list[Tree] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    open: Upload | None = None
    trouble: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.is_volume = self.place.count("/") == 1
        # A move's target is relative to the volume.
        self.prefix = "" if self.is_volume else "/" + self.place.partition("/")[2].partition("/")[2]

    def thread(self) -> threading.Thread:
        """Works until the server is gone; what else ends it is in `trouble`."""
        self.doubtful = []
        started = threading.Thread(target=self._run, daemon=True)
        started.start()
        return started

    def _run(self) -> None:
        try:
            while True:
                self.step()
        except GoneError:
            return
        except BaseException as error:
            self.trouble.append(error)

    def step(self) -> None:
        """One operation, chosen by chance."""
        if "" not in self.tree:
            self._make_place()
            return
        operation = self.chance.choice(_OPERATIONS)
        operation(self)

    def node(self, path: str) -> str:
        return f"{API}/{quote(self.place + path, safe='/~')}"

    def content(self, path: str) -> str:
        return f"/content/{quote(self.place + path, safe='/~')}"

    def _change(
        self,
        what: str,
        after: Tree,
        send: Callable[[], Answer],
        *,
        good: tuple[int, ...] = (200, 201),
        steps: tuple[Tree, ...] = (),
    ) -> Answer:
        """Send; what is acknowledged then is `after`. 503 changes nothing (12)."""
        self.doubtful = [*steps, after]
        answer = send()
        self.doubtful = []
        if answer.status == _BUSY:
            self.done["busy"] += 1
            return answer
        assert answer.status in good, (what, self.place, answer.status, answer.body[:300])
        self.done[what] += 1
        self.tree = after
        return answer

    def _put(self, what: str, after: Tree, path: str, body: Any, **headers: str) -> None:
        sent = json.dumps(body).encode()
        self._change(what, after, lambda: self.client.ask("PUT", self.node(path), sent, **headers))

    def _make_place(self) -> None:
        after = trees.made(EMPTY, "", DIRECTORY)
        if self.is_volume:
            target = f"{API}/volumes/{quote(self.place, safe='/~')}"
            self._change("volume", after, lambda: self.client.ask("PUT", target))
        else:
            self._put("directory", after, "", {"kind": "directory"})

    def _random_path(self) -> str:
        depth = self.chance.randint(1, 3)
        return "".join("/" + self.chance.choice(NAMES) for _ in range(depth))

    def _random_data(self) -> bytes:
        return self.chance.randbytes(self.chance.choice(SIZES))

    def _known(self) -> str:
        """Some path that is there, most of the time."""
        known = [path for path in sorted(self.tree) if path]
        return self.chance.choice(known) if known else self._random_path()

    def store(self) -> None:
        """A content PUT."""
        path, data = self._random_path(), self._random_data()
        if not trees.is_free(self.tree, path) or self.tree.get(path) == DIRECTORY:
            return
        after = trees.written(self.tree, path, data)
        self._change("content", after, lambda: self.client.ask("PUT", self.content(path), data))

    def make(self) -> None:
        """A new node."""
        path = self._random_path()
        if not trees.is_free(self.tree, path) or path in self.tree:
            return
        thing = Thing(self.chance.random() < 0.5)
        kind = "file" if thing.is_file else "directory"
        self._put("node", trees.made(self.tree, path, thing), path, {"kind": kind})

    def fill_by_magic(self) -> None:
        """A file from content that another one has."""
        path = self._random_path()
        stored = [thing.data for thing in self.tree.values() if thing.data is not None]
        if not stored or not trees.is_free(self.tree, path) or self.tree.get(path) == DIRECTORY:
            return
        data = self.chance.choice(stored)
        body = {"kind": "file", "hash": hash_of(data), "magic_hash": magic_of(data)}
        self._put("magic", trees.written(self.tree, path, data), path, body)

    def delete(self) -> None:
        path = self._known()
        if path not in self.tree:
            return
        after = trees.removed(self.tree, path)
        self._change("delete", after, lambda: self.client.ask("DELETE", self.node(path)))

    def move(self) -> None:
        path, target = self._known(), self._random_path()
        parent = self.tree.get(trees.above(target)[-1])
        if path not in self.tree or parent != DIRECTORY or path == target:
            return
        if target.startswith(path + "/") or path.startswith(target + "/"):
            return
        after = trees.moved(self.tree, path, target)
        self._put("move", after, path, {"path": self.prefix + target})

    def publish(self) -> None:
        path = self._known()
        thing = self.tree.get(path)
        if thing is None or not thing.is_file:
            return
        is_public = not thing.is_public
        after = {**self.tree, path: Thing(True, thing.data, is_public)}
        self._put("publish", after, path, {"is_public": is_public})

    def batch(self) -> None:
        """Directories and deletions, one after the other; each is a transaction (16.4)."""
        current, operations, steps = self.tree, [], []
        for _ in range(self.chance.randint(2, 6)):
            path = self._random_path()
            if path in current:
                current = trees.removed(current, path)
                one: dict[str, Any] = {"method": "DELETE", "path": f"/{self.place}{path}"}
            elif trees.is_free(current, path):
                current = trees.made(current, path, DIRECTORY)
                body = {"kind": "directory"}
                one = {"method": "PUT", "path": f"/{self.place}{path}", "body": body}
            else:
                continue
            operations.append(one)
            steps.append(current)
        sent = json.dumps({"operations": operations, "stop_on_error": True}).encode()
        before = self.tree
        answer = self._change(
            "batch",
            current,
            lambda: self.client.ask("POST", f"{API}/batch", sent),
            steps=tuple(steps),
        )
        if answer.status == 200:
            statuses = [one["status"] for one in answer.json["results"]]
            good = next((n for n, status in enumerate(statuses) if status >= 400), len(statuses))
            assert all(status in (_BUSY, 424) for status in statuses[good:]), statuses
            self.tree = [before, *steps][good]

    def store_many(self) -> None:
        """Small contents in one request, those before one that is there first (16.8)."""
        current, items, steps = self.tree, [], []
        for _ in range(self.chance.randint(2, 6)):
            path, data = self._random_path(), self.chance.randbytes(self.chance.choice(SIZES[:5]))
            if trees.is_free(current, path) and current.get(path) != DIRECTORY:
                current = trees.written(current, path, data)
                items.append(put(f"/{self.place}{path}", data))
                steps.append(current)
        body = packed(items)
        answer = self._change(
            "contents",
            current,
            lambda: self.client.ask("POST", UPLOAD, body),
            steps=tuple(steps),
        )
        if answer.status == 200:
            assert all(one["status"] in (200, 201) for one in answer.json["results"]), answer

    def upload(self) -> None:
        """A resumable upload, in pieces; one that a kill left open is gone on with (16.3)."""
        if self.open is None:
            self.open = self._begin()
            return
        upload = self.open
        answer = self.client.ask("HEAD", upload.url, Tus_Resumable="1.0.0")
        if answer.status == _BUSY:
            return
        assert answer.status == 200, answer
        offset = int(answer.headers["upload-offset"])
        assert upload.promised <= offset < len(upload.data)
        if not trees.is_free(self.tree, upload.path):
            return
        end = min(len(upload.data), offset + self.chance.choice((100, 50_000, 900_000)))
        self._append(upload, offset, end)

    def _begin(self) -> Upload | None:
        path = "/upload" + self.chance.choice(("1", "2"))
        if self.tree.get(path) == DIRECTORY:
            return None
        data = self.chance.randbytes(self.chance.choice((1, 20_000, 500_000, 1_500_000)))
        fields = {"Upload_Metadata": metadata(target=f"/{self.place}{path}")}
        size = str(len(data))
        answer = self.client.ask(
            "POST", UPLOADS, Upload_Length=size, Tus_Resumable="1.0.0", **fields
        )
        if answer.status == _BUSY:
            return None
        assert answer.status == 201, answer
        return Upload(answer.headers["location"], path, data)

    def _append(self, upload: Upload, offset: int, end: int) -> None:
        fields = {
            "Tus_Resumable": "1.0.0",
            "Upload_Offset": str(offset),
            "Content_Type": "application/offset+octet-stream",
        }
        piece = upload.data[offset:end]
        is_last = end == len(upload.data)
        after = trees.written(self.tree, upload.path, upload.data) if is_last else self.tree
        answer = self._change(
            "upload" if is_last else "piece",
            after,
            lambda: self.client.ask("PATCH", upload.url, piece, **fields),
            good=(204,),
        )
        if answer.status != _BUSY:
            upload.promised = end
            self.open = None if is_last else upload

    def remove_place(self) -> None:
        """The volume, or the directory, with all in it."""
        if self.chance.random() > 0.1:
            return
        target = self.node("")
        if self.is_volume:
            target = f"{API}/volumes/{quote(self.place, safe='/~')}"
        self.open = None  # its volume is another one afterwards
        self._change("removal", EMPTY, lambda: self.client.ask("DELETE", target))


_OPERATIONS: tuple[Callable[[Writer], None], ...] = (
    *(Writer.store,) * 5,
    Writer.make,
    *(Writer.fill_by_magic,) * 2,
    Writer.delete,
    *(Writer.move,) * 2,
    Writer.publish,
    Writer.batch,
    *(Writer.store_many,) * 2,
    *(Writer.upload,) * 3,
    Writer.remove_place,
)
