"""The two listening sockets: opened here, or handed over by who started the server.

A socket that was handed over outlives the server, so nobody is turned away while another one
starts: systemd's socket units do so (sd_listen_fds(3)).
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import stat
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from u1tray.server.settings.options import Settings
from u1tray.server.sockets.endpoints import AnyEndpoint, Endpoint, UnixEndpoint
from u1tray.vocabulary.errors import UsageError

logger = logging.getLogger(__name__)

BACKLOG = 1024
# A client that takes nothing of an answer for so long is gone: the kernel ends its connection.
STALL_TIMEOUT_S = 120.0
_FIRST_DESCRIPTOR = 3  # SD_LISTEN_FDS_START
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_CONNECT_TIMEOUT_S = 2.0
# The directory decides who reaches it, as with a port of this machine: every peer is local.
_UNIX_MODE = 0o666
_ADVICE = {
    errno.EADDRINUSE: "is another server running there?",
    errno.EACCES: "ports below 1024 are for a proxy, a systemd socket or CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}

# Listening sockets of the API and of the administration.
Sockets = tuple[socket.socket, socket.socket]


@contextlib.contextmanager
def bind_both(
    settings: Settings, environment: MutableMapping[str, str] = os.environ
) -> Iterator[Sockets]:
    """The listening sockets of the API and the administration. Raises UsageError."""
    with contextlib.ExitStack() as stack:
        given = [stack.enter_context(found) for found in inherited(environment)]
        if given:
            logger.info("using %d listening sockets that were handed over", len(given))
        if not given:
            given.append(stack.enter_context(_bound(settings, "listen")))
        if len(given) == 1:
            given.append(stack.enter_context(_bound(settings, "admin_listen")))
        for listening in given:
            _limit_stalls(listening)
        yield given[0], given[1]


def endpoints(settings: Settings, sockets: Sockets) -> tuple[AnyEndpoint, AnyEndpoint]:
    """Where the API and the administration listen, with the ports that were chosen."""
    api, admin = sockets
    return _endpoint(api, settings.listen), _endpoint(admin, settings.admin_listen)


def inherited(environment: MutableMapping[str, str]) -> list[socket.socket]:
    """The sockets that were handed over, in their order. Raises UsageError.

    First that of the API, then, if there is a second, that of the administration. The variables
    are taken away, as they are meant for this process only.
    """
    pid, count, _ = (environment.pop(name, "") for name in _VARIABLES)
    if pid != str(os.getpid()) or not count.isdecimal() or count == "0":
        return []
    if int(count) > 2:
        message = f"{count} sockets were handed over: one is for the cloud, one for its health"
        raise UsageError(message)
    return [_adopted(_FIRST_DESCRIPTOR + number) for number in range(int(count))]


def bind(endpoint: AnyEndpoint) -> socket.socket:
    """A listening socket. Raises UsageError."""
    try:
        if isinstance(endpoint, UnixEndpoint):
            return _bind_unix(endpoint.path)
        return _bind_port(endpoint)
    except OSError as error:
        message = f"cannot listen on {endpoint.authority}: {error.strerror or error}"
        advice = _ADVICE.get(error.errno or 0) if isinstance(endpoint, Endpoint) else None
        raise UsageError(f"{message} ({advice})" if advice else message) from error


@contextlib.contextmanager
def _bound(settings: Settings, name: str) -> Iterator[socket.socket]:
    endpoint: AnyEndpoint = getattr(settings, name)
    try:
        listening = bind(endpoint)
    except UsageError as error:
        raise settings.fault(name, error.text) from error
    with listening:
        if isinstance(endpoint, Endpoint):
            yield listening
            return
        ours = endpoint.path.stat().st_ino
        try:
            yield listening
        finally:
            with contextlib.suppress(OSError):
                # Another server may have made its own meanwhile.
                if endpoint.path.stat().st_ino == ours:
                    endpoint.path.unlink()


def _bind_port(endpoint: Endpoint) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(
        endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    both = endpoint.host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        # The standard library adds the address, which our message has already.
        raise OSError(error.errno, os.strerror(error.errno or 0)) from error


def _limit_stalls(listening: socket.socket) -> None:
    """Where the system can do it: on Linux, for TCP. Its connections inherit it."""
    if listening.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
        timeout_ms = int(STALL_TIMEOUT_S * 1000)
        with contextlib.suppress(OSError):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)


def _bind_unix(path: Path) -> socket.socket:
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(_UNIX_MODE)
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def _remove_stale(path: Path) -> None:
    """Remove the socket that a killed server left. Raises OSError for anything else there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise OSError(errno.EEXIST, "there is a file of that name")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_CONNECT_TIMEOUT_S)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        else:
            raise OSError(errno.EADDRINUSE, "another server is listening there")


def _adopted(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    try:
        found = socket.socket(fileno=descriptor)
        is_listening = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        message = f"descriptor {descriptor} was handed over and is no socket"
        raise UsageError(message) from error
    if found.type != socket.SOCK_STREAM or not is_listening:
        found.close()
        message = f"descriptor {descriptor} was handed over and is no listening stream socket"
        raise UsageError(message)
    return found


def _endpoint(listening: socket.socket, wanted: AnyEndpoint) -> AnyEndpoint:
    name = listening.getsockname()
    if listening.family == socket.AF_UNIX:
        return UnixEndpoint(Path(os.fsdecode(name)))
    host, port = name[:2]
    if isinstance(wanted, Endpoint) and wanted.port in (0, port):
        host = wanted.host
    return Endpoint(host, port)
