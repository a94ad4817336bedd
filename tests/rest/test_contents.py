"""Many small contents in one request: through both clients, against whatever a server may say."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from tests.rest.scripted import Answer, Received, Scripted
from tests.rest.vectors import SET_A
from u1tray.rest import contents
from u1tray.rest.asynchronous import cloud as asynchronous
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.contents import BatchGet, BatchPut, Offer, Packing
from u1tray.rest.nodes import Node
from u1tray.rest.replies import Features
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import (
    BusyError,
    ConflictError,
    ContractError,
    NotFoundError,
    OfflineError,
    QuotaError,
    RefusedError,
    UsageError,
)

pytestmark = pytest.mark.core

LIMITS = {
    "max_batch_operations": 4,
    "max_batch_bytes": 1000,
    "max_batch_content_bytes": 100,
}
UPLOAD = "/api/file_storage/v1/batch/upload"
DOWNLOAD = "/api/file_storage/v1/batch/download"
FEATURES = {
    "features": {"batch_upload": {"url": UPLOAD}, "batch_download": {"url": DOWNLOAD}},
    "limits": LIMITS,
}
TEXTS = [b"one\n", b"", b"two\n\n"]


def sha1(data: bytes) -> str:
    return "sha1:" + hashlib.sha1(data, usedforsecurity=False).hexdigest()


def node(path: str, data: bytes) -> dict:
    return {
        "kind": "file",
        "path": path.removeprefix("/~/Docs"),
        "resource_path": path,
        "volume_path": "/volumes/~/Docs",
        "content_path": f"/content{path}",
        "when_created": "2012-08-25T15:34:49Z",
        "when_changed": "2012-08-26T08:00:00Z",
        "generation": 1,
        "generation_created": 1,
        "hash": sha1(data),
        "size": len(data),
    }


def stored(number: int, path: str, data: bytes) -> dict:
    return {
        "id": str(number),
        "status": 201,
        "body": node(path, data),
        "etag": f'"{sha1(data)}"',
    }


def failed(number: int, status: int, code: str, **more: object) -> dict:
    return {"id": str(number), "status": status, "body": {"error": "no", "code": code}, **more}


def framed(results: object, *parts: bytes) -> Answer:
    return Answer(200, json.dumps({"results": results}).encode() + b"\n" + b"".join(parts))


def puts(condition=None) -> list[BatchPut]:
    return [
        BatchPut(f"/~/Docs/ä{n}", data, condition or {"If-None-Match": "*"})
        for n, data in enumerate(TEXTS)
    ]


def gets(count: int = 3) -> list[BatchGet]:
    return [BatchGet(f"/~/Docs/{n}", {"If-Match": '"sha1:0"'}) for n in range(count)]


def _blocking(server: Scripted, verbs, **options):
    settings = CloudSettings.of(server.url)
    with blocking.Cloud(settings, SET_A, program="test", sleep=lambda _s: None, **options) as cloud:
        return [_told(getattr(cloud.files, name), given) for name, given in verbs][-1]


def _asynchronous(server: Scripted, verbs, **options):
    async def sleep(_seconds: float) -> None:
        pass

    async def run():
        settings = CloudSettings.of(server.url)
        async with asynchronous.Cloud(
            settings, SET_A, program="test", sleep=sleep, **options
        ) as cloud:
            for name, given in verbs:
                try:
                    found = await getattr(cloud.files, name)(given)
                except Exception as error:
                    found = error
            return found

    return asyncio.run(run())


def _told(run, given):
    try:
        return run(given)
    except Exception as error:
        return error


@pytest.fixture(params=[_blocking, _asynchronous], ids=["blocking", "asynchronous"])
def ask(request, server):
    """Does verbs of `files` with one client; the last one's result or error."""

    def run(*verbs, answers, announced=FEATURES, **options):
        server.answers = [Answer.json(200, announced), *answers]
        return request.param(server, verbs, **options)

    return run


