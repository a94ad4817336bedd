"""What people type by mistake, and what scripts get: nothing is half, and no word is wrong."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD
from tests.u1file.bare import Bare

pytestmark = pytest.mark.end2end

ROOT = "Ubuntu One"


@pytest.fixture
def person(bare: Bare) -> Bare:
    bare.log_in()
    return bare


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("size", [2_000_000, 20_000_000])
def test_put_without_room_leaves_nothing(person: Bare, home: Path, size: int):
    """12: it says how much is missing; what was not there is not there, what was stays."""
    person.store(kept=b"kept")
    person.cloud.administer("user", "quota", EMAIL, "1000000")
    (home / "large").write_bytes(os.urandom(size))
    for target in ("new", "kept"):
        said = person.u1file("put", str(home / "large"), f"{ROOT}/{target}")
        assert said.returncode == 7, said.stderr
        assert "are missing" in said.stderr
    assert person.done("ls", ROOT) == "kept\n"
    assert person.done("cat", f"{ROOT}/kept") == "kept"


def test_name_of_no_encoding_is_valid_json(person: Bare, home: Path):
    """A script that reads UTF-8 reads every line."""
    folder = home / "folder"
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9")).write_text("x")
    (folder / "café").write_text("x")
    for locale in ("C.UTF-8", "C"):
        person.started.env["LC_ALL"] = locale
        said = person.u1file("diff", "--json", str(folder), ROOT)
        assert said.returncode == 1, said.stderr
        said.stdout.encode()
        assert [each["local"] for each in lines(said.stdout)] == [
            str(folder / "café"),
            str(folder / os.fsdecode(b"caf\xe9")),
        ]


def test_final_slash_means_a_folder(person: Bare):
    """mv and cp put a file into what is called a folder, and rename nothing to it."""
    person.store(a=b"a")
    person.done("cp", f"{ROOT}/a", f"{ROOT}/into/")
    assert person.done("cat", f"{ROOT}/into/a") == "a"
    missing = person.u1file("mv", f"{ROOT}/a", f"{ROOT}/none/")
    assert missing.returncode == 4, missing.stderr
    person.done("mkdir", f"{ROOT}/there")
    person.done("mv", f"{ROOT}/a", f"{ROOT}/there/")
    assert person.done("ls", "-R", ROOT) == (
        f"~/{ROOT}:\ninto/\nthere/\n\n~/{ROOT}/into:\na\n\n~/{ROOT}/there:\na\n"
    )
    person.done("mv", f"{ROOT}/there", f"{ROOT}/elsewhere/")
    assert person.done("cat", f"{ROOT}/elsewhere/a") == "a"


def test_folder_is_no_volume_and_no_file(person: Bare, home: Path):
    """What cannot be done to a folder is said of a folder, and how it can be done."""
    person.store(d__a=b"a")
    (home / "folder").mkdir()
    for arguments, code, says in (
        (("rm-volume", "-r", f"{ROOT}/d"), 5, "This is no volume."),
        (("rm", f"{ROOT}/d"), 5, "add --recursive"),
        (("rm", "-r", ROOT), 5, "u1file rm-volume"),
        (("cat", f"{ROOT}/d"), 5, "This is a folder."),
        (("cp", f"{ROOT}/d", f"{ROOT}/e"), 5, "add --recursive"),
        (("put", str(home / "folder"), f"{ROOT}/e"), 2, "add --recursive"),
    ):
        said = person.u1file(*arguments)
        assert (arguments, said.returncode) == (arguments, code), said.stderr
        assert says in said.stderr, arguments
        is_refused_there = arguments[:2] == ("rm", "-r")
        assert ("Permission denied" in said.stderr) == is_refused_there, said.stderr
    assert person.done("cat", f"{ROOT}/d/a") == "a"


def test_paths_in_json_are_those_that_were_typed(person: Bare, home: Path):
    """`local` is relative where LOCAL was, alone and in a folder."""
    (home / "tree/d").mkdir(parents=True)
    (home / "tree/d/a").write_text("a")
    for arguments in (("put", "-r"), ("sync",)):
        told = person.started.run(
            *("sh", "-c", 'cd "$1"; shift; exec "$@"', "sh", str(home)),
            *("u1file", *arguments, "--json", "tree/", f"{ROOT}/{arguments[0]}"),
        )
        assert told.returncode == 0, told.stderr
        assert [each["local"] for each in lines(told.stdout)] == ["tree/d/a"]


def test_profiles_are_logged_out_one_by_one(person: Bare):
    """14.2: a name has one token; each profile has a name of its own."""
    login = ("login", EMAIL, "--api-url", person.cloud.url, "--password-stdin")
    person.done("--profile", "work", *login, stdin=PASSWORD)
    again = person.u1file("--profile", "work", "login")
    assert "run u1file --profile work logout first" in again.stderr
    person.done("--profile", "work", "logout")
    person.done("whoami")


def test_get_makes_the_folder_that_is_meant(person: Bare, home: Path):
    """A final slash, a pattern and several files mean one; only the last on the way is made."""
    person.store(a=b"1", b=b"2")
    a, b, every = f"{ROOT}/a", f"{ROOT}/b", f"{ROOT}/*"
    for number, sources in enumerate(((a,), (a, b), (every,), ("-r", a), ("-r", every))):
        for slash in ("", "/"):
            if not slash and a in sources[-1:] and b not in sources:
                continue  # that is the file's new name
            place = home / f"into{number}{len(slash)}"
            person.done("get", *sources, f"{place}{slash}")
            assert (place / "a").read_text() == "1"
            assert (place / "b").exists() == (sources[-1] != a)
    person.done("get", a, f"{home}/no/such/", code=4)
    assert not (home / "no").exists()


def test_get_replaces_no_file_by_a_folder(person: Bare, home: Path):
    """One sentence that says why, whatever was asked for; the file stays."""
    person.store(d__a=b"1", d__b=b"2")
    place = home / "file"
    place.write_text("kept")
    for sources in ((f"{ROOT}/d/a", f"{ROOT}/d/b"), (f"{ROOT}/d/*",), ("-r", f"{ROOT}/d")):
        said = person.u1file("get", *sources, str(place))
        assert said.returncode == 2, said.stderr
        assert "is no folder" in said.stderr
        assert "already" not in said.stderr
    person.done("get", f"{ROOT}/d/a", f"{place}/", code=6)
    assert place.read_text() == "kept"


def test_list_takes_a_pattern(person: Bare):
    """What fits, by its whole path; a name that is exactly this goes first."""
    person.store(a__x=b"1", a__y=b"2", b__x=b"3", b__z=b"4")
    assert person.done("ls", f"{ROOT}/?/x") == f"~/{ROOT}/a/x\n~/{ROOT}/b/x\n"
    assert person.done("ls", f"{ROOT}/[a]*") == f"~/{ROOT}/a/\n"
    found = lines(person.done("ls", "--json", f"{ROOT}/**/[yz]"))
    assert [each["path"] for each in found] == ["/a/y", "/b/z"]
    person.done("ls", f"{ROOT}/q*", code=4)
    person.store(**{"?": b"5"})
    assert person.done("ls", f"{ROOT}/?") == "?\n"


def test_special_file_that_only_says_it_is_empty_is_refused(person: Bare):
    """What would be stored is not what is in it."""
    said = person.u1file("put", "/proc/self/status", f"{ROOT}/status")
    assert said.returncode == 6, said.stderr
    assert person.done("ls", ROOT) == ""


def test_one_file_and_several_are_told_with_the_same_keys(person: Bare, home: Path):
    """A script need not know how many there were; one file has those of the node as well."""
    for name in ("a", "b"):
        (home / name).write_text(name)
    a, b, into = str(home / "a"), str(home / "b"), f"{ROOT}/into/"
    for one, several in (
        (("put", a, into), ("put", a, b, into)),
        (("get", f"{into}a", f"{home}/got/"), ("get", f"{into}a", f"{into}b", f"{home}/got/")),
    ):
        (told,) = lines(person.done(*one, "--json"))
        first, _ = (each for each in lines(person.done(*several, "--json")) if each["size"])
        assert first.items() <= told.items()
        assert told["path"] == "/into/a"


def test_nothing_is_told_as_made_that_was_there(person: Bare, home: Path):
    """An empty folder beside an empty one; a dry run says the same."""
    (home / "empty").mkdir()
    verbs = (("sync",), ("put", "-r"))
    for verb in verbs:
        target = f"{ROOT}/{verb[0]}"
        said = [person.u1file(*verb, str(home / "empty"), target).stderr for _ in range(2)]
        assert said == [f"Made ~/{target}.\n1 made.\n", "Nothing to do.\n"]
    dry = [person.u1file("sync", "-n", str(home / "empty"), f"{ROOT}/{to}") for to in ("sync", "x")]
    assert "made" not in dry[0].stderr
    assert "1 made" in dry[1].stderr


def test_folder_that_is_suddenly_empty_deletes_nothing(person: Bare, home: Path):
    """An unmounted disk, or a folder of the cloud that somebody emptied."""
    person.store(kept__a=b"a")
    (home / "empty").mkdir()
    said = person.u1file("sync", "--delete", str(home / "empty"), f"{ROOT}/kept")
    assert said.returncode == 5, said.stderr
    assert "Is its disk mounted?" in said.stderr
    person.done("get", f"{ROOT}/kept/a", f"{home}/kept/")
    person.done("mkdir", f"{ROOT}/empty")
    person.done("sync", "--down", "--delete", f"{ROOT}/empty", str(home / "kept"), code=5)
    assert (home / "kept/a").read_text() == "a"
    meant = ("sync", "--delete", "--max-delete", "1", str(home / "empty"), f"{ROOT}/kept")
    person.done(*meant)
    assert person.done("ls", f"{ROOT}/kept") == ""


def test_what_is_said_is_said_once(person: Bare, home: Path):
    """The word of the family, the path, and the cloud's reason."""
    for arguments, words in (
        (("cat", f"{ROOT}/none"), f"Not found: ~/{ROOT}/none: There is no such node."),
        (("ls", "None"), "Not found: ~/None: There is no such volume."),
        (("--cacert", f"{home}/none", "ls"), None),
    ):
        said = person.u1file(*arguments)
        assert said.stderr == f"u1file: {words or _no_authorities(home / 'none')}\n"


