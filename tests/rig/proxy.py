"""A TCP proxy before a server on this machine; what it does to connections is its users' affair."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

BLOCK = 64 * 1024
POLL_S = 0.05


@dataclass
class Proxy:
    """`url` is what clients use instead of the server's."""

    url: str
    target: tuple[str, int]
    stopped: threading.Event = field(default_factory=threading.Event, kw_only=True)

    def serve(self, listening: socket.socket) -> None:
        """Take connections until it is stopped, a thread for each."""
        while not self.stopped.is_set():
            ready, _, _ = select.select([listening], [], [], POLL_S)
            if ready:
                client, _ = listening.accept()
                threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.target, timeout=10)

    def carry(self, client: socket.socket) -> None:
        """What becomes of one connection. May raise OSError."""
        raise NotImplementedError

    def _serve_one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            self.carry(client)


P = TypeVar("P", bound=Proxy)


@contextlib.contextmanager
def running(make: Callable[[str, tuple[str, int]], P], port: int) -> Iterator[P]:
    """A proxy on a free port before the server on `port`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        proxy = make(url, ("127.0.0.1", port))
        thread = threading.Thread(target=proxy.serve, args=(listening,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.stopped.set()
            thread.join()
