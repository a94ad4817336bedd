"""The blocking client's file storage against a server that answers what a test says (3, 7, 17)."""

from __future__ import annotations

import hashlib

import pytest

from tests.rest.scripted import Answer
from tests.rest.test_nodes import DIRECTORY, FILE, ok
from tests.rest.vectors import SET_A
from u1tray.rest import Cloud, nodes
from u1tray.rest.failures import Reply
from u1tray.vocabulary.errors import (
    ConflictError,
    ContractError,
    NotFoundError,
    OfflineError,
    QuotaError,
    U1Error,
    UsageError,
)

pytestmark = pytest.mark.end2end

CONTENT = b"hello world"
SHA1 = "sha1:" + hashlib.sha1(CONTENT).hexdigest()
STORED = nodes.node(ok(FILE), 0.0)
NODE = STORED._replace(hash=None, size=None)
BUSY = Answer.json(503, {"error": "words", "code": "busy"})
REFUSED = Answer.json(412, {"error": "words", "code": "precondition_failed"})


def answer(status, value, *headers):
    return Answer.json(status, value, *headers)


@pytest.fixture
def waits():
    return []


@pytest.fixture
def files(cloud, waits):
    with Cloud(
        cloud,
        SET_A,
        program="test",
        sleep=lambda _seconds: None,
        on_wait=lambda seconds, why: waits.append((seconds, why)),
    ) as made:
        yield made.files


def body():
    yield CONTENT[:4]
    yield CONTENT[4:]


def put(files, node=NODE, **options):
    return files.put_content(node, len(CONTENT), body, lambda: SHA1, **options)


class Sinks:
    """Every sink that was asked for."""

    def __init__(self):
        self.made = []

    def __call__(self):
        self.made.append(bytearray())
        return self.made[-1].extend


def test_body_is_sent_from_the_start_and_signed_anew_at_each_attempt(files, server, waits):
    """17: after a 503 and a broken connection; the waits are told with their reasons."""
    server.answers = [BUSY, Answer(status=None), answer(200, FILE)]
    assert put(files) == STORED
    assert [each.body for each in server.received] == [CONTENT] * 3
    assert len({each.oauth["oauth_nonce"] for each in server.received}) == 3
    assert all(each.is_signed_by(SET_A) for each in server.received)
    assert [each.headers["content-length"] for each in server.received] == ["11"] * 3
    assert "busy" in waits[0][1]
    assert "cannot be reached" in waits[1][1]


def test_precondition_is_what_the_node_showed(files, server):
    """7, 17: If-None-Match for a file without content, else If-Match; none by force."""
    server.answers = [answer(200, FILE)] * 3
    put(files)
    put(files, STORED)
    put(files, STORED, force=True)
    seen = [(r.headers.get("if-none-match"), r.headers.get("if-match")) for r in server.received]
    assert seen == [("*", None), (None, f'"{SHA1}"'), (None, None)]


def test_conflict_with_our_own_content_is_a_success_only_after_a_retry(files, server):
    """17: 412 with the tag of what is being sent means that an earlier attempt got through."""
    own = Answer(412, REFUSED.body, (("ETag", f'"{SHA1}"'),))
    server.answers = [Answer(status=None), own, answer(200, FILE)]
    assert put(files) == STORED
    server.answers = [own]
    with pytest.raises(ConflictError):
        put(files)
    other = Answer(412, REFUSED.body, (("ETag", '"sha1:' + "0" * 40 + '"'),))
    server.answers = [Answer(status=None), other]
    with pytest.raises(ConflictError):
        put(files)


@pytest.mark.parametrize("status", [400, 401, 412, 501, 507])
def test_failure_is_told_without_the_hash(files, server, status):
    """To compute it may mean to read all of a large file once more."""

    def sha1() -> str:
        raise AssertionError

    server.answers = [Answer.json(status, {"error": "words", "code": "x"})] * 3
    with pytest.raises(U1Error):
        files.put_content(STORED, 3, lambda: iter([b"abc"]), sha1)


def test_other_hash_than_sent_is_told(files, server):
    """7: clients compare the hash with their own."""
    server.answers = [answer(200, {**FILE, "hash": "sha1:" + "0" * 40})]
    with pytest.raises(ContractError, match="hash"):
        put(files)


def test_magic_upload_sends_hashes_and_conditions(files, server):
    """8: filled from stored content; unknown content is no error."""
    unknown = answer(400, {"error": "words", "code": "magic_unknown"})
    server.answers = [answer(200, FILE), unknown]
    assert files.fill(NODE, SHA1, "magic_hash:0") == STORED
    assert files.fill(NODE, SHA1, "magic_hash:0") is None
    assert server.received[0].headers["if-none-match"] == "*"
    assert b"magic_hash:0" in server.received[0].body


