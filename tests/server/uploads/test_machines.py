"""Resumable uploads over two machines that share PostgreSQL and an S3 store only (16.3)."""

from __future__ import annotations

import signal

import pytest

from tests.rig.object_store import ObjectStore
from tests.rig.processes import wait_until
from tests.server.files.client import tag_of
from tests.server.storage.test_two_machines import Machine, clients, machines
from tests.server.uploads.test_crash import DATA, TusPlain
from u1tray.server.storage.partials.parts import LEASE_S
from u1tray.server.uploads import appending

pytestmark = pytest.mark.end2end

CONTENT = "/content/~/Ubuntu%20One/big"

__all__ = ["machines"]  # a fixture


def pair(machines: list[Machine]) -> list[TusPlain]:
    return [TusPlain(client.url, client.credentials) for client in clients(machines)]


def test_pieces_may_go_to_either_machine(machines: list[Machine], store: ObjectStore) -> None:
    """What one promised the other knows; the parts are gone when the content is stored."""
    one, two = pair(machines)
    data = DATA[:9_000_000]
    url = one.begin(len(data))
    for offset in range(0, len(data), 3_000_000):
        assert two.offset(url) == offset
        answer = one.patch(url, offset, data[offset : offset + 3_000_000])
        assert answer.status == 204
        one, two = two, one
    assert answer.headers["ETag"] == tag_of(data)
    assert two.ask("GET", CONTENT) == (200, data)
    names = store.keys()
    assert [name.partition("/")[0] for name in names] == ["blobs"]


def test_killed_machine_hands_its_upload_over(machines: list[Machine]) -> None:
    """kill -9 in the middle of a PATCH: 409 at the other for some seconds, then it goes on."""
    one, two = pair(machines)
    url = one.begin()
    sent = appending.PROMISE_BYTES + 5_000_000
    wire = one.open_patch(url, 0, DATA[:sent], len(DATA))
    wait_until(lambda: two.offset(url) > 0, 60.0, "a promise in the middle of the PATCH")
    offset = two.offset(url)
    assert two.patch(url, offset, b"").status == 409
    assert machines[0].process is not None
    machines[0].process.signal(signal.SIGKILL)
    wire.close()
    wait_until(
        lambda: two.patch(url, two.offset(url), b"").status == 204,
        LEASE_S + 30.0,
        "the killed machine's hold ends",
    )
    offset = two.offset(url)
    assert appending.PROMISE_BYTES <= offset <= sent
    answer = two.patch(url, offset, DATA[offset:])
    assert (answer.status, answer.headers["ETag"]) == (204, tag_of(DATA))
    status, body = two.ask("GET", CONTENT)
    assert (status, body == DATA) == (200, True)
