"""Tab in a real bash, and what zsh and fish are told, against a real cloud."""

from __future__ import annotations

import time

import pytest

from tests.u1file.bare import Bare
from u1tray.u1file.completion import LIMIT_SECONDS

pytestmark = pytest.mark.end2end


def answer(bare: Bare, shell: str, line: str, word: str) -> str:
    """What a shell gets for a line whose last word is to be completed."""
    bare.started.env |= {"COMP_WORDS": line, "COMP_CWORD": word}
    bare.started.env["_U1FILE_COMPLETE"] = f"{shell}_complete"
    try:
        told = bare.u1file()
    finally:
        del bare.started.env["_U1FILE_COMPLETE"]
    assert told.stderr == ""
    return told.stdout if told.stdout.strip() else ""


def test_tab_completes_verbs_and_remote_paths_in_bash(bare: Bare):
    """Names with blanks are quoted by the shell; a folder goes on, a file ends the word."""
    bare.log_in()
    bare.store(**{"a, b__it's 1.txt": b"1"})
    shell = bare.terminal("bash", "--norc", "--noprofile", "-i")
    shell.type(
        "bind 'set enable-bracketed-paste off'; source <(u1file completion bash); PS1='> '\n"
    )
    shell.type("u1file cat Ub\t")
    shell.expect("Ubuntu\\ One/")
    shell.type("a\t")
    shell.expect("a\\,\\ b/")
    shell.type("\t")
    shell.expect("it\\'s\\ 1.txt ")
    shell.type("; echo; u1file whoa\t--json\n")
    shell.expect('"email"')
    shell.type("exit\n")
    assert shell.wait() == 0
    assert "\n1\n" in shell.screen


def test_zsh_and_fish_are_told_the_same(bare: Bare):
    """Each in the form its script reads; a typed ~/ stays."""
    bare.log_in()
    bare.store(a__b=b"1")
    assert answer(bare, "zsh", "u1file ls Ubuntu\\ One/", "2") == "remote\nUbuntu One/a/\n_\n"
    assert answer(bare, "fish", "u1file ls ~/Ub", "~/Ub") == "remote,~/Ubuntu One/\n"
    for verb, first, later in [
        ("put", "file,Ub\n", "remote,Ubuntu One/\nfile,Ub\n"),
        ("get", "remote,Ubuntu One/\n", "remote,Ubuntu One/\nfile,Ub\n"),
    ]:
        assert answer(bare, "bash", f"u1file {verb} Ub", "2") == first
        assert answer(bare, "bash", f"u1file {verb} x Ub", "3") == later
    assert "plain,whoami" in answer(bare, "fish", "u1file who", "who")


def test_trouble_is_silent_and_short(bare: Bare):
    """Not logged in, no cloud, no passphrase: nothing, at once, and no question."""
    line = ("bash", "u1file ls Ub", "2")
    assert answer(bare, *line) == ""
    bare.log_in()
    del bare.started.env["U1TRAY_PASSPHRASE_FILE"]
    assert answer(bare, *line) == ""
    bare.started.env["U1_API_URL"] = "http://192.0.2.1"
    begun = time.monotonic()
    assert answer(bare, *line) == ""
    assert time.monotonic() - begun < LIMIT_SECONDS + 15
