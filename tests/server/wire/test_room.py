"""How many bytes of whole bodies are in memory at once, and who waits for whom."""

from __future__ import annotations

import asyncio
import json
import resource

import pytest

from tests.server.raw import ANSWER_TIMEOUT_S, Connection, connect
from tests.server.rig import Running
from u1tray.server.messages.request import MAX_JSON_BYTES
from u1tray.server.wire.room import ROOM_BYTES, Room

TARGET = "/api/v2/tokens/oauth"
STEP_BYTES = 3000  # less than what a file buffers
LONG = json.dumps({"email": "x" * (MAX_JSON_BYTES - 100)}).encode()


@pytest.mark.core
async def test_who_finds_no_room_waits_in_turn() -> None:
    """One who needs little does not overtake one who needs much: that one would wait for ever."""
    room = Room(10)
    assert await room.take(6) == 6
    much, little = asyncio.create_task(room.take(5)), asyncio.create_task(room.take(1))
    await asyncio.sleep(0)
    assert not much.done()
    assert not little.done()
    room.give_back(6)
    assert (await much, await little) == (5, 1)


@pytest.mark.core
async def test_who_needs_more_than_there_is_gets_all_of_it() -> None:
    """Nobody is refused."""
    room = Room(10)
    assert await room.take(1) == 1
    large = asyncio.create_task(room.take(11))
    await asyncio.sleep(0)
    assert not large.done()
    room.give_back(1)
    assert await large == 10


@pytest.mark.core
async def test_who_gives_up_holds_nothing_and_nobody() -> None:
    """Whether its turn had come already or not."""
    room = Room(10)
    await room.take(10)
    first, second, third = (asyncio.create_task(room.take(n)) for n in (10, 10, 4))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    room.give_back(10)
    second.cancel()
    assert await asyncio.wait_for(third, ANSWER_TIMEOUT_S) == 4
    assert await asyncio.wait_for(room.take(6), ANSWER_TIMEOUT_S) == 6
    assert {first.cancelled(), second.cancelled()} == {True}


@pytest.mark.end2end
async def test_long_bodies_that_do_not_end_stop_nobody(running: Running) -> None:
    """They lie in files while they come; all are answered once they ended (2.1)."""
    message = running.wire("POST", TARGET, {}, LONG)
    count = 2 * ROOM_BYTES // len(LONG)
    slow = [await _begun(running, message) for _ in range(count)]
    assert (await running.send(message)).status == 400
    for connection in slow:
        await connection.send(message[-1:])
    replies = await asyncio.gather(*(connection.reply() for connection in slow))
    assert {reply.status for reply in replies} == {400}
    for connection in slow:
        await connection.close()


async def _begun(running: Running, message: bytes) -> Connection:
    connection = await connect(running.api.host, running.api.port)
    await connection.send(message[:-1])
    return connection


@pytest.mark.end2end
async def test_body_that_does_not_fit_on_the_disk_is_refused_so(running: Running) -> None:
    """507 (12), in whatever pieces it comes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    connection = await connect(running.api.host, running.api.port)
    message = running.wire("POST", TARGET, {}, LONG)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_JSON_BYTES // 2, before[1]))
        for start in range(0, len(message), STEP_BYTES):
            await connection.send(message[start : start + STEP_BYTES])
            await asyncio.sleep(0)
        reply = await connection.reply()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await connection.close()
    assert (reply.status, reply.code) == (507, "server_full")
