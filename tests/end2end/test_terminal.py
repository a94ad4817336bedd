"""The whole tutorial of u1file in a real terminal, against a cloud; its record is kept whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.processes import Processes
from tests.rig.tmux import PROMPT, Tmux

pytestmark = pytest.mark.end2end


@pytest.fixture
def tmux(started: Processes, home: Path) -> Iterator[Tmux]:
    passphrase = home / "passphrase"
    passphrase.write_text("open sesame\n")
    passphrase.chmod(0o600)
    started.env |= {"U1TRAY_PASSPHRASE_FILE": str(passphrase), "TERM": "xterm"}
    made = Tmux(started, home)
    yield made
    made.end()


def test_whole_tutorial_in_a_terminal_ends_without_a_difference(started, home, tmux):
    """Log-in by hand, a volume, files up, listed, down; `diff` finds nothing; log-out."""
    cloud = start_cloud(started, home)
    here = home / "letters"
    (here / "old").mkdir(parents=True)
    (here / "one.txt").write_text("first\n")
    (here / "old/two.bin").write_bytes(os.urandom(3_000_000))
    tmux.type(f"cd {home}; clear; u1file login --api-url {cloud.url}")
    tmux.expect("E-mail:")
    tmux.type(EMAIL)
    tmux.expect("Password:")
    tmux.type(PASSWORD)
    tmux.expect(f"Logged in.\n{PROMPT}")
    assert tmux.run("u1file create-volume Docs") == ""
    tmux.run("u1file put -r letters Docs/letters")
    assert tmux.run("u1file ls -R Docs/letters") == (
        "~/Docs/letters:\nold/\none.txt\n\n~/Docs/letters/old:\ntwo.bin"
    )
    assert "size: 3000000" in tmux.run("u1file query Docs/letters/old/two.bin")
    tmux.run("u1file cp -r Docs/letters Docs/copy")
    tmux.run("u1file get -r Docs/copy back")
    assert tmux.run("u1file diff letters Docs/letters") == ""
    assert tmux.run("u1file diff back Docs/letters") == ""
    assert tmux.run("diff -r letters back") == ""
    assert "none damaged" in tmux.run("u1file verify")
    tmux.run("u1file rm -r Docs/copy Docs/letters")
    assert "Logged out." in tmux.run("u1file logout")
    assert PASSWORD not in tmux.record
    assert "Traceback" not in tmux.record
