"""A TCP proxy that breaks connections in the middle of what a client sends."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

_BLOCK = 64 * 1024
_POLL_S = 0.05
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset


@dataclass
class CutProxy:
    """`url` is the server's for clients. Breaks `cuts` connections, each after `after` bytes.

    `swallow` is a method: the answer to the next request of it is lost with its connection.
    """

    url: str
    target: tuple[str, int]
    cuts: int = 0
    after: int = 0
    swallow: str = ""
    broken: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        while not self.stopped.is_set():
            ready, _, _ = select.select([listening], [], [], _POLL_S)
            if ready:
                client, _ = listening.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with (
            client,
            contextlib.suppress(OSError),
            socket.create_connection(self.target, timeout=10) as server,
        ):
            self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        left = self.after if self.cuts > 0 else None
        is_swallowing = False
        while not self.stopped.is_set():
            ready, _, _ = select.select([client, server], [], [], _POLL_S)
            for source in ready:
                data = source.recv(_BLOCK)
                if not data:
                    return
                if source is server:
                    if is_swallowing:
                        self._break(client, server)
                        return
                    client.sendall(data)
                    continue
                if self.swallow and data.startswith(self.swallow.encode()):
                    self.swallow, is_swallowing = "", True
                if left is not None:
                    left -= min(left, len(data))
                server.sendall(data)
                if left == 0 and self.cuts > 0:
                    self.cuts -= 1
                    self._break(client, server)
                    return
                if left == 0:
                    left = None  # other connections took the last cuts meanwhile

    def _break(self, *ends: socket.socket) -> None:
        self.broken += 1
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.close()


@contextlib.contextmanager
def cut_proxy(port: int) -> Iterator[CutProxy]:
    """A proxy on a free port before a server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        proxy = CutProxy(url, ("127.0.0.1", port))
        thread = threading.Thread(target=proxy.serve, args=(listening,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.stopped.set()
            thread.join()
