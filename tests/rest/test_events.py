"""Server-sent events out of bytes, and what the cloud's events say (REST contract, 16.2)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.rest import changes
from u1tray.rest.changes import Bye, GenerationChanged, Hello, VolumeCreated, VolumeDeleted
from u1tray.rest.events import EventReader, Message
from u1tray.rest.lines import LONGEST_LINE_BYTES
from u1tray.vocabulary.errors import ContractError

pytestmark = pytest.mark.core

STREAM = (
    "retry: 5000\n\n"
    'event: hello\ndata: {"volumes": [{"path": "~/Döcs", "generation": 17}]}\n\n'
    ": hb\n\n"
    'event: generation\ndata: {"path": "~/Döcs", "generation": 18}\n\n'
)


def read(data: bytes) -> list[Message]:
    return list(EventReader().feed(data))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_events_end_with_every_kind_of_line(end: str) -> None:
    """Comments, `retry` and empty blocks are no events."""
    # What follows a lone CR must show that no LF does.
    found = read((STREAM + ": more\n").replace("\n", end).encode())
    assert [message.name for message in found] == ["hello", "generation"]
    assert json.loads(found[0].data) == {"volumes": [{"path": "~/Döcs", "generation": 17}]}


@given(st.lists(st.integers(0, 400), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=60, deadline=None)
def test_events_are_the_same_however_they_arrive(cuts: list[int], end: str) -> None:
    """Also where a character, or CR and LF, are parted."""
    data = (STREAM + ": more\n").replace("\n", end).encode()
    reader = EventReader()
    found, begin = [], 0
    for cut in [*sorted(cuts), len(data)]:
        found += reader.feed(data[begin:cut])
        begin = max(begin, cut)
    assert found == read(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: a\ndata: b\n\n", Message("message", "a\nb")),
        ("data:a\n\n", Message("message", "a")),
        ("data:  a\n\n", Message("message", " a")),
        ("data\n\n", Message("message", "")),
        ("\ufeffdata: a\n\n", Message("message", "a")),
        ("id: 1\nfoo: bar\nevent: x\ndata: a\n\n", Message("x", "a")),
        ("event: x\n\ndata: a\n\n", Message("message", "a")),
    ],
)
def test_event_is_read_as_browsers_read_it(text: str, message: Message) -> None:
    """The rules of server-sent events."""
    assert read(text.encode()) == [message]


@pytest.mark.parametrize("text", ["event: x\n\n", ": a\n\n", "data: unfinished\n", "\n\n"])
def test_nothing_without_data_is_an_event(text: str) -> None:
    """Nor what has no empty line behind it yet."""
    assert read(text.encode()) == []


def test_endless_line_is_refused() -> None:
    """However small the parts are that it comes in."""
    reader = EventReader()
    for _ in range(LONGEST_LINE_BYTES // 65536):
        assert list(reader.feed(b"x" * 65536)) == []
    with pytest.raises(ContractError):
        list(reader.feed(b"x"))


def test_endless_event_is_refused() -> None:
    """Of lines that do end."""
    reader = EventReader()
    for _ in range(LONGEST_LINE_BYTES // 65536):
        assert list(reader.feed(b"data: " + b"x" * 65536 + b"\n")) == []
    with pytest.raises(ContractError):
        list(reader.feed(b"data: x\n"))


@pytest.mark.parametrize(
    ("name", "data", "change"),
    [
        ("hello", {"volumes": []}, Hello({})),
        ("hello", {"volumes": [{"path": "~/D", "generation": 1}], "x": 1}, Hello({"~/D": 1})),
        ("generation", {"path": "~/D", "generation": 2}, GenerationChanged("~/D", 2)),
        (
            "volume",
            {"path": "~/D", "change": "created", "generation": 0},
            VolumeCreated("~/D", 0),
        ),
        ("volume", {"path": "~/D", "change": "deleted"}, VolumeDeleted("~/D")),
        ("volume", {"path": "~/D", "change": "renamed"}, None),
        ("bye", {"reason": "max_age"}, Bye("max_age")),
        ("bye", {}, Bye("")),
        ("news", {"x": 1}, None),
    ],
)
def test_event_is_a_change(name: str, data: object, change: object) -> None:
    """Unknown keys and events are passed over (17)."""
    assert changes.read(Message(name, json.dumps(data))) == change


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("hello", "{"),
        ("hello", "[]"),
        ("hello", "{}"),
        ("hello", '{"volumes": [{"path": 1, "generation": 1}]}'),
        ("generation", '{"path": "~/D", "generation": -1}'),
        ("generation", '{"path": "~/D", "generation": true}'),
        ("volume", '{"path": "~/D"}'),
        ("volume", '{"path": "~/D", "change": "created"}'),
        ("bye", "1"),
    ],
)
def test_event_that_breaks_the_contract_is_refused(name: str, data: str) -> None:
    """Never a wrong value."""
    with pytest.raises(ContractError):
        changes.read(Message(name, data))