def _no_authorities(file: Path) -> str:
    return f"The certificates in {file} cannot be used: No such file or directory."


def test_error_is_json_where_that_was_asked_for(person: Bare, home: Path):
    """One line on standard output beside the sentence on the other; `code` is the contract's."""
    said = person.u1file("query", "--json", f"{ROOT}/none")
    (told,) = lines(said.stdout)
    assert said.returncode == told["exit_code"] == 4
    assert told["code"] == "not_found"
    assert said.stderr == f"u1file: {told['error']}\n"
    assert person.u1file("query", f"{ROOT}/none").stdout == ""
    put = person.u1file("put", "--json", str(home / "none"), str(home / "none"), f"{ROOT}/x/")
    assert [each["exit_code"] for each in lines(put.stdout)] == [4, 4]


def test_logged_out_from_elsewhere_says_what_to_run(person: Bare):
    """Exit code 3 and the command, with the profile."""
    login = ("login", EMAIL, "--api-url", person.cloud.url, "--password-stdin")
    person.done("--profile", "work", *login, stdin=PASSWORD)
    person.done("devices", "revoke", f"Ubuntu One @ {os.uname().nodename} [u1file work]")
    said = person.u1file("--profile", "work", "quota")
    assert said.returncode == 3
    assert said.stderr.endswith("Run u1file --profile work login.\n")


