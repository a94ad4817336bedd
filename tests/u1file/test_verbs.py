"""What holds for every verb alike."""

from __future__ import annotations

import click
import pytest

from tests.u1file.bare import Bare
from u1tray.u1file.cli import VERBS, cli
from u1tray.vocabulary.errors import MEANINGS

pytestmark = pytest.mark.end2end

# What a verb needs to be typed; those without an entry work without an account.
ARGUMENTS = {
    "devices": (),
    "whoami": (),
    "quota": (),
    "volumes": (),
    "create-volume": ("V",),
    "rm-volume": ("V",),
    "mkdir": ("V/a",),
    "put": ("{home}/file", "V/a"),
    "get": ("V/a", "{home}/got"),
    "cat": ("V/a",),
    "list": (),
    "ls": ("-R",),
    "sync": ("{home}/folder", "V"),
    "diff": ("{home}/folder", "V"),
    "verify": (),
    "query": ("V",),
    "cp": ("V/a", "V/b"),
    "mv": ("V/a", "V/b"),
    "delete": ("V/a",),
    "rm": ("V/a", "V/b"),
    "publish": ("V/a",),
    "unpublish": ("V/a",),
    "published": (),
}
WITHOUT_ACCOUNT = {"login", "logout", "completion"}
# They print a content, or what a shell reads.
WITHOUT_JSON = {"cat", "completion"}


def test_every_verb_without_log_in_says_how(bare: Bare, home):
    """Exit code 3, one line on stderr, nothing on stdout."""
    assert set(VERBS) == {*ARGUMENTS, *WITHOUT_ACCOUNT}
    bare.started.env["U1_API_URL"] = bare.cloud.url
    (home / "file").write_text("x")
    (home / "folder").mkdir()
    for verb, arguments in ARGUMENTS.items():
        said = bare.u1file(verb, *(each.format(home=home) for each in arguments))
        assert (verb, said.returncode, said.stdout) == (verb, 3, "")
        assert (verb, said.stderr) == (verb, "u1file: Not logged in: run u1file login\n")


def test_every_verb_has_json_and_a_sentence():
    """Scripts need no other form; --help says what each does."""
    context = click.Context(cli)
    for name in VERBS:
        verb = cli.get_command(context, name)
        assert verb is not None
        options = {option for parameter in verb.params for option in parameter.opts}
        assert ("--json" in options) == (name not in WITHOUT_JSON), name
        assert ("--quiet" in options) == (name != "completion"), name
        assert verb.help, name


def test_exit_codes_are_one_for_each_family():
    """The help and the manual page name every one."""
    codes = [meaning.exit_code for meaning in MEANINGS.values()]
    assert len(set(codes)) == len(codes)
    help_text = " ".join((cli.epilog or "").split())
    for code in codes:
        assert f" {code} " in help_text, code
