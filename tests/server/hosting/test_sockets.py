"""Where a server listens: Unix sockets, sockets that were handed over, and what is refused."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.rig.processes import Process, Processes
from tests.server.hosting.client import Client
from u1tray.rest.signing import PLAINTEXT

pytestmark = pytest.mark.end2end

ADMIN = ("--admin-listen", "127.0.0.1:0")


def serve(started: Processes, data: Path, path: Path, *words: str) -> Process:
    """A server on a Unix socket."""
    return started.start(
        *("u1server", "serve", "--data", str(data), "--listen", f"unix:{path}", *ADMIN, *words)
    )


@pytest.fixture
def path(home: Path) -> Path:
    return home / "http.sock"


def test_unix_socket_is_a_local_line(started, with_account, path, client) -> None:
    """PLAINTEXT and passwords are taken (13.3); the socket goes with the server."""
    process = serve(started, with_account, path)
    assert process.wait_for_line("listening on", 60) == f"listening on unix:{path}"
    ana: Client = client("http://localhost", unix=path).log_in()
    assert ana.ask("GET", "/api/quota/").status == 200
    ana.signature_method = PLAINTEXT
    assert ana.ask("PUT", "/content/~/Ubuntu%20One/a", b"x" * 100_000).status == 201
    assert ana.ask("GET", "/content/~/Ubuntu%20One/a").body == b"x" * 100_000
    process.signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not path.exists()


@pytest.mark.parametrize(("trusted", "status"), [("", 401), ("unix", 200)])
def test_proxy_over_a_unix_socket_is_trusted_when_said(
    started, with_account, path, *, client, trusted, status
) -> None:
    """`trusted_proxies = unix`: the scheme is the proxy's (13.2)."""
    started.env["U1SERVER_TRUSTED_PROXIES"] = trusted
    process = serve(started, with_account, path)
    process.wait_for_line("listening on", 60)
    ana: Client = client("http://cloud.example.com", unix=path).log_in()
    ana.base = "https://cloud.example.com"
    fields = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.9"}
    assert ana.ask("GET", "/api/quota/", **fields).status == status
    line = process.wait_for_line(f"GET /api/quota/ {status}")
    assert ("203.0.113.9" in line) == (status == 200)


def test_socket_of_a_killed_server_is_replaced(started, data, path, client) -> None:
    """One that answers is not, nor any other file."""
    first = serve(started, data, path)
    first.wait_for_line("listening on", 60)
    second = serve(started, data, path)
    assert second.wait(60) == 2
    assert f"cannot listen on unix:{path}: another server is listening there" in second.output
    first.signal(signal.SIGKILL)
    first.wait()
    third = serve(started, data, path)
    third.wait_for_line("listening on", 60)
    assert client("http://localhost", unix=path).ask("GET", "/api/time").status == 200
    third.signal(signal.SIGTERM)
    assert third.wait(60) == 0
    path.write_text("precious")
    fourth = serve(started, data, path)
    assert fourth.wait(60) == 2
    assert "there is a file of that name" in fourth.output
    assert path.read_text() == "precious"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_handed_over_sockets_are_used(started, data, client, workers) -> None:
    """The first for the cloud, the second for its health, whatever the options say."""
    with (
        socket.create_server(("127.0.0.1", 0)) as api,
        socket.create_server(("127.0.0.1", 0)) as admin,
    ):
        numbers = [api.fileno(), admin.fileno()]
        process = started.module(
            *("tests.server.hosting.activated", "2", *map(str, numbers)),
            *("u1server", "serve", "--data", str(data), "--workers", workers),
            descriptors=numbers,
        )
        url = f"http://127.0.0.1:{api.getsockname()[1]}"
        health = f"http://127.0.0.1:{admin.getsockname()[1]}"
        assert process.wait_for_line("listening on", 60) == f"listening on {url}"
        assert process.wait_for_line("admin on") == f"admin on {health}"
        assert client(url).ask("GET", "/api/time").status == 200
        assert client(health).ask("GET", "/healthz").status == 200
        process.signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_what_is_no_listening_socket_is_refused(started, data) -> None:
    """One sentence, exit code 2."""
    with Path("/dev/null").open() as file:
        number = file.fileno()
        process = started.module(
            *("tests.server.hosting.activated", "1", str(number)),
            *("u1server", "serve", "--data", str(data)),
            descriptors=[number],
        )
        assert process.wait(60) == 2
    assert process.output.endswith("u1server: descriptor 3 was handed over and is no socket\n")


def test_variables_for_another_process_are_ignored(started, data) -> None:
    """LISTEN_PID says whose the sockets are."""
    process = started.start(
        *("u1server", "serve", "--data", str(data), "--listen", "127.0.0.1:0", *ADMIN),
        env={"LISTEN_PID": "1", "LISTEN_FDS": "2"},
    )
    process.wait_for_line("listening on", 60)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_service_manager_is_told_when_requests_are_answered(started, data, home, workers) -> None:
    """Type=notify: READY=1, and then the port answers."""
    address = home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(60)
        process = started.start(
            *("u1server", "serve", "--data", str(data), "--workers", workers),
            *("--listen", "127.0.0.1:0", *ADMIN),
            env={"NOTIFY_SOCKET": str(address)},
        )
        assert manager.recv(100) == b"READY=1"
    process.wait_for_line("listening on")


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        ("127.0.0.1:1", "(ports below 1024 are for a proxy, a systemd socket or"),
        ("192.0.2.1:0", "(this machine does not have that address)"),
        ("no-such-host.invalid:0", "cannot listen on no-such-host.invalid:0: "),
        ("unix:/nowhere/http.sock", "cannot listen on unix:/nowhere/http.sock: No such file"),
        ("unix:relative", "not the full path of a socket: 'relative'"),
        ("unix:/" + "x" * 107, "a socket's path has at most 107 bytes"),
    ],
)
def test_impossible_place_is_refused_in_one_sentence(started, data, listen, text) -> None:
    """With the option at fault; exit code 2."""
    if listen.endswith(":1") and may_use_low_ports():
        listen, text = "127.0.0.1:x", "not HOST:PORT"
    done = started.run("u1server", "serve", "--data", str(data), "--listen", listen, *ADMIN)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("u1server: ")]
    assert line.startswith("u1server: option --listen: ")
    assert text in line
    assert "Traceback" not in done.stderr


def may_use_low_ports() -> bool:
    try:
        socket.create_server(("127.0.0.1", 1)).close()
    except PermissionError:
        return False
    except OSError:
        return os.geteuid() == 0
    return True
