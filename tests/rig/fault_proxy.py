"""A TCP proxy before a server that makes the network bad on purpose: late, cut, full of 503."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

_BLOCK = 64 * 1024
_POLL_S = 0.05
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fault(Enum):
    """What happens to connections."""

    NONE = "they are passed on"
    HANG = "nothing is passed on any more, in either direction"
    CUT = "answers are cut off after `cut_after` bytes"
    REFUSE = "they are closed at once"
    BUSY = "every request is answered 503"


@dataclass
class FaultProxy:
    """`url` is what clients use instead of the server's. Change `fault` at any time."""

    url: str
    target: tuple[str, int]
    fault: Fault = Fault.NONE
    cut_after: int = 0
    connections: int = 0
    bytes_out: int = 0  # from the server to the clients
    stopped: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        while not self.stopped.is_set():
            ready, _, _ = select.select([listening], [], [], _POLL_S)
            if ready:
                client, _ = listening.accept()
                self.connections += 1
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self.fault is Fault.REFUSE:
                return
            if self.fault is Fault.BUSY:
                client.recv(_BLOCK)
                client.sendall(BUSY)
                return
            with socket.create_connection(self.target, timeout=10) as server:
                self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        answered = 0
        while not self.stopped.is_set():
            if self.fault is Fault.HANG:
                self.stopped.wait(_POLL_S)
                continue
            if self.fault in (Fault.REFUSE, Fault.BUSY):
                return
            ready, _, _ = select.select([client, server], [], [], _POLL_S)
            for source in ready:
                data = source.recv(_BLOCK)
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


@contextlib.contextmanager
def fault_proxy(port: int) -> Iterator[FaultProxy]:
    """A proxy on a free port before a server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        proxy = FaultProxy(url, ("127.0.0.1", port))
        thread = threading.Thread(target=proxy.serve, args=(listening,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.stopped.set()
            thread.join()
