"""The scripts for the shells: as installed, and without a complaint of the shell itself."""

from __future__ import annotations

import pytest

from tools import completions
from u1tray.terminal import shells

pytestmark = pytest.mark.core


def test_installed_scripts_are_up_to_date():
    """python -m tools.completions writes them."""
    for file, text in completions.files():
        assert file.read_text() == text, f"run python -m tools.completions: {file}"


def test_bash_reads_its_script(started):
    """The one shell that every machine here has."""
    for program in completions.PROGRAMS:
        text = shells.script("bash", program)
        read = started.run("bash", "--norc", "-n", stdin=text)
        assert (read.returncode, read.stderr) == (0, "")