def test_contents_travel_behind_their_line_in_order(ask, server: Scripted) -> None:
    """16.8: one line of JSON, then the bytes with nothing between; each result in its place."""

    def answer(received: Received) -> Answer:
        line, _, rest = received.body.partition(b"\n")
        asked = json.loads(line)["operations"]
        assert [one["size"] for one in asked] == [len(text) for text in TEXTS]
        assert all(one["headers"] == {"If-None-Match": "*"} for one in asked)
        assert rest == b"".join(TEXTS)
        results = [stored(n, one["path"], TEXTS[n]) for n, one in enumerate(asked)]
        results[1] = failed(1, 507, "quota_exceeded")
        return Answer.json(200, {"results": results})

    first, second, third = ask(("put_contents", puts()), answers=[answer])
    assert (first.resource_path, third.hash) == ("/~/Docs/ä0", sha1(TEXTS[2]))
    assert isinstance(second, QuotaError)
    sent = server.received[1]
    assert (sent.method, sent.target) == ("POST", UPLOAD)
    assert sent.is_signed_by(SET_A)


def test_contents_come_behind_their_line_in_order(ask, server: Scripted) -> None:
    """16.8: sizes say what is whose; the others have the errors of their single requests."""
    results = [
        {"id": "0", "status": 200, "size": 4, "etag": '"x"'},
        failed(1, 404, "not_found"),
        failed(2, 413, "too_large"),
        {"id": "3", "status": 200, "size": 5},
    ]
    one, two, three, four = ask(
        ("get_contents", gets(4)), answers=[framed(results, TEXTS[0], TEXTS[2])]
    )
    assert (one, four) == (TEXTS[0], TEXTS[2])
    assert isinstance(two, NotFoundError)
    assert (type(three), three.code) == (RefusedError, "too_large")
    asked = json.loads(server.received[1].body)["operations"]
    assert asked[0] == {"id": "0", "path": "/~/Docs/0", "headers": {"If-Match": '"sha1:0"'}}


GOOD = [{"id": str(n), "status": 200, "size": len(text)} for n, text in enumerate(TEXTS)]
BAD_DOWNLOADS = {
    "a byte too many": framed(GOOD, *TEXTS, b"x"),
    "a byte too few": framed(GOOD, b"one\n", b"two\n"),
    "another order": framed([GOOD[1], GOOD[0], GOOD[2]], *TEXTS),
    "fewer results": framed(GOOD[:2], *TEXTS[:2]),
    "more results": framed([*GOOD, {"id": "3", "status": 200, "size": 0}], *TEXTS),
    "no line": Answer(200, json.dumps({"results": GOOD}).encode()),
    "no JSON": Answer(200, b"{\n"),
    "no list": framed({"0": GOOD[0]}),
    "a size below nothing": framed([GOOD[0], {**GOOD[1], "size": -1}, GOOD[2]], *TEXTS),
    "a size that is no number": framed([{**GOOD[0], "size": True}, *GOOD[1:]], *TEXTS),
    "no size": framed([{"id": "0", "status": 200}, *GOOD[1:]], *TEXTS[1:]),
    "a status that is none": framed([{**GOOD[0], "status": 20}, *GOOD[1:]], *TEXTS[1:]),
    "a status as text": framed([{**GOOD[0], "status": "200"}, *GOOD[1:]], *TEXTS),
}


@pytest.mark.parametrize("what", sorted(BAD_DOWNLOADS))
def test_download_that_makes_no_sense_is_a_broken_contract(ask, what: str) -> None:
    """Nothing of it is given out (2.2, 16.8)."""
    found = ask(("get_contents", gets()), answers=[BAD_DOWNLOADS[what]])
    assert isinstance(found, ContractError)


def test_success_without_a_size_of_its_own_is_a_broken_contract(ask) -> None:
    """Only 200 has bytes (16.8)."""
    results = [GOOD[0], {"id": "1", "status": 206, "size": 0}, GOOD[2]]
    found = ask(("get_contents", gets()), answers=[framed(results, *TEXTS)])
    assert isinstance(found[1], ContractError)


