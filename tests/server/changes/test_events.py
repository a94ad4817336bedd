"""What one client is told, whatever order changes arrive in (REST contract, 16.2)."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.server.changes.events import Event, Ledger, Reason, bye, newest
from u1tray.server.changes.hub import Hub
from u1tray.server.changes.stream import ChangeStream, Look
from u1tray.server.changes.subscription import Subscription
from u1tray.server.changes.values import Change, Kind, from_lines, to_line
from u1tray.server.files.values import Volume, VolumeType

pytestmark = pytest.mark.core

DOCS = Volume(7, 1, b"u" * 16, "~/Docs", VolumeType.UDF, 5, 0.0)


class Count:
    """A metric that is looked at."""

    value = 0.0

    def set(self, value: float) -> None:
        self.value = value


def at(generation: int, volume: Volume = DOCS) -> Change:
    return Change(Kind.GENERATION, 1, volume.id, volume.path, generation)


def greeted(*volumes: Volume) -> Ledger:
    ledger = Ledger()
    ledger.hello(volumes)
    return ledger


def generation(number: int, path: str = "~/Docs", volume_id: int = 7) -> Event:
    return Event("generation", {"path": path, "generation": number}, volume_id)


def test_change_that_hello_told_is_not_told_again() -> None:
    """Nor one that comes late or twice; a generation never goes back."""
    ledger = greeted(DOCS)
    told = [ledger.take(at(number)) for number in (4, 5, 6, 6, 8, 7)]
    assert told == [[], [], [generation(6)], [], [generation(8)], []]


def test_change_of_an_unknown_volume_needs_a_look() -> None:
    """It may be new, its creation still on the way; or gone for long."""
    ledger = greeted(DOCS)
    new = replace(DOCS, id=8, path="~/New", generation=2)
    assert ledger.take(at(2, new)) is None
    assert ledger.take(Change(Kind.UNKNOWN, 1)) is None
    created = Event("volume", {"path": "~/New", "change": "created", "generation": 0})
    assert ledger.look([DOCS, new]) == [created, generation(2, "~/New", 8)]
    assert ledger.take(Change(Kind.CREATED, 1, 8, "~/New")) == []


def test_late_word_of_a_deleted_volume_does_not_bring_it_back() -> None:
    """Ids are never used again."""
    ledger = greeted(DOCS)
    deleted = Change(Kind.DELETED, 1, 7, "~/Docs")
    assert ledger.take(deleted) == [Event("volume", {"path": "~/Docs", "change": "deleted"})]
    late = (at(9), Change(Kind.CREATED, 1, 7, "~/Docs"), deleted)
    assert [ledger.take(change) for change in late] == [[], [], []]
    again = replace(DOCS, id=9, generation=0)
    assert ledger.take(Change(Kind.CREATED, 1, 9, "~/Docs")) != []
    assert ledger.look([again]) == []


@given(st.integers(0, 10_000), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_whatever_the_order_the_client_ends_where_the_volumes_are(seed: int, count: int) -> None:
    """With a look at the end; told generations of a volume only grow."""
    chance = random.Random(seed)
    volumes: dict[int, Volume] = {7: DOCS}
    changes: list[Change] = []
    for number in range(8, 8 + count):
        kind = chance.choice(("create", "delete", "bump"))
        if kind == "create" or not volumes:
            made = Volume(number, 1, b"", f"~/{number % 5}", VolumeType.UDF, 0, 0.0)
            volumes[number] = made
            changes.append(Change(Kind.CREATED, 1, number, made.path))
            continue
        chosen = chance.choice(sorted(volumes))
        if kind == "delete":
            changes.append(Change(Kind.DELETED, 1, chosen, volumes.pop(chosen).path))
        else:
            old = volumes[chosen]
            volumes[chosen] = replace(old, generation=old.generation + 1)
            changes.append(at(old.generation + 1, volumes[chosen]))
    chance.shuffle(changes)
    ledger, told = greeted(DOCS), [Event("hello", {})]
    for change in changes:
        told += ledger.take(change) or []
    told += ledger.look(list(volumes.values()))
    assert ledger.look(list(volumes.values())) == []
    assert ledger.volumes == len(volumes)
    for volume_id in {event.volume_id for event in told} - {None}:
        numbers = [e.data["generation"] for e in told if e.volume_id == volume_id]
        assert numbers == sorted(set(numbers))


def test_only_the_newest_generation_of_a_volume_is_kept() -> None:
    """For a slow reader; all else stays, in its order."""
    made = Event("volume", {"path": "~/B", "change": "created", "generation": 0})
    events = [generation(1), made, generation(2), generation(1, "~/B", 8), generation(3)]
    assert newest(events) == [made, generation(1, "~/B", 8), generation(3)]


def test_slow_reader_costs_little() -> None:
    """However much happens, a handful of events wait; too far behind it is let go."""
    box = Subscription(1, "t", lambda _box: None)
    box.begin([DOCS])
    for number in range(6, 100_000):
        box.offer(at(number))
    waiting = box.take()
    assert len(waiting) <= 66
    assert waiting[0].name == "hello"
    assert waiting[-1] == generation(99_999)
    for number in range(8, 5000):
        box.offer(Change(Kind.CREATED, 1, number, f"~/{number}"))
        box.offer(Change(Kind.DELETED, 1, number, f"~/{number}"))
        if box.is_lost:
            break
    assert box.is_lost
    assert len(box.take()) < 2000


@given(st.text(), st.integers(0, 2**31 - 1), st.sampled_from(sorted(Kind)))
@settings(max_examples=80, deadline=None)
def test_change_survives_its_way_between_processes(path: str, number: int, kind: Kind) -> None:
    """One line each, whatever stands in a path; too long, it still says whom it is about."""
    change = Change(kind, number, number, path, number, "tök\nen")
    line = to_line(change, 8000)
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert list(from_lines(line + b"{broken\n" + line)) == [change, change]
    assert list(from_lines(to_line(change, 10))) == [Change(Kind.UNKNOWN, number)]


def test_event_is_one_block_of_lines() -> None:
    """No line break of a path gets out of the JSON."""
    text = generation(6, path="~/a\n\r\u2028b").encode().decode()
    assert text == 'event: generation\ndata: {"path":"~/a\\n\\r\u2028b","generation":6}\n\n'
    assert bye(Reason.MAX_AGE).encode() == b'event: bye\ndata: {"reason":"max_age"}\n\n'


async def test_change_between_subscription_and_hello_is_told() -> None:
    """First subscribed, then looked: what falls between is in hello or behind it, once."""
    count = Count()
    hub = Hub(count)
    with hub.serving():
        box = hub.subscribe(1, "t")

        async def look() -> Look:
            hub.deal([at(5), at(6)])  # 5 is in what is read now, 6 is not
            return Look([DOCS])

        stream = ChangeStream(box, look, hub.pace)
        await stream.begin()
        chunks = stream.chunks()
        assert await anext(chunks) == b"retry: 5000\n\n"
        told = (await anext(chunks)).decode()
        assert count.value == 1
        await chunks.aclose()
        stream.close()
        assert count.value == 0
    assert told.count("event:") == 2
    assert '"generation":5}]' in told
    assert told.endswith('data: {"path":"~/Docs","generation":6}\n\n')


async def test_look_that_fails_is_repeated_and_the_stream_goes_on() -> None:
    """The database may be away for a moment."""
    from u1tray.server.changes import stream as module
    from u1tray.vocabulary.errors import BusyError

    answers: list[Look | BusyError] = [
        Look([DOCS]),
        BusyError("away"),
        Look([replace(DOCS, generation=9)]),
    ]

    async def look() -> Look:
        answer = answers.pop(0)
        if isinstance(answer, BusyError):
            raise answer
        return answer

    hub = Hub(Count())
    with hub.serving(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LOOK_AGAIN_AFTER_S", 0.01)
        box = hub.subscribe(1, "t")
        stream = ChangeStream(box, look, hub.pace)
        await stream.begin()
        chunks = stream.chunks()
        await anext(chunks)
        await anext(chunks)
        hub.look_again()
        told = await asyncio.wait_for(anext(chunks), 60)
        assert told == generation(9).encode()
        await chunks.aclose()
        stream.close()


async def test_deliver_from_another_thread_reaches_the_loop() -> None:
    """Writers are threads."""
    hub = Hub(Count())
    with hub.serving():
        box = hub.subscribe(1, "t")
        box.begin([DOCS])
        box.take()
        await asyncio.to_thread(hub.deliver, [at(6)])
        await asyncio.wait_for(box.wait(60), 60)
        assert box.take() == [generation(6)]
        box.cancel()
    hub.deliver([at(7)])  # nobody serves: nothing happens
