"""A TCP proxy before a server that makes the network bad on purpose: late, cut, full of 503."""

from __future__ import annotations

import select
import socket
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum

from tests.rig.proxy import BLOCK, POLL_S, Proxy, running

BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fault(Enum):
    """What happens to connections."""

    NONE = "they are passed on"
    HANG = "nothing is passed on any more, in either direction"
    CUT = "answers are cut off after `cut_after` bytes"
    REFUSE = "they are closed at once"
    BUSY = "every request is answered 503"


@dataclass
class FaultProxy(Proxy):
    """Change `fault` at any time."""

    fault: Fault = Fault.NONE
    cut_after: int = 0
    connections: int = 0
    bytes_out: int = 0  # from the server to the clients

    def carry(self, client: socket.socket) -> None:
        self.connections += 1
        if self.fault is Fault.REFUSE:
            return
        if self.fault is Fault.BUSY:
            client.recv(BLOCK)
            client.sendall(BUSY)
            return
        with self.connect() as server:
            self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        answered = 0
        while not self.stopped.is_set():
            if self.fault is Fault.HANG:
                self.stopped.wait(POLL_S)
                continue
            if self.fault in (Fault.REFUSE, Fault.BUSY):
                return
            ready, _, _ = select.select([client, server], [], [], POLL_S)
            for source in ready:
                data = source.recv(BLOCK)
                if not data:
                    return
                if source is client:
                    server.sendall(data)
                    continue
                if self.fault is Fault.CUT:
                    data = data[: max(0, self.cut_after - answered)]
                answered += len(data)
                self.bytes_out += len(data)
                client.sendall(data)
                if self.fault is Fault.CUT and answered >= self.cut_after:
                    return


def fault_proxy(port: int) -> AbstractContextManager[FaultProxy]:
    """A proxy on a free port before a server on this machine."""
    return running(FaultProxy, port)