BAD_UPLOADS = {
    "fewer results": {"results": [stored(0, "/~/Docs/ä0", TEXTS[0])]},
    "another order": {
        "results": [stored(n, f"/~/Docs/ä{n}", TEXTS[n]) for n in (1, 0, 2)],
    },
    "no results": {},
    "no node": {"results": [{"id": str(n), "status": 200, "body": {}} for n in range(3)]},
    "no status": {"results": [{"id": str(n), "body": {}} for n in range(3)]},
}


@pytest.mark.parametrize("what", sorted(BAD_UPLOADS))
def test_upload_whose_answer_makes_no_sense_is_a_broken_contract(ask, what: str) -> None:
    """Nothing counts as stored then (2.2, 16.8)."""
    found = ask(("put_contents", puts()), answers=[Answer.json(200, BAD_UPLOADS[what])])
    assert isinstance(found, ContractError)


def test_stored_content_of_another_hash_is_a_broken_contract(ask) -> None:
    """7: clients compare; the others have arrived."""
    results = [stored(n, f"/~/Docs/ä{n}", TEXTS[n]) for n in range(3)]
    results[1]["body"]["hash"] = sha1(b"other")
    found = ask(("put_contents", puts()), answers=[Answer.json(200, {"results": results})])
    assert [type(one) for one in found] == [Node, ContractError, Node]


def test_batch_is_repeated_as_a_put_and_signed_anew(ask, server: Scripted) -> None:
    """16.8, 17: after 503 and a lost connection; each attempt with the whole body."""
    results = [stored(n, f"/~/Docs/ä{n}", TEXTS[n]) for n in range(3)]
    answers = [Answer.json(503, {}), Answer(None), Answer.json(200, {"results": results})]
    found = ask(("put_contents", puts()), answers=answers)
    assert [one.hash for one in found] == [sha1(text) for text in TEXTS]
    sent = server.received[1:]
    assert len({one.oauth["oauth_nonce"] for one in sent}) == 3
    assert len({one.body for one in sent}) == 1
    assert all(one.is_signed_by(SET_A) for one in sent)


def test_batch_is_repeated_as_a_get(ask, server: Scripted) -> None:
    """16.8, 17; and given up after the attempts of a program started by hand."""
    found = ask(("get_contents", gets()), answers=[Answer.json(502, {}), framed(GOOD, *TEXTS)])
    assert found == TEXTS
    found = ask(("get_contents", gets()), answers=[Answer(None)] * 2, limit=2)
    assert isinstance(found, OfflineError)


def test_content_that_an_earlier_attempt_stored_is_a_success(ask) -> None:
    """17: a 412 after a retry whose ETag is that of the content being sent; no other one."""
    results = [
        failed(0, 412, "precondition_failed", etag=f'"{sha1(TEXTS[0])}"'),
        failed(1, 412, "precondition_failed", etag=f'"{sha1(b"other")}"'),
        failed(2, 412, "precondition_failed", etag=None),
    ]
    refused = Answer.json(200, {"results": results})
    answers = [Answer(None), refused, Answer.json(200, node("/~/Docs/ä0", TEXTS[0]))]
    first, second, third = ask(("put_contents", puts()), answers=answers)
    assert first.hash == sha1(TEXTS[0])
    assert isinstance(second, ConflictError)
    assert isinstance(third, ConflictError)


def test_conflict_at_the_first_attempt_is_one_whatever_the_tag(ask) -> None:
    """17: nothing got through before."""
    tags = (f'"{sha1(text)}"' for text in TEXTS)
    results = [failed(n, 412, "precondition_failed", etag=tag) for n, tag in enumerate(tags)]
    found = ask(("put_contents", puts()), answers=[Answer.json(200, {"results": results})])
    assert [type(one) for one in found] == [ConflictError] * 3


def test_busy_item_is_the_error_of_its_single_request(ask) -> None:
    """Whether to go on with it alone is the caller's to decide."""
    results = [failed(n, 503, "busy") for n in range(3)]
    found = ask(("put_contents", puts()), answers=[Answer.json(200, {"results": results})])
    assert [type(one) for one in found] == [BusyError] * 3


