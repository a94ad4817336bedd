"""The kinds of databases that a test of the cloud may run on."""

from __future__ import annotations

import pytest

from tests.rig.postgres import Cluster
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.server.storage.metadata.migrate import migrate
from u1tray.server.storage.metadata.postgresql import PostgresqlDatabase

DIALECTS = ("sqlite", "postgresql")

# Marks a test that uses the fixtures `running` or `database_url`. For all of a module's tests that
# do, write `DIALECTS = databases.DIALECTS` there.
both = pytest.mark.parametrize("dialect", DIALECTS)


def make_template(cluster: Cluster, name: str) -> None:
    """Make the tables in an empty database."""
    database = PostgresqlDatabase(parse_database_url(cluster.url(name)))
    with database.writing() as connection:
        migrate(connection)
    database.close()
