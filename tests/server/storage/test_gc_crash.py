"""kill -9 of the collector while files are written and replaced: nothing that is named is lost."""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
from pathlib import Path

import pytest

from tests.rig.cloud import RunningCloud, start_cloud
from tests.rig.processes import Processes
from tests.server.files.test_crash import Plain, Writer, compare, damage, restart, wait_for_progress

pytestmark = pytest.mark.end2end

WRITERS = 2
ROUNDS = 5


class PatientWriter(Writer):
    """Sends again what the server is too busy for (REST contract, 17)."""

    def run(self) -> None:
        while True:
            target = self.chance.choice(self.names)
            data = self.chance.randbytes(self.chance.choice((10, 40_000, 300_000)))
            self.doubtful = {target: data}
            try:
                while (status := self.client.ask("PUT", target, data)[0]) == 503:
                    pass
            except (OSError, http.client.HTTPException):
                return
            assert status in (200, 201)
            self.known[target] = data
            self.doubtful = {}


def test_killed_collector_loses_nothing(started: Processes, home: Path) -> None:
    """Without a time of grace, at random moments; another collector removes what is left."""
    cloud = start_cloud(started, home)
    credentials = Plain(cloud.url).log_in()
    known: list[dict[str, bytes]] = [{} for _ in range(WRITERS)]
    client = Plain(cloud.url, credentials)
    writers = [PatientWriter(client, f"w{n}", acknowledged) for n, acknowledged in enumerate(known)]
    for writer in writers:
        writer.start()
    wait_for_progress(known)
    kill_collectors(cloud)
    cloud.process.signal(signal.SIGKILL)
    cloud.process.wait()
    for writer in writers:
        writer.join(20)
        assert not writer.is_alive()
    cloud = restart(cloud)
    compare(Plain(cloud.url, credentials), writers)
    assert damage(cloud.data) == []
    assert leftovers(cloud) == 0
    compare(Plain(cloud.url, credentials), writers)


def kill_collectors(cloud: RunningCloud) -> None:
    chance = random.Random(7)
    command = ("u1server", "gc", "--data", str(cloud.data), "--grace", "0")
    assert cloud.started.run(*command).returncode == 0
    for _ in range(ROUNDS):
        process = cloud.started.start(*command)
        threading.Event().wait(0.3 + chance.random())  # the moment of the kill is to be random
        process.signal(signal.SIGKILL)
        process.wait()


def leftovers(cloud: RunningCloud) -> int:
    """What a second collection finds after a first one."""
    found = {"contents": 1, "orphans": 1}
    for _ in range(2):
        found = json.loads(cloud.administer("gc", "--grace", "0", "--json"))
    return found["contents"] + found["orphans"]
