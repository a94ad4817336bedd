"""Errors (12): their shapes, the oops id of a 500, and what the log says and does not say."""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.server.raw import exchange
from tests.server.rig import ANY_PORT, PASSWORD, FixedClock, Running
from u1tray.server.messages.answer import Answer
from u1tray.server.messages.refusals import STATUS, Code
from u1tray.server.messages.request import Request
from u1tray.server.sockets.binding import bind
from u1tray.server.storage.directory import DATABASE_FILE
from u1tray.server.wire.listener import Listener
from u1tray.vocabulary.credentials import Credentials


@pytest.mark.core
def test_every_code_has_its_status() -> None:
    """One code, one status (12)."""
    assert set(STATUS) == set(Code)


def damage(running: Running) -> None:
    """Take the tokens away under the running server."""
    with contextlib.closing(sqlite3.connect(running.cloud.directory / DATABASE_FILE)) as database:
        database.execute("ALTER TABLE tokens RENAME TO lost")
        database.commit()


def mend(running: Running) -> None:
    with contextlib.closing(sqlite3.connect(running.cloud.directory / DATABASE_FILE)) as database:
        database.execute("ALTER TABLE lost RENAME TO tokens")
        database.commit()


@pytest.mark.end2end
async def test_internal_error_has_one_oops_id_everywhere(
    running: Running, ana: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    """Header, body and the ERROR record with traceback, method and path (12)."""
    damage(running)
    reply = await running.signed(ana, "GET", "/api/quota/")
    oops_id = reply.header("x-oops-id")
    assert (reply.status, reply.code) == (500, "internal")
    assert oops_id is not None
    assert re.fullmatch(r"OOPS-[0-9a-f]{32}", oops_id)
    assert reply.json["oops_id"] == oops_id
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert oops_id in record.getMessage()
    assert "GET /api/quota/" in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.end2end
async def test_internal_error_after_the_signature_names_the_account(
    running: Running, ana: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    """The account id is in the record (12)."""
    with contextlib.closing(sqlite3.connect(running.cloud.directory / DATABASE_FILE)) as database:
        database.execute(
            "CREATE TRIGGER no_ping BEFORE UPDATE OF pinged_at ON tokens "
            "BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
        )
        database.commit()
    reply = await running.signed(ana, "GET", "/oauth/sso-finished-so-get-tokens/")
    assert reply.status == 500
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "account 1" in record.getMessage()


@pytest.mark.end2end
async def test_server_answers_again_after_an_internal_error(
    running: Running, ana: Credentials
) -> None:
    """The same signed request, unchanged, once the fault is gone (13.4)."""
    header = running.sign(ana, "GET", "/api/quota/")
    damage(running)
    assert (await running.request("GET", "/api/quota/", {"Authorization": header})).status == 500
    mend(running)
    assert (await running.request("GET", "/api/quota/", {"Authorization": header})).status == 200


@pytest.mark.end2end
async def test_internal_error_of_v2_has_an_oops_id(running: Running) -> None:
    """A 500 is a 500 everywhere (12)."""
    await running.add_account()
    damage(running)
    body = {"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}
    reply = await running.post_json("/api/v2/tokens/oauth", body)
    assert (reply.status, reply.json["oops_id"]) == (500, reply.header("x-oops-id"))


@pytest.mark.end2end
async def test_fault_outside_the_operations_has_an_oops_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The rim itself answers in the same way (12)."""

    @contextlib.asynccontextmanager
    async def broken(request: Request) -> AsyncIterator[Answer]:
        raise ZeroDivisionError
        yield

    runner = web.ServerRunner(Listener(broken, FixedClock()).server())
    await runner.setup()
    listening = bind(ANY_PORT)
    await web.SockSite(runner, listening).start()
    host, port = listening.getsockname()
    reply = await exchange(host, port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    await runner.cleanup()
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert (reply.status, reply.code) == (500, "internal")
    assert reply.json["oops_id"] == reply.header("x-oops-id")
    assert reply.json["oops_id"] in record.getMessage()


@pytest.mark.end2end
async def test_locked_database_is_busy_with_retry_after(
    running: Running, ana: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 `busy`, nothing was changed (12)."""
    engine = running.cloud.workers.database._engines.noting
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with contextlib.closing(sqlite3.connect(running.cloud.directory / DATABASE_FILE)) as database:
        database.execute("BEGIN EXCLUSIVE")
        reply = await running.signed(ana, "GET", "/api/quota/")
        database.rollback()
    assert (reply.status, reply.code) == (503, "busy")
    assert reply.header("Retry-After") == "2"
    assert (await running.signed(ana, "GET", "/api/quota/")).status == 200


@pytest.mark.end2end
@pytest.mark.parametrize("target", ["/nothing", "/oauth/request/", "//nothing", "/%2e%2e"])
async def test_unknown_url_outside_the_api_is_404(running: Running, target: str) -> None:
    """Also those of a part that is not built (15)."""
    reply = await running.request("GET", target)
    assert (reply.status, reply.code) == (404, "not_found")
