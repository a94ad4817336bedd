"""Our signature for S3, compared with Amazon's own library (AWS Signature Version 4)."""

from __future__ import annotations

from datetime import datetime, timezone

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.rig.webserver import web_server
from u1tray.server.storage.blobs.address import BucketAddress, ObjectAccess
from u1tray.server.storage.blobs.unfinished import UnfinishedUploads
from u1tray.vocabulary.errors import BusyError

pytestmark = pytest.mark.end2end

KEY_ID, SECRET, TOKEN, REGION = "AKIDEXAMPLE", "secret/+key", "session+token=", "eu-central-1"
LISTING = """<?xml version="1.0" encoding="UTF-8"?>
<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{}
</ListMultipartUploadsResult>"""
UPLOAD = (
    "<Upload><Key>{}</Key><UploadId>a b/c+d</UploadId>"
    "<Initiated>2026-01-02T03:04:05.000Z</Initiated></Upload>"
)
BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize("prefix", ["", "cloud", "Ana's cloud/ä+b"])
@pytest.mark.parametrize("token", [None, TOKEN])
def test_listing_is_signed_as_amazon_does_it(
    prefix: str, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the prefix holds; with and without a session's token."""
    if token is not None:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    with web_server() as server:
        server.reply("200 OK", LISTING.format("").encode())
        access = ObjectAccess(server.url, REGION, KEY_ID, SECRET, 10)
        address = BucketAddress("s3", "bucket", prefix)
        assert UnfinishedUploads(address, access).give_up(("incoming",), 1e12) == 0
    (heard,) = server.heard
    headers = {name.lower(): value for name, value in heard.headers.items()}
    moment = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    request = AWSRequest("GET", server.url + heard.target)
    botocore.auth.S3SigV4Auth(Credentials(KEY_ID, SECRET, token), "s3", REGION).add_auth(request)
    theirs = dict(request.headers.items())["Authorization"].replace(", ", ",")
    assert headers["authorization"] == theirs


@pytest.mark.parametrize(("before", "key"), [(BEGUN, "c/incoming/x"), (1e12, "c/else/x")])
def test_young_uploads_and_those_of_others_are_left_alone(before: float, key: str) -> None:
    """What began in time or under other keys."""
    with web_server() as server:
        server.reply("200 OK", LISTING.format(UPLOAD.format(key)).encode())
        uploads = UnfinishedUploads(BucketAddress("s3", "bucket", "c"), _access(server.url))
        assert uploads.give_up(("incoming",), before) == 0
        assert len(server.heard) == 1


@pytest.mark.parametrize(
    "answer", [("503 Slow Down", b""), ("200 OK", b"<half"), ("302 Found", b"")]
)
def test_store_that_does_not_tell_is_busy(answer: tuple[str, bytes]) -> None:
    """Bad answers, and none."""
    with web_server() as server:
        server.reply(*answer)
        uploads = UnfinishedUploads(BucketAddress("s3", "bucket", ""), _access(server.url))
        with pytest.raises(BusyError):
            uploads.give_up(("incoming",), 1e12)
    with pytest.raises(BusyError):
        uploads.give_up(("incoming",), 1e12)


@pytest.mark.parametrize("scheme", ["gs", "az", "s3"])
def test_nothing_is_asked_without_keys(scheme: str) -> None:
    """Nor of other stores."""
    access = ObjectAccess("http://127.0.0.1:9", None, None, None, 1)
    assert UnfinishedUploads(BucketAddress(scheme, "bucket", ""), access).give_up(("x",), 1e12) == 0


def _access(url: str) -> ObjectAccess:
    return ObjectAccess(url, REGION, KEY_ID, SECRET, 10)