@pytest.mark.parametrize(
    ("closed", "verb", "code"),
    [
        (">&-", f"ls '{ROOT}'", 1),
        (">&-", f"put file '{ROOT}/b'", 0),
        ("2>&-", f"put file '{ROOT}/b'", 0),
        ("<&-", f"put - '{ROOT}/b'", 1),
        ("<&- >&- 2>&-", f"put -r . '{ROOT}/b'", 0),
        (">&- 2>&-", f"ls '{ROOT}'", 1),
    ],
)
def test_closed_stream_is_no_place_to_write_to(
    person: Bare, home: Path, closed: str, verb: str, code: int
):
    """No traceback; what cannot be told is an error, what need not be told is none."""
    person.store(a=b"a")
    folder = home / "folder"
    folder.mkdir()
    (folder / "file").write_text("x")
    said = person.started.run("sh", "-c", f"cd {folder}; u1file {verb} {closed}")
    assert said.returncode == code, said.stderr
    assert "Traceback" not in said.stderr
    if closed in (">&-", "<&-") and code:
        assert "Bad file descriptor" in said.stderr
    assert (folder / "file").read_text() == "x"


def test_encoding_without_the_character_shows_which_it_is(person: Bare):
    """What cannot be written in a person's encoding is not the end."""
    person.store(日本=b"1")
    person.started.env["PYTHONIOENCODING"] = "latin-1"
    assert person.done("ls", ROOT) == "\\u65e5\\u672c\n"
    (found,) = lines(person.done("ls", "--json", ROOT))
    assert found["path"] == "/日本"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<html>It works, but this is not here.</html>"
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_DELETE = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        pass


def test_another_server_is_not_a_cloud_without_the_file(person: Bare):
    """12: its 404 page says nothing about what is in the cloud."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        for arguments in (("whoami",), ("cat", f"{ROOT}/a"), ("rm", f"{ROOT}/a")):
            said = person.u1file("--api-url", url, *arguments)
            assert said.returncode == 11, said.stderr
            assert "does not answer like a cloud" in said.stderr
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
