"""What programs are told in JSON of what went wrong, by u1file and u1sync."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.core

WRONG = [
    "u1file put --json --jobs x a b",
    "u1file put --jobs x a b --json",
    "u1file put --json",
    "u1file put --nothing a --json b",
    "u1file quota --json more",
    "u1file nothing --json",
    "u1file --nothing quota --json",
    "u1file --json",
    "u1file devices --json nothing",
    "u1sync status --json --nothing",
    "u1sync wait --json --timeout",
    "u1sync held --json apply x",
]


@pytest.mark.parametrize("line", WRONG)
def test_wrong_use_is_a_line_of_json(started, line):
    """As every other error is: text, code, exit code; a person finds the same beside it."""
    done = started.run(*line.split())
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert (told["code"], told["exit_code"]) == ("", 2)
    assert told["error"] in done.stderr


@pytest.mark.parametrize("line", ["u1sync folders --json", "u1file quota --json"])
def test_what_went_wrong_is_a_line_of_json(started, line):
    """There is neither a bus nor a cloud here."""
    done = started.run(*line.split())
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode > 0
    assert told["error"] in done.stderr


@pytest.mark.parametrize("line", ["u1file put --nothing", "u1file put -- --json", "u1sync nothing"])
def test_wrong_use_without_the_option_is_no_json(started, line):
    """Behind `--` it is a name."""
    done = started.run(*line.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_help_of_a_group_is_no_error_in_json(started):
    """It is shown to whoever says no verb."""
    done = started.run("u1file")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr
