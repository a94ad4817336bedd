"""Tab in a real bash, and what zsh and fish are told, against a real cloud."""

from __future__ import annotations

import time

import pytest

from tests.u1file.bare import Bare
from u1tray.u1file.completion import LIMIT_SECONDS, LIMIT_VARIABLE, limit_seconds

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


@pytest.fixture
def patient(bare: Bare) -> Bare:
    """Somebody at a slow computer."""
    bare.started.env[LIMIT_VARIABLE] = "60"
    return bare


def test_tab_completes_verbs_and_remote_paths_in_bash(patient: Bare):
    """Names with blanks are quoted by the shell; a folder goes on, a file ends the word."""
    bare = patient
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


def test_tab_completes_verbs_and_remote_paths_in_zsh(patient: Bare):
    """The same in a real zsh; a typed ~/ stays a name of the cloud."""
    bare = patient
    bare.log_in()
    bare.store(**{"a, b__it's 1.txt": b"1"})
    shell = bare.terminal("zsh", "-f", "-i")
    shell.type("PS1='> '; autoload -Uz compinit; compinit -u -D; source <(u1file completion zsh)\n")
    shell.type("echo re''ady\n")
    shell.expect("ready")
    shell.type("u1file cat Ub\t")
    shell.expect("Ubuntu\\ One/")
    shell.type("a\t")
    shell.expect("\\ b/")
    shell.type("\t")
    shell.expect("it\\'s\\ 1.txt")
    shell.type("; echo; u1file whoa\t--json\n")
    shell.expect('"email"')
    shell.type("u1file cat ~/Ub\t")
    shell.expect("One/")
    shell.type("a\t\t; echo 'and ''done'\n")
    shell.expect("and done")
    shell.type("exit\n")
    assert shell.wait() == 0
    assert "\n1and done" in shell.screen


def test_tab_completes_verbs_and_remote_paths_in_fish(patient: Bare):
    """The same in a real fish."""
    bare = patient
    bare.log_in()
    bare.store(**{"a, b__it's 1.txt": b"1"})
    shell = bare.terminal("fish", "--no-config", "--private", "-i")
    shell.type("function fish_prompt; echo -n '> '; end; u1file completion fish | source\n")
    shell.type("echo re''ady\n")
    shell.expect("ready")
    shell.type("u1file cat Ub\t")
    shell.expect("One/")
    shell.type("a\t")
    shell.expect("b/")
    shell.type("\t")
    shell.expect("1.txt")
    shell.type("; echo; u1file whoa\t--json\n")
    shell.expect('"email"')
    shell.type("u1file cat ~/Ub\t")
    shell.expect("One/")
    shell.type("a\t\t; echo 'and ''done'\n")
    shell.expect("and done")
    shell.type("exit\n")
    assert shell.wait() == 0


def test_zsh_and_fish_are_told_the_same(patient: Bare):
    """Each in the form its script reads; a typed ~/ stays."""
    bare = patient
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


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, LIMIT_SECONDS),
        ("7.5", 7.5),
        *((bad, LIMIT_SECONDS) for bad in ("", "x", "-1", "nan")),
    ],
)
def test_limit_is_what_the_environment_says(monkeypatch, said, seconds):
    """U1FILE_COMPLETION_SECONDS; nonsense is passed over, as everything at a Tab."""
    monkeypatch.delenv(LIMIT_VARIABLE, raising=False)
    if said is not None:
        monkeypatch.setenv(LIMIT_VARIABLE, said)
    assert limit_seconds() == seconds
