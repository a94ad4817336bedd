"""Children that are started again: how often, how soon, and never behind the back of the end."""

from __future__ import annotations

import os
import signal

import pytest

from tests.rig.processes import wait_until
from u1tray.tray.embedded.children import Children
from u1tray.tray.embedded.keeping import (
    LONGEST_PAUSE_SECONDS,
    MOST_QUICK_DEATHS,
    keep,
    pause_seconds,
    renew,
)
from u1tray.vocabulary.errors import OfflineError, ServerError

pytestmark = pytest.mark.core


@pytest.fixture
def children():
    running = Children()
    yield running
    running.end()


def at_once(deaths: int) -> float | None:
    """As many quick deaths as in earnest, without their pauses."""
    return None if pause_seconds(deaths) is None else 0.0


def test_pauses_grow_and_end():
    """A first death costs nobody a moment; one death after the other is given up."""
    pauses = [pause_seconds(deaths) for deaths in range(1, MOST_QUICK_DEATHS + 1)]
    assert pauses[-1] is None
    waits = [pause for pause in pauses if pause is not None]
    assert len(waits) == MOST_QUICK_DEATHS - 1
    assert waits == sorted(waits)
    assert waits[0] < 1
    assert max(waits) <= LONGEST_PAUSE_SECONDS


def test_killed_child_is_started_again_and_it_is_said(children):
    """A cloud that dies comes back; the person hears of both."""
    said: list[str] = []
    words = ["sh", "-c", "echo ready; exec sleep 60"]
    started = [children.start(words, log_name="child.log")]

    def start_again():
        started.append(children.start(words, log_name="child.log"))
        started[-1].wait_for_line("ready", 60)
        return started[-1]

    keep(started[0], children, start_again, said.append)
    for count in (2, 3):
        os.kill(started[-1].process_id, signal.SIGKILL)
        wait_until(lambda lines=2 * (count - 1): len(said) == lines, 60, "it is said")
        assert len(started) == count
        assert started[-1].status is None
    assert said[0] == "sh was killed (SIGKILL) and is started again."
    assert said[1].startswith("sh runs again.")


def test_child_that_dies_again_and_again_is_given_up_in_clear_words(children):
    """What is wrong is in the log, and what to do is said."""
    said: list[str] = []
    starts = []

    def start_again():
        starts.append(children.start(["sh", "-c", "exit 3"], log_name="child.log"))
        return starts[-1]

    keep(start_again(), children, start_again, said.append, at_once)
    wait_until(lambda: any("Quit the indicator" in line for line in said), 60, "it is given up")
    assert len(starts) == MOST_QUICK_DEATHS
    assert said[0] == "sh ended by itself (status 3) and is started again."
    assert "not started any more: see " in said[-2]
    assert said[-2].endswith("child.log.")


def test_start_that_fails_counts_as_a_death(children):
    """Such as a port that another program took meanwhile."""
    said: list[str] = []
    attempts = []

    def start_again():
        attempts.append(1)
        text = "address in use"
        raise ServerError(text)

    keep(children.start(["false"], log_name="c.log"), children, start_again, said.append, at_once)
    wait_until(lambda: any("Quit the indicator" in line for line in said), 60, "it is given up")
    assert len(attempts) == MOST_QUICK_DEATHS - 1
    assert said[1] == "false did not start and is started again."


def test_child_that_we_end_stays_ended(children):
    """No new start, and not a word."""
    said: list[str] = []
    child = children.start(["sleep", "60"], log_name="c.log")
    keep(child, children, lambda: pytest.fail("started again"), said.append)
    children.end()
    assert child.status is not None
    assert said == []


def test_end_in_a_pause_is_not_waited_for(children):
    """Whoever ends everything finds nobody that starts something."""
    said: list[str] = []
    starts = []
    keep(children.start(["false"], log_name="c.log"), children, starts.append, said.append, hour)
    wait_until(lambda: said, 60, "it is said")
    children.end()
    assert starts == []


def hour(_deaths: int) -> float:
    """A pause that nobody waits for."""
    return 3600.0


def test_child_that_asks_for_a_new_start_gets_it(children, home):
    """D-Bus contract, 10.1: as often as it asks, and not when it ended otherwise."""
    starts = home / "starts"
    script = f"echo x >>{starts}; test $(wc -l <{starts}) -ge 4 && exit 1; exit 42"
    words = ["sh", "-c", script]
    renew(children.start(words), 42, lambda: children.start(words))
    wait_until(lambda: starts.exists() and starts.read_text() == "x\n" * 4, 60, "all starts")
    children.end()
    assert starts.read_text() == "x\n" * 4


def test_child_is_not_started_again_once_everything_ends(children, home):
    """Nothing may come to be behind the back of who ends all."""
    marker = home / "again"
    child = children.start(
        ["sh", "-c", "trap 'exit 42' TERM; echo ready; sleep 60 & wait"], None, "c"
    )
    child.wait_for_line("ready", 60)
    renew(child, 42, lambda: children.start(["touch", str(marker)]))
    children.end()
    assert child.status == 42
    with pytest.raises(OfflineError, match="not started any more"):
        children.start(["touch", str(marker)])
    assert not marker.exists()
