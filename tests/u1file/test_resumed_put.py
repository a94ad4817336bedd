"""A large put through connections that break: it goes on where it was (REST contract, 16.3)."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.cut_proxy import cut_proxy
from tests.rig.processes import Processes
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.settings import CloudSettings
from u1tray.u1file import local, sending

pytestmark = pytest.mark.end2end

DATA = random.Random(4).randbytes(20_000_000)


class Shown:
    """How far each attempt's bar came."""

    def __init__(self) -> None:
        self.bars: list[int] = []

    def start(self, _total: int, there: int = 0) -> None:
        self.bars.append(there)

    def advance(self, count: int) -> None:
        self.bars[-1] += count


def test_broken_put_goes_on_and_progress_tells_the_truth(started: Processes, home: Path) -> None:
    """Two broken connections: the file is whole, and the bar ends at its size."""
    cloud = start_cloud(started, home)
    place = home / "large"
    place.write_bytes(DATA)
    shown = Shown()
    with (
        cut_proxy(int(cloud.url.rpartition(":")[2])) as proxy,
        blocking.Cloud(CloudSettings.of(cloud.url), program="test") as first,
        local.source(place, shown) as source,
    ):
        keys = first.issue_token(EMAIL, PASSWORD, "test")
        settings = CloudSettings.of(proxy.url)
        with blocking.Cloud(settings, keys, program="test", sleep=lambda _s: None) as client:
            proxy.cuts, proxy.after = 2, 9_000_000
            path = "/~/Ubuntu One/large"
            node = sending.upload(client, source, path, "x", force=False)
    assert proxy.broken == 2
    assert (node.hash, node.size) == ("sha1:" + hashlib.sha1(DATA).hexdigest(), len(DATA))
    assert shown.bars[-1] == len(DATA)
    assert len(shown.bars) >= 3  # a bar for each attempt
