"""The tutorial's verbs from a script, against the real service, keyring and cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.rig.cloud import EMAIL
from tests.u1file.conftest import Desk

pytestmark = pytest.mark.end2end

MEBIBYTE = 1024 * 1024
LONGEST = "ü" * 127 + "x"
NAMES = [
    "a b",
    "ünï-日本",
    "50% off",
    "100%41",
    "a+b;c=d&e?f#g",
    "two\nlines",
    "\\back'quote\"",
    "~",
    "-dash",
    "....",
    LONGEST,
]


@pytest.fixture
def logged_in(desk: Desk) -> Desk:
    assert desk.log_in().returncode == 0
    return desk


def done(result, code=0):
    """The standard output of a verb that ended so."""
    assert result.returncode == code, (result.args, result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    return result.stdout


def test_whole_tutorial_ends_in_identical_bytes(desk: Desk, home):
    """17: log-in, create-volume, put, list, query, get, delete, log-out, in that order."""
    done(desk.log_in())
    letter, back = home / "letter.txt", home / "back.txt"
    letter.write_bytes(os.urandom(100_000))
    assert done(desk.u1file("create-volume", "Docs")) == ""
    assert done(desk.u1file("put", str(letter), "Docs/letters/letter.txt")) == ""
    assert done(desk.u1file("list")) == "~/Ubuntu One\n~/Docs\n"
    assert done(desk.u1file("list", "Docs")) == "letters/\n"
    assert done(desk.u1file("ls", "~/Docs/letters")) == "letter.txt\n"
    assert "\nsize: 100000\n" in done(desk.u1file("query", "Docs/letters/letter.txt"))
    done(desk.u1file("get", "Docs/letters/letter.txt", str(back)))
    assert back.read_bytes() == letter.read_bytes()
    asked = json.loads(done(desk.u1file("query", "--json", "Docs/letters/letter.txt")))
    changed = subprocess.check_output(["date", "-u", "-d", asked["when_changed"], "+%s"])
    assert back.stat().st_mtime == int(changed)
    assert back.stat().st_mode & 0o777 == letter.stat().st_mode & 0o777
    done(desk.u1file("delete", "Docs/letters/letter.txt"))
    assert done(desk.u1file("list", "Docs/letters")) == ""
    done(desk.u1file("logout"))
    done(desk.u1file("list"), 3)


def test_without_log_in_every_verb_says_how(desk: Desk, home):
    """Exit code 3 and one line."""
    desk.started.env["U1_API_URL"] = desk.cloud.url
    for arguments in [
        ("list",),
        ("query", "D/a"),
        ("get", "D/a", "a"),
        ("rm", "D/a"),
        ("create-volume", "D"),
    ]:
        said = desk.u1file(*arguments)
        assert (said.returncode, said.stdout) == (3, "")
        assert said.stderr == "u1file: Not logged in: run u1file login\n"


def test_any_name_comes_back_as_it_was(logged_in: Desk, home):
    """3: names are kept byte for byte; on a line of a list they cannot break out."""
    sent, back = home / "sent", home / "back"
    for name in NAMES:
        sent.write_text(name)
        remote = f"~/Ubuntu One/{name}/{name}"
        done(logged_in.u1file("put", str(sent), remote))
        done(logged_in.u1file("get", remote, str(back)))
        assert back.read_text() == name
        listed = json.loads(done(logged_in.u1file("ls", "--json", f"~/Ubuntu One/{name}")))
        assert listed["path"] == f"/{name}/{name}"
    assert done(logged_in.u1file("ls", "~/Ubuntu One")).count("\n") == len(NAMES)


def test_empty_file_is_a_file(logged_in: Desk, home):
    """7: size 0 and a real hash, there and back."""
    (home / "empty").touch()
    stored = json.loads(done(logged_in.u1file("put", "--json", str(home / "empty"), "Ubuntu One")))
    assert (stored["size"], stored["path"]) == (0, "/empty")
    assert stored["hash"] == "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"
    done(logged_in.u1file("get", "Ubuntu One/empty", str(home / "back")))
    assert (home / "back").read_bytes() == b""


REFUSALS = [
    (("query", "Docs/none"), 4, "Not found: ~/Docs/none"),
    (("put", "{home}/none", "Docs/x"), 4, "on this computer"),
    (("put", "{home}", "Docs/x"), 2, "is a folder"),
    (("put", "/dev/null", "Docs/x"), 2, "is not a file"),
    (("put", "{home}/file", "Nowhere/x"), 4, "Not found: ~/Nowhere/x"),
    (("put", "{home}/file", "Docs/../x"), 2, "cannot keep"),
    (("put", "{home}/file", "/etc/x"), 2, "a path of this computer"),
    (("put", "{home}/file", "Docs/file/x"), 5, "Permission denied"),
    (("get", "Docs/dir", "{home}/x"), 5, "a folder"),
    (("get", "Docs/file", "{home}/no/x"), 4, "on this computer"),
    (("get", "Docs/file", "/dev/null"), 2, "is not a file"),
    (("delete", "Docs/dir"), 5, "--recursive"),
    (("delete", "Docs"), 5, "Permission denied"),
    (("mkdir", "Docs/file"), 6, "Conflict"),
    (("mv", "Docs/dir/in", "Docs/file"), 6, "--force"),
    (("mv", "Docs/file", "Ubuntu One/file"), 2, "Only within"),
    (("mv", "Docs/none", "Docs/x"), 4, "Not found"),
    (("publish", "Docs/dir"), 5, "Permission denied"),
    (("create-volume", "Docs/in"), 5, "Permission denied"),
    (("create-volume", "/"), 2, "a path of this computer"),
    (("list", ""), 2, "names nothing"),
]
PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def test_large_file_needs_little_memory(logged_in: Desk, home):
    """At most 80 MiB of memory in both directions, and the same bytes come back."""
    large, back = home / "large", home / "back"
    part = os.urandom(MEBIBYTE)
    large.write_bytes(b"".join(part[i:] + part[:i] for i in range(64)))
    measured = (sys.executable, "-c", PEAK, "u1file")
    up = done(logged_in.started.run(*measured, "put", str(large), "Ubuntu One/large"))
    down = done(logged_in.started.run(*measured, "get", "Ubuntu One/large", str(back)))
    assert int(up) < 80 * 1024
    assert int(down) < 80 * 1024
    assert back.read_bytes() == large.read_bytes()


def test_no_room_says_how_much_is_missing(logged_in: Desk, home):
    """12: exit code 7, before or after sending; the old content stays."""
    small, large = home / "small", home / "large"
    small.write_bytes(b"x" * 300_000)
    with large.open("wb") as file:
        file.truncate(20 * MEBIBYTE)
    logged_in.cloud.administer("user", "quota", EMAIL, "100000")
    for source, missing in ((small, "200.0 kB are missing"), (large, "20.9 MB are missing")):
        said = logged_in.u1file("put", str(source), "Ubuntu One/file")
        done(said, 7)
        assert "Out of space: ~/Ubuntu One/file: " in said.stderr
        assert missing in said.stderr
    done(logged_in.u1file("get", "Ubuntu One/file", str(home / "back")), 4)
    assert not (home / "back").exists()


def test_refusals_have_the_tutorials_words_and_an_exit_code(tutored: Desk, home):
    """12: one line on stderr, nothing on stdout, nothing left behind."""
    for arguments, code, words in REFUSALS:
        said = tutored.u1file(*(each.format(home=home) for each in arguments))
        assert done(said, code) == ""
        assert words in said.stderr
        assert said.stderr.count("\n") == 1
    assert list(home.glob(".u1file-*")) == []


@pytest.fixture
def tutored(logged_in: Desk, home) -> Desk:
    """With ~/Docs/file and ~/Docs/dir/in."""
    (home / "file").write_text("hello world")
    done(logged_in.u1file("create-volume", "Docs"))
    done(logged_in.u1file("put", str(home / "file"), "Docs/file"))
    done(logged_in.u1file("put", str(home / "file"), "Docs/dir/in"))
    return logged_in


def test_verbs_beside_the_tutorial(tutored: Desk, home):
    """cat, mkdir, mv, publish, unpublish, rm -r, volumes: what they print and do."""
    assert done(tutored.u1file("cat", "Docs/file")) == "hello world"
    done(tutored.u1file("mkdir", "Docs/new/deep"))
    done(tutored.u1file("mv", "Docs/file", "Docs/new"))
    done(tutored.u1file("mv", "Docs/new/file", "Docs/new/other"))
    assert done(tutored.u1file("ls", "Docs/new")) == "deep/\nother\n"
    done(tutored.u1file("mv", "--force", "Docs/dir/in", "Docs/new/other"))
    assert done(tutored.u1file("ls", "Docs/dir")) == ""
    url = done(tutored.u1file("publish", "Docs/new/other")).strip()
    public = tutored.started.run("curl", "-sf", url)
    assert public.stdout == "hello world"
    assert done(tutored.u1file("ls", "-l", "Docs/new")).splitlines()[1].startswith("p  11 bytes  ")
    assert done(tutored.u1file("published")) == f"{url}  ~/Docs/new/other\n"
    done(tutored.u1file("unpublish", "Docs/new/other"))
    assert done(tutored.u1file("published", "--json")) == ""
    assert tutored.started.run("curl", "-sf", url).returncode != 0
    done(tutored.u1file("rm", "-r", "Docs/new"))
    assert done(tutored.u1file("ls", "Docs")) == "dir/\n"
    listed = [json.loads(line) for line in done(tutored.u1file("volumes", "--json")).splitlines()]
    assert [each["path"] for each in listed] == ["~/Ubuntu One", "~/Docs"]
    again = tutored.u1file("create-volume", "Docs", "--json")
    assert json.loads(done(again))["type"] == "udf"
    assert "was there already" in again.stderr
    assert "--recursive" in tutored.u1file("rm-volume", "Docs").stderr
    done(tutored.u1file("rm-volume", "-r", "Docs"))
    assert done(tutored.u1file("list")) == "~/Ubuntu One\n"
    done(tutored.u1file("rm-volume", "Ubuntu One"), 5)


def test_path_the_shell_expanded_means_the_cloud(tutored: Desk, home):
    """An unquoted ~/Docs/file arrives with the home directory in it."""
    assert done(tutored.u1file("cat", f"{home}/Docs/file")) == "hello world"


def test_pipes_go_both_ways(tutored: Desk, home):
    """`-`: standard input up, standard output down; with a name of its own only."""
    done(tutored.u1file("put", "-", "Docs/piped", stdin="from a pipe"))
    assert done(tutored.u1file("get", "Docs/piped", "-")) == "from a pipe"
    done(tutored.u1file("get", "--json", "Docs/piped", "-"), 2)
    done(tutored.u1file("put", "-", "Docs/", stdin="x"), 2)
    assert done(tutored.u1file("ls", "Docs")) == "dir/\nfile\npiped\n"


def test_quiet_says_nothing_and_closed_output_is_no_crash(tutored: Desk, home):
    """--quiet: neither remark nor progress; a full disk behind stdout is one line."""
    said = tutored.u1file("put", "-q", str(home / "file"), "Docs/quiet")
    assert (said.stdout, said.stderr) == ("", "")
    full = tutored.started.run("sh", "-c", "u1file list Docs >/dev/full")
    done(full, 1)
    assert "cannot be written" in full.stderr
