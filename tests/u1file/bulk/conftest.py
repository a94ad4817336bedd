"""A person with folders of files, whose line to the cloud can be troubled."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.processes import Process, Processes
from tests.u1file.bare import Bare
from tests.u1file.between import Between, between

LARGE_BYTES = 24_000_000  # above what is sent again from the start (16.3)


@dataclass
class Line:
    """`bare` goes straight to the cloud, `troubled` over the line."""

    bare: Bare
    between: Between
    troubled: Processes

    def start(self, *arguments: str) -> Process:
        """u1file over the line, to be waited for."""
        return self.troubled.start("u1file", *arguments)

    def exchange_server(self) -> None:
        """kill -9, and another process in its place."""
        cloud = self.bare.cloud
        cloud.process.signal(signal.SIGKILL)
        cloud.process.wait()
        cloud.process = self.bare.started.start(
            *("u1server", "serve", "--data", str(cloud.data)),
            *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        )
        found = re.search(r"http://\S+", cloud.process.wait_for_line("listening on"))
        assert found is not None
        self.between.aim(found[0])
        self.bare.started.env["U1_API_URL"] = found[0]


@pytest.fixture
def person(bare: Bare) -> Bare:
    bare.log_in()
    return bare


@pytest.fixture
def line(person: Bare) -> Iterator[Line]:
    with between(person.cloud.url) as path:
        started = Processes(
            {**person.started.env, "U1_API_URL": path.url}, person.started.logs / "line"
        )
        started.logs.mkdir()
        try:
            yield Line(person, path, started)
        finally:
            started.end()


def contents(root: Path) -> dict[str, bytes | None]:
    """Every file below with its bytes, every folder with None."""
    return {
        str(place.relative_to(root)): None if place.is_dir() else place.read_bytes()
        for place in root.rglob("*")
    }


def make_tree(root: Path, count: int = 20) -> Path:
    """Some small files in some folders, one of them empty."""
    for number in range(count):
        folder = root / f"d{number % 3}" / "ünï code"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f {number}").write_bytes(os.urandom(1000 + number))
    (root / "empty").mkdir()
    (root / "nothing").touch()
    return root
