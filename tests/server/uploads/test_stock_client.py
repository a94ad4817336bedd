"""A stock tus client (tuspy) with a constant PLAINTEXT header, over loopback (16.3)."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.rig.cloud import RunningCloud, start_cloud
from tests.rig.processes import Processes
from tests.server.files.test_crash import Plain
from tests.server.uploads.client import UPLOADS
from u1tray.rest.signing import PLAINTEXT, authorization
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

DATA = random.Random(9).randbytes(2_500_000)


@pytest.fixture
def cloud(started: Processes, home: Path) -> RunningCloud:
    return start_cloud(started, home)


@pytest.fixture
def keys(cloud: RunningCloud) -> Credentials:
    return Plain(cloud.url).log_in()


@pytest.fixture
def client(cloud: RunningCloud, keys: Credentials) -> TusClient:
    url = cloud.url + UPLOADS
    header = authorization(
        "POST", url, keys, nonce="constant", timestamp=1, signature_method=PLAINTEXT
    )
    return TusClient(url, headers={"Authorization": header})


def content(cloud: RunningCloud, keys: Credentials, name: str) -> bytes:
    status, body = Plain(cloud.url, keys).ask("GET", f"/content/~/Ubuntu%20One/{name}")
    assert status == 200
    return body


@pytest.mark.parametrize("size", [0, 1, len(DATA)])
def test_stock_client_uploads(
    cloud: RunningCloud, keys: Credentials, client: TusClient, size: int
) -> None:
    """In pieces, also an empty file."""
    metadata = {"target": "/~/Ubuntu One/a", "filename": "a", "filetype": "x/y"}
    stream = io.BytesIO(DATA[:size])
    uploader = client.uploader(file_stream=stream, chunk_size=1_000_000, metadata=metadata)
    uploader.upload()
    assert content(cloud, keys, "a") == DATA[:size]


def test_stock_client_resumes(cloud: RunningCloud, keys: Credentials, client: TusClient) -> None:
    """With its URL, by another uploader."""
    metadata = {"target": "/~/Ubuntu One/b", "if_none_match": "*"}
    first = client.uploader(file_stream=io.BytesIO(DATA), chunk_size=900_000, metadata=metadata)
    first.upload_chunk()
    second = client.uploader(file_stream=io.BytesIO(DATA), url=first.url, chunk_size=900_000)
    assert second.offset == 900_000
    second.upload()
    assert content(cloud, keys, "b") == DATA


def test_stock_client_is_told_of_a_refusal(client: TusClient) -> None:
    """412 while something is there already."""
    metadata = {"target": "/~/Nowhere/b"}
    uploader = client.uploader(file_stream=io.BytesIO(DATA), metadata=metadata)
    with pytest.raises(TusCommunicationError) as caught:
        uploader.upload()
    assert caught.value.status_code == 404
