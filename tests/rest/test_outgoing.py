"""What the asyncio client sends, and what it hears meanwhile (REST contract, 2.1)."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.rest.vectors import SET_A
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.requests import Request
from u1tray.rest.settings import CloudSettings

pytestmark = pytest.mark.end2end

SECONDS = 30.0
REFUSAL = (
    b"HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nContent-Length: 27\r\n"
    b'Connection: close\r\n\r\n{"code": "offset_mismatch"}'
)
PART = bytes(64 * 1024)


async def test_refusal_is_heard_by_a_client_that_is_busy_sending():
    """A server answers by the head alone, and hangs up on what is still being sent."""
    hung_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse():
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)  # what is left unread makes the end of it a reset
                connection.sendall(REFUSAL)
            hung_up.set()

        async def body():
            yield PART
            assert hung_up.wait(SECONDS)  # as a program that is kept from listening
            while True:
                yield PART

        server = threading.Thread(target=refuse, daemon=True)
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        request = Request("PATCH", url + "/u", {"Content-Length": str(10**12)})
        async with Cloud(CloudSettings.of(url), SET_A, program="test", limit=1) as client:
            reply = await client.upload(request, body)
        server.join(SECONDS)
    assert (reply.status, reply.body) == (409, b'{"code": "offset_mismatch"}')
