"""The state dict on the wire (D-Bus contract, section 4)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.vocabulary.states import TRAITS, Connection, DaemonState, StateName

pytestmark = pytest.mark.core

TRACES = Path(__file__).parents[1] / "traces"


def recorded_states() -> list[dict[str, str]]:
    lines = (line for file in TRACES.glob("*.jsonl") for line in file.read_text().splitlines())
    records = [json.loads(line) for line in lines]
    return [r["args"][0] for r in records if r.get("member") == "StatusChanged"]


def test_every_name_has_its_traits():
    """The table of 4.1 is whole."""
    assert set(TRAITS) == set(StateName)


@pytest.mark.parametrize("state", recorded_states(), ids=lambda s: s["name"])
def test_recorded_state_survives_reading_and_writing(state):
    """What the original daemon sent is what we would send."""
    assert DaemonState.from_wire(state).to_wire() == state


@pytest.mark.parametrize("state", recorded_states(), ids=lambda s: s["name"])
def test_recorded_state_equals_ours(state):
    """Our table gives the recorded description and flags for the same name."""
    ours = DaemonState.of(
        StateName(state["name"]), state["queues"], Connection(state["connection"])
    )
    assert ours.to_wire() == state


@given(st.dictionaries(st.text(), st.text()))
def test_any_dict_is_read_without_an_exception(wire):
    """T15: missing and unknown keys never fail."""
    assert set(DaemonState.from_wire(wire).to_wire()) == {
        "name", "description", "is_error", "is_connected", "is_online", "queues", "connection",
    }  # fmt: skip
