"""Fixtures of the cloud's tests."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.rig.environment import scrubbed
from tests.rig.object_store import ObjectStore, start_object_store
from tests.rig.postgres import Cluster, running_cluster
from tests.rig.processes import processes
from tests.server.databases import make_template
from tests.server.rig import Running, running_cloud
from u1tray.vocabulary.credentials import Credentials


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module with `DIALECTS` once for each of them."""
    dialects = getattr(metafunc.module, "DIALECTS", None)
    if dialects is not None and "dialect" in metafunc.fixturenames:
        metafunc.parametrize("dialect", dialects)


@pytest.fixture
def data(home: Path) -> Path:
    """Where a cloud's data goes; nothing is there yet."""
    return home / "cloud"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private PostgreSQL server."""
    with running_cluster() as started:
        yield started


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """A database with the server's empty tables, to be copied."""
    with cluster.database() as name:
        make_template(cluster, name)
        yield name


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectStore]:
    """A private S3 server."""
    with tempfile.TemporaryDirectory(prefix="u1-s3-") as name:
        directory = Path(name)
        with processes(scrubbed(directory), directory) as started:
            yield start_object_store(started)


@pytest.fixture
def store(object_server: ObjectStore) -> ObjectStore:
    """A place in its bucket of one's own."""
    return object_server.fresh()


@pytest.fixture
def dialect() -> str:
    """The kind of database; `databases.both` gives a test both, one after the other."""
    return "sqlite"


@pytest.fixture
def postgres_url(cluster: Cluster, template: str) -> Iterator[str]:
    """The URL of a database of one's own."""
    with cluster.database(template) as name:
        yield cluster.url(name)


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest) -> str | None:
    """The URL of the database to use; None for a file in the data directory."""
    if dialect == "sqlite":
        return None
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
async def running(data: Path, database_url: str | None) -> AsyncIterator[Running]:
    """A running cloud with the default options."""
    async with running_cloud(data, database_url=database_url) as cloud:
        yield cloud


@pytest.fixture
async def ana(running: Running) -> Credentials:
    """Credentials of an account `ana@example.com`."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    return credentials
