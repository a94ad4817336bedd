"""One large file up and down."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cloud import client, peers
from tests.benchmarks.cloud.bench import Bench, is_there
from tests.benchmarks.cloud.ours import ROOT, plain, start_cloud
from tests.benchmarks.cloud.table import OURS, Goal, Measure, at_most

_PIECE_BYTES = 1024 * 1024
_BARE, _RELAXED = "bare asyncio server", "u1server, relaxed"
_BARE_RELAXED = "bare, relaxed"
_WEBDAV, _WSGIDAV, _NGINX = "rclone serve webdav", "wsgidav", "nginx"

# The head of a request: method, target, length of the body.
Head = Callable[[str, str, int | None], bytes]


@dataclass(frozen=True)
class _Store:
    """A server that keeps files."""

    who: str
    port: int
    head: Head
    root: str = ""
    contents: Path | None = None
    """Where it keeps every content that it ever got."""

    def forget(self) -> None:
        """Let go of the memory that the files of earlier rounds are in, as the others do.

        They write over them; memory that nobody has used yet is slower to get.
        """
        if self.contents is not None:
            for blob in self.contents.glob("??/??/*"):
                blob.unlink()


def large(bench: Bench) -> list[Measure]:
    """PUT beside servers that store, GET beside nginx; the same client for all."""
    size = bench.sizes.large
    put = Measure(f"PUT of {size >> 20} MiB", "s", _put_goals())
    get = Measure(f"GET of {size >> 20} MiB", "s", (at_most(1.2, _NGINX),))
    stores = list(_stores(bench, put))
    kept = bench.folder("static")
    (kept / "large").write_bytes(b"")
    static = None
    if is_there("nginx", get):
        static = _plain(_NGINX, peers.start_nginx(bench, kept))
        with (kept / "large").open("wb") as file:
            file.writelines(_pieces(size))
    for _ in bench.rounds(put, get):
        for store in stores:
            store.forget()
            target = f"{store.root}/large"
            head = store.head("PUT", target, size)
            put.add(store.who, client.put(store.port, head, _pieces(size)))
            if store.who in (OURS, _BARE):
                head = store.head("GET", target, None)
                get.add(store.who, client.get(store.port, head, size))
        if static is not None:
            head = static.head("GET", "/large", None)
            get.add(_NGINX, client.get(static.port, head, size))
    return [put, get]


def _put_goals() -> tuple[Goal, ...]:
    return (
        at_most(1.4, _BARE),
        Goal(_WEBDAV, "ahead", lambda ours, its: ours < its),
        Goal(_WSGIDAV, "ahead", lambda ours, its: ours < its),
    )


def _stores(bench: Bench, put: Measure) -> Iterator[_Store]:
    """Who takes uploads; ours and the bare one with fsync and without."""
    for who, bare, durability in ((OURS, _BARE, "full"), (_RELAXED, _BARE_RELAXED, "relaxed")):
        cloud = start_cloud(bench, f"cloud-{durability}", "--durability", durability)
        contents = cloud.data / "contents"
        yield _Store(who, cloud.port, cloud.head, f"/content/{ROOT}", contents)
        folder = bench.folder(f"bare-{durability}")
        yield _plain(bare, peers.start_bare(bench, folder, durability))
    if is_there("rclone", put):
        yield _plain(_WEBDAV, peers.start_rclone(bench, bench.folder("webdav"), "webdav"))
    if is_there("wsgidav", put):
        yield _plain(_WSGIDAV, peers.start_wsgidav(bench, bench.folder("wsgidav")))


def _plain(who: str, port: int) -> _Store:
    return _Store(who, port, functools.partial(plain, port))


def _pieces(size: int) -> Iterator[bytes]:
    """Bytes that nobody has stored yet: every piece begins with its own number."""
    piece = secrets.token_bytes(_PIECE_BYTES)
    for number in range(size // _PIECE_BYTES):
        yield number.to_bytes(8, "big") + piece[8:]
