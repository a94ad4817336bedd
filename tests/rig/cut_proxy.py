"""A TCP proxy that breaks connections in the middle of what a client sends."""

from __future__ import annotations

import select
import socket
import struct
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.rig.proxy import BLOCK, POLL_S, Proxy, running

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset


@dataclass
class CutProxy(Proxy):
    """Breaks `cuts` connections, each after `after` bytes.

    `swallow` is a method: the answer to the next request of it is lost with its connection.
    """

    cuts: int = 0
    after: int = 0
    swallow: str = ""
    broken: int = 0

    def carry(self, client: socket.socket) -> None:
        with self.connect() as server:
            self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        left = self.after if self.cuts > 0 else None
        is_swallowing = False
        while not self.stopped.is_set():
            ready, _, _ = select.select([client, server], [], [], POLL_S)
            for source in ready:
                data = source.recv(BLOCK)
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

    def _break(self, client: socket.socket, server: socket.socket) -> None:
        """Reset the client's end. A reset of the server's would take back what it has not read."""
        self.broken += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        client.close()
        server.close()


def cut_proxy(port: int) -> AbstractContextManager[CutProxy]:
    """A proxy on a free port before a server on this machine."""
    return running(CutProxy, port)
