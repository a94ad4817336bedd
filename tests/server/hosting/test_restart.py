"""Stopping and restarting: nobody's request is lost."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.processes import Process, Processes, wait_until
from tests.server.changes.listener import listen_at
from tests.server.files.client import API
from tests.server.hosting.client import Client

pytestmark = pytest.mark.end2end

CONTENT = "/content/~/Ubuntu%20One"
HALF = b"x" * 6_000_000
ADMIN = ("--admin-listen", "127.0.0.1:0")


class Asking(threading.Thread):
    """Asks without a pause and without a second try, until told to stop."""

    def __init__(self, client: Client, prefix: str) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.prefix = prefix
        self.answers: list[int] = []
        self.faults: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        size = 40_000
        while not self.ended.is_set():
            number = len(self.answers) % 5
            target = f"{CONTENT}/{self.prefix}-{number}"
            try:
                self.answers.append(self.client.ask("PUT", target, b"y" * size).status)
                self.answers.append(self.client.ask("GET", "/api/quota/").status)
                found = self.client.ask("GET", target)
                self.answers.append(found.status if len(found.body) == size else -1)
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))
                self.client.close()


@contextlib.contextmanager
def asking(*clients: Client) -> Iterator[list[Asking]]:
    """Several that ask meanwhile; none may have met a fault."""
    threads = [Asking(client, f"c{number}") for number, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.ended.set()
        for thread in threads:
            thread.join(90)
            thread.client.close()
    assert [thread.faults for thread in threads] == [[]] * len(threads)
    assert {status for thread in threads for status in thread.answers} <= {200, 201}


def go_on(threads: list[Asking], rounds: int = 15) -> None:
    """Until each has got some more answers."""
    wanted = [len(thread.answers) + rounds for thread in threads]
    wait_until(
        lambda: all(len(t.answers) >= n or t.faults for t, n in zip(threads, wanted, strict=True)),
        90,
        "more answers",
    )


def activated(started: Processes, data: Path, api: socket.socket, *words: str) -> Process:
    """A server on a socket that outlives it."""
    process = started.module(
        *("tests.server.hosting.activated", "1", str(api.fileno())),
        *("u1server", "serve", "--data", str(data), *ADMIN, *words),
        descriptors=[api.fileno()],
    )
    process.wait_for_line("listening on", 60)
    return process


def end(process: Process) -> None:
    process.signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert "Traceback" not in process.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_restart_on_a_handed_over_socket_fails_no_request(
    started, with_account, client, workers
) -> None:
    """Stop the old, start the new, as systemd does; and the other way round."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as api:
        url = f"http://127.0.0.1:{api.getsockname()[1]}"
        process = activated(started, with_account, api, "--workers", workers)
        ana = client(url).log_in()
        with asking(ana, ana.another(), ana.another()) as threads:
            go_on(threads)
            end(process)
            process = activated(started, with_account, api, "--workers", workers)
            go_on(threads)
            newer = activated(started, with_account, api, "--workers", workers)
            end(process)
            go_on(threads)
        end(newer)


def serve(started: Processes, data: Path, *words: str) -> tuple[Process, str]:
    process = started.start(
        *("u1server", "serve", "--data", str(data), "--listen", "127.0.0.1:0", *ADMIN, *words)
    )
    return process, process.wait_for_line("listening on ", 60).removeprefix("listening on ")


def half_sent(
    client: Client, method: str, target: str, **headers: str
) -> http.client.HTTPConnection:
    """A request of which half the body is on its way."""
    wire = http.client.HTTPConnection(client.base.removeprefix("http://"), timeout=60)
    wire.putrequest(method, target)
    fields = {"Authorization": client.sign(method, target), "Content-Length": str(2 * len(HALF))}
    for name, value in (fields | headers).items():
        wire.putheader(name, value)
    wire.endheaders()
    wire.send(HALF)
    return wire


def being_written(data: Path) -> list[str]:
    """The files of contents, and of uploads, of which a part has come."""
    found = []
    for folder in (data / "contents/incoming", data / "contents/partial"):
        for path in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # it may be done by now
                found += [path.name] if path.stat().st_size else []
    return found


def refuses(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_running_upload_is_ended_before_the_server(
    started, with_account, client, workers
) -> None:
    """No new connections, but the rest of what runs; streams are told `shutdown` (16.2)."""
    process, url = serve(started, with_account, "--workers", workers)
    ana = client(url).log_in()
    stream = await listen_at(url, ana.credentials)
    assert (await stream.event())[0] == "hello"
    wire = half_sent(ana, "PUT", f"{CONTENT}/slow")
    wait_until(lambda: being_written(with_account), 60, "the begin of the upload")
    process.signal(signal.SIGTERM)
    wait_until(lambda: refuses(url), 60, "the closing of the port")
    told = await stream.event()
    while told[0] == "generation":
        told = await stream.event()
    assert told == ("bye", {"reason": "shutdown"})
    await stream.connection.close()
    wire.send(HALF)
    answer = wire.getresponse()
    answer.read()
    assert (answer.status, answer.getheader("Connection")) == (201, "close")
    wire.close()
    assert process.wait(60) == 0
    _, url = serve(started, with_account)
    again = client(url, credentials=ana.credentials)
    assert again.ask("GET", f"{CONTENT}/slow").body == HALF * 2


def test_upload_that_takes_too_long_is_kept_for_later(started, with_account, client) -> None:
    """After `stop_timeout`; a resumable one goes on where it was (16.3), a PUT changed nothing."""
    started.env["U1SERVER_STOP_TIMEOUT"] = "0.5"
    process, url = serve(started, with_account)
    ana = client(url).log_in()
    metadata = "target " + b64encode(b"/~/Ubuntu One/slow").decode()
    made = ana.ask(
        *("POST", f"{API}/uploads/"),
        Tus_Resumable="1.0.0",
        Upload_Length=str(2 * len(HALF)),
        Upload_Metadata=metadata,
    )
    assert made.status == 201
    place = made.headers["location"].removeprefix(url)
    tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    wire = half_sent(ana, "PATCH", place, **tus, **{"Upload-Offset": "0"})
    other = half_sent(ana, "PUT", f"{CONTENT}/other")
    wait_until(lambda: len(being_written(with_account)) == 2, 60, "the begin of both")
    process.signal(signal.SIGTERM)
    assert process.wait(60) == 0
    wire.close()
    other.close()
    process, url = serve(started, with_account)
    again = client(url, credentials=ana.credentials)
    head = again.ask("HEAD", place, Tus_Resumable="1.0.0")
    offset = int(head.headers["upload-offset"])
    assert 0 < offset <= len(HALF)
    rest = (HALF * 2)[offset:]
    fields = {name.replace("-", "_"): text for name, text in tus.items()}
    done = again.ask("PATCH", place, rest, Upload_Offset=str(offset), **fields)
    assert done.status == 204
    assert again.ask("GET", f"{CONTENT}/slow").body == HALF * 2
    assert again.ask("GET", f"{CONTENT}/other").status == 404
    wait_until(lambda: being_written(with_account) == [], 60, "nothing is left of the parts")
