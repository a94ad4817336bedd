"""The manual pages say what the programs do: every option of --help stands in them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.end2end

PAGES = Path(__file__).parents[2] / "data/man"
PROGRAMS = sorted(page.stem for page in PAGES.glob("*.1"))
_OPTION = re.compile(r"^\s+(?:-\w, )?(--[a-z-]+)", re.MULTILINE)


def options_of(started, program: str) -> set[str]:
    """The options a program and all its commands name in their help."""
    process = started.module("tests.packaging.helps", program)
    assert process.wait() == 0, process.output
    told = json.loads(process.output)
    assert all(text.startswith(("Usage:", "usage:")) for text in told.values()), told
    return {option for text in told.values() for option in _OPTION.findall(text)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_page_names_every_option(started, program):
    """--help and the manual page agree."""
    page = (PAGES / f"{program}.1").read_text().replace("\\-", "-")
    options = options_of(started, program)
    assert "--version" in options
    assert {option for option in options if option not in page} == set()


@pytest.mark.parametrize("program", PROGRAMS)
def test_page_is_formatted_without_a_complaint(started, program):
    """groff, where the machine has it, finds nothing wrong; else the page has its parts."""
    page = PAGES / f"{program}.1"
    if shutil.which("groff"):
        checked = started.run("groff", "-man", "-Tutf8", "-ww", "-z", str(page))
        assert (checked.returncode, checked.stderr) == (0, "")
    parts = re.findall(r"^\.SH (.*)$", page.read_text(), re.MULTILINE)
    assert parts[:2] == ["NAME", "SYNOPSIS"]
    assert "DESCRIPTION" in parts
