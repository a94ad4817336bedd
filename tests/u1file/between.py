"""A real network path to the cloud that can be troubled: cut, held up, or told of."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

UP, DOWN = "up", "down"
BUFFER_BYTES = 128 * 1024


@dataclass
class Trouble:
    """Once, in a request that `begins` so, after so many bytes in a direction: do `act`.

    With an `answer` the client gets that before the line is cut.
    """

    begins: bytes
    direction: str
    after: int
    act: Callable[[], object]
    cuts: bool
    answer: bytes = b""
    happened: threading.Event = field(default_factory=threading.Event)


class Between:
    """Forwards connections to `backend` (host and port); `url` is where clients go."""

    def __init__(self, backend: str) -> None:
        self.aim(backend)
        self._troubles: list[Trouble] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Else whole files are on their way in the system's own buffers while we hold them up.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def aim(self, backend: str) -> None:
        """Where later connections lead."""
        parts = urlsplit(backend)
        self._backend = (parts.hostname, parts.port)

    def trouble(
        self,
        begins: str,
        direction: str,
        after: int = 0,
        act: Callable[[], object] = lambda: None,
        *,
        cuts: bool = True,
        answer: bytes = b"",
    ) -> Trouble:
        made = Trouble(begins.encode(), direction, after, act, cuts, answer)
        self._troubles.append(made)
        return made

    def forget(self) -> None:
        """Make no more of the troubles that have not happened."""
        self._troubles.clear()

    def close(self) -> None:
        self._listener.close()
        for each in self._open:
            _close(each)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self._backend, 5)
                except OSError:
                    _close(client)
                    continue
                server.settimeout(None)
                self._open += [client, server]
                line = _Line(self._troubles, client, server)
                for direction in (UP, DOWN):
                    threading.Thread(target=line.pump, args=(direction,), daemon=True).start()


class _Line:
    """One connection. A client sends nothing before its last answer came, so what it sends first
    after an answer begins a request."""

    def __init__(self, troubles, client: socket.socket, server: socket.socket) -> None:
        self._troubles = troubles
        self._ends = {UP: (client, server), DOWN: (server, client)}
        self._current: Trouble | None = None
        self._counts = {UP: 0, DOWN: 0}
        self._answered = True

    def pump(self, direction: str) -> None:
        source, target = self._ends[direction]
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if direction == UP and self._answered:
                    self._begin(part)
                self._answered = direction == DOWN
                if not self._passes(direction, len(part)):
                    break
                target.sendall(part)
        for each in (source, target):
            _close(each)

    def _begin(self, part: bytes) -> None:
        self._current = next((t for t in self._troubles if part.startswith(t.begins)), None)
        self._counts = {UP: 0, DOWN: 0}

    def _passes(self, direction: str, count: int) -> bool:
        self._counts[direction] += count
        trouble = self._current
        if trouble is None or trouble.direction != direction:
            return True
        if self._counts[direction] < trouble.after:
            return True
        self._current = None
        try:
            self._troubles.remove(trouble)
        except ValueError:
            return True  # it has just happened to another connection
        trouble.act()
        if trouble.answer:
            self._ends[UP][0].sendall(trouble.answer)
        trouble.happened.set()
        return not trouble.cuts


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def between(backend: str) -> Iterator[Between]:
    made = Between(backend)
    try:
        yield made
    finally:
        made.close()