def test_out_of_space_says_how_much_is_missing(files, server):
    """12: needed_bytes less free_bytes."""
    more = {"code": "quota_exceeded", "free_bytes": 1000, "needed_bytes": 2500}
    server.answers = [answer(507, {"error": "words", **more}), answer(402, {"error": "x", **more})]
    for _ in range(2):
        with pytest.raises(QuotaError, match=r"1\.5 kB are missing"):
            put(files)


def test_download_starts_anew_in_a_new_sink(files, server):
    """17: what a broken attempt brought is not part of the file; refusals bring nothing."""
    short = (("Content-Length", "11"), ("Connection", "close"))
    server.answers = [BUSY, Answer(200, CONTENT[:5], short), Answer(200, CONTENT)]
    sinks = Sinks()
    files.get_content(STORED, sinks)
    assert sinks.made[-1] == CONTENT
    assert CONTENT.startswith(sinks.made[0])
    assert len(sinks.made) == 2
    assert server.received[0].headers["if-match"] == STORED.tag
    assert server.received[0].target == "/content/~/Docs/a/b.txt"
    server.answers = [answer(404, {"error": "x", "code": "not_found"})]
    with pytest.raises(NotFoundError):
        files.get_content(STORED, sinks)
    assert len(sinks.made) == 2


def test_redirected_content_is_refused(files, server):
    """2.2, 17: no redirect is followed, and its page is not the file."""
    sinks = Sinks()
    server.answers = [Answer(302, b"elsewhere", (("Location", "/x"),))]
    with pytest.raises(ContractError):
        files.get_content(STORED, sinks)
    assert sinks.made == []


def test_repeated_delete_and_move_that_got_through_are_successes(files, server):
    """17: DELETE 404, and a move answered 404 whose target has the node's key."""
    missing = answer(404, {"error": "x", "code": "not_found"})
    server.answers = [Answer(status=None), missing]
    files.delete("/~/Docs/a")
    server.answers = [missing]
    with pytest.raises(NotFoundError):
        files.delete("/~/Docs/a")
    moved = {**FILE, "path": "/c", "resource_path": "/~/Docs/c"}
    server.answers = [Answer(status=None), missing, answer(200, moved)]
    assert files.move(STORED, "/c").path == "/c"
    assert server.received[-1].target == "/api/file_storage/v1/~/Docs/c"
    server.answers = [Answer(status=None), missing, answer(200, {**moved, "key": "another"})]
    with pytest.raises(NotFoundError):
        files.move(STORED, "/c")


def test_corrected_clock_is_no_repetition(files, server):
    """17: a 401 did nothing, so a 404 after it is a 404."""
    skewed = answer(
        401,
        {"error": "x", "code": "oauth_timestamp_refused"},
        ("Date", "Tue, 14 Nov 2023 23:13:20 GMT"),
    )
    server.answers = [skewed, answer(404, {"error": "x", "code": "not_found"})]
    with pytest.raises(NotFoundError):
        files.delete("/~/Docs/a")


def test_move_keeps_what_is_there_unless_forced(files, server):
    """6: `Overwrite: F` unless the user asked to replace."""
    server.answers = [answer(200, FILE), answer(200, FILE)]
    files.move(STORED, "/c")
    files.move(STORED, "/c", force=True)
    assert [each.headers.get("overwrite") for each in server.received] == ["F", None]


def test_every_name_is_encoded_as_the_contract_says(files, server):
    """3: only A-Z a-z 0-9 - . _ ~ / stay; the query is ours."""
    server.answers = [answer(200, DIRECTORY)]
    files.directory("/~/Ubuntu One/café (1)/a+b;c%41?#\n")
    encoded = "/~/Ubuntu%20One/caf%C3%A9%20%281%29/a%2Bb%3Bc%2541%3F%23%0A"
    expected = f"/api/file_storage/v1{encoded}?include_children=true"
    assert server.received[0].target == expected
    assert server.received[0].is_signed_by(SET_A)
    with pytest.raises(UsageError):
        files.node("/~/Docs/\udcff")


def test_reply_says_nothing_of_its_contents():
    """A reply is safe in a log."""
    assert repr(Reply(200, {"x": "secret"}, b"secret")) == "Reply(200, 6 bytes)"


def test_failing_body_ends_the_attempt_without_a_retry(files, server):
    """What the caller's own file raises is not taken for a broken connection."""

    def failing():
        yield CONTENT[:4]
        raise ConflictError("changed")

    with pytest.raises(ConflictError, match="changed"):
        files.put_content(NODE, len(CONTENT), failing, lambda: SHA1)


def test_five_lost_downloads_are_offline(files, server, waits):
    """17: give up after five attempts."""
    server.answers = [Answer(status=None)] * 5
    with pytest.raises(OfflineError):
        files.get_content(STORED, Sinks())
    assert len(waits) == 4
