"""A real S3 server (moto's, a process of its own) with one empty bucket, on a free port."""

from __future__ import annotations

import secrets
import socket
import urllib.request
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from tests.rig.ports import free_port
from tests.rig.processes import Process, Processes, wait_until
from u1tray.server.storage.blobs.address import BucketAddress, ObjectAccess

BUCKET = "files"
KEY_ID, SECRET = "rigKeyId", "rigSecretKey"
REGION = "us-east-1"
_XML = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_TIMEOUT_S = 60.0


@dataclass
class ObjectStore:
    """A running S3 server."""

    endpoint: str
    process: Process
    prefix: str = "cloud"

    def fresh(self) -> ObjectStore:
        """The same with a part of the bucket of one's own."""
        return replace(self, prefix=secrets.token_hex(8))

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def access(self, endpoint: str | None = None, timeout_s: float = 15.0) -> ObjectAccess:
        """How to reach it, or what stands before it."""
        return ObjectAccess(endpoint or self.endpoint, REGION, KEY_ID, SECRET, timeout_s)

    def address(self) -> BucketAddress:
        return BucketAddress("s3", BUCKET, self.prefix)

    def options(self, endpoint: str | None = None) -> dict[str, str]:
        """The options of a server that keeps its contents here, as texts."""
        return {
            "content_url": str(self.address()),
            "object_store_endpoint": endpoint or self.endpoint,
            "object_store_region": REGION,
            "object_store_access_key_id": KEY_ID,
            "object_store_secret_access_key": SECRET,
        }

    def environment(self, endpoint: str | None = None, **more: str) -> dict[str, str]:
        """The same as variables of a u1server process."""
        options = {**self.options(endpoint), **more}
        return {f"U1SERVER_{name.upper()}": value for name, value in options.items()}

    def keys(self) -> list[str]:
        """The keys of all objects, without the prefix."""
        return self._texts(f"?list-type=2&prefix={self.prefix}/", "Contents/{x}Key")

    def unfinished(self) -> list[str]:
        """The keys of all multipart uploads that are neither completed nor aborted."""
        return self._texts(f"?uploads&prefix={self.prefix}/", "Upload/{x}Key")

    def make_bucket(self) -> None:
        self._ask("PUT", "")

    def _texts(self, query: str, path: str) -> list[str]:
        root = ElementTree.fromstring(self._ask("GET", query))
        found = [at.text or "" for at in root.iterfind(_XML + path.replace("{x}", _XML))]
        return sorted(key.removeprefix(f"{self.prefix}/") for key in found)

    def _ask(self, method: str, query: str) -> bytes:
        request = urllib.request.Request(f"{self.endpoint}/{BUCKET}{query}", method=method)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return answer.read()


def start_object_store(started: Processes) -> ObjectStore:
    """Start it, with its bucket. It ends with the other processes."""
    port = free_port()
    process = started.start("moto_server", "-H", "127.0.0.1", "-p", str(port))

    def answers() -> bool:
        with socket.socket() as wire:
            return wire.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, 60.0, "the S3 server", process)
    store = ObjectStore(f"http://127.0.0.1:{port}", process)
    store.make_bucket()
    return store