def test_line_that_breaks_again_is_left_to_single_requests(ask, server: Scripted) -> None:
    """Each of them may get through where all together do not."""
    found = ask(
        ("put_contents", puts()), answers=[Answer(None), Answer.json(503, {}), Answer(None)]
    )
    assert isinstance(found, OfflineError)
    assert len(server.received) == 4


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("verb", [("put_contents", puts()), ("get_contents", gets())])
def test_cloud_without_batches_is_asked_once(ask, server, status: int, verb) -> None:
    """What it announces it may not have behind a proxy: they go one by one from then on."""
    found = ask(verb, verb, answers=[Answer.json(status, {"error": "no"})])
    assert (type(found), found.code) == (NotFoundError, contents.NO_BATCHES)
    assert len(server.received) == 2


@pytest.mark.parametrize(
    "announced",
    [
        {"features": FEATURES["features"]},
        {"features": {}, "limits": LIMITS},
        {**FEATURES, "limits": {**LIMITS, "max_batch_bytes": 0}},
        {**FEATURES, "limits": {**LIMITS, "max_batch_content_bytes": "64"}},
        {**FEATURES, "limits": {**LIMITS, "max_batch_operations": True}},
        {**FEATURES, "limits": {**LIMITS, "max_batch_operations": 2**63}},
    ],
    ids=["no limits", "no URLs", "nothing", "text", "true", "absurd"],
)
def test_batches_that_are_not_announced_are_not_used(ask, server, announced) -> None:
    """16.1: also where a limit is missing or makes no sense."""
    found = ask(("put_contents", puts()), answers=[], announced=announced)
    assert isinstance(found, NotFoundError)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "many",
    [
        [BatchPut("/~/Docs/a", b"")] * 5,
        [BatchPut("/~/Docs/a", b"x" * 101)],
    ],
    ids=["too many", "too large"],
)
def test_more_than_the_server_takes_is_not_sent(ask, server, many) -> None:
    """16.8: it would be refused as a whole."""
    assert isinstance(ask(("put_contents", many), answers=[]), UsageError)
    assert len(server.received) == 1


def test_name_that_is_no_text_spoils_no_batch(ask, server) -> None:
    """3: such a path is refused here, and the others travel."""
    bad = BatchPut("/~/Docs/\udce4", b"x")
    answer = Answer.json(200, {"results": [stored(0, "/~/Docs/a", b"y")]})
    found = ask(("put_contents", [bad, BatchPut("/~/Docs/a", b"y")]), answers=[answer])
    assert [type(one) for one in found] == [UsageError, Node]
    found = ask(("get_contents", [BatchGet("/~/Docs/\udce4")]), answers=[])
    assert [type(one) for one in found] == [UsageError]
    assert ask(("get_contents", []), answers=[]) == []


def test_refusal_of_the_whole_is_raised(ask) -> None:
    """413 and others befall all of them; none is told as done."""
    answer = Answer.json(413, {"error": "no", "code": "too_large"})
    found = ask(("put_contents", puts()), answers=[answer])
    assert (type(found), found.code) == (RefusedError, "too_large")


def test_offer_is_never_more_than_we_can_hold() -> None:
    """16.1: as announced, but bounded."""
    limits = {
        "max_batch_operations": 10**6,
        "max_batch_bytes": 2**40,
        "max_batch_content_bytes": 2**39,
    }
    found = contents.offer(
        Features(urls={contents.UPLOAD: UPLOAD}, limits=limits), contents.UPLOAD, "http://c"
    )
    assert found == Offer(
        f"http://c{UPLOAD}", contents.MOST_OPERATIONS, contents.MOST_BYTES, contents.MOST_BYTES
    )


def test_packing_ends_at_each_limit() -> None:
    """Operations, bytes of one and of all, and the length of the line."""
    offer = Offer("", 3, 10, 25)
    packing = Packing(offer)
    assert not packing.takes("/~/a", 11)
    assert [packing.takes("/~/a", 10) for _ in range(3)] == [True, True, False]
    assert packing.takes("/~/a", 5)
    assert not packing.takes("/~/a", 0)
    long = Packing(Offer("", 1000, 10, 25))
    assert sum(long.takes("/~/" + "ä" * 4000, 0) for _ in range(1000)) < 25
