"""When a terminal gets colours (no-color.org; CLICOLOR)."""

from __future__ import annotations

import io

import pytest

from u1tray.terminal import colours
from u1tray.terminal.colours import Colour

pytestmark = pytest.mark.core

VARIABLES = ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM")
CASES = [
    ({}, True, True),
    ({}, False, False),
    ({"NO_COLOR": "1"}, True, False),
    ({"NO_COLOR": ""}, True, True),
    ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
    ({"CLICOLOR": "0"}, True, False),
    ({"CLICOLOR": "1"}, False, False),
    ({"CLICOLOR_FORCE": "1"}, False, True),
    ({"CLICOLOR_FORCE": "0"}, False, False),
    ({"TERM": "dumb"}, True, False),
]


class Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(("environment", "is_terminal", "wanted"), CASES)
def test_colours_are_for_terminals_of_people_who_want_them(
    monkeypatch, environment, is_terminal, wanted
):
    """What is piped holds no escape sequence, unless that is asked for."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Stream(is_terminal=is_terminal)
    assert colours.are_wanted(stream) is wanted
    shown = colours.painted("name", Colour.FOLDER, stream)
    assert (shown != "name") is wanted
    assert "name" in shown
