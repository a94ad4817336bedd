"""Brings a database to the newest migration, and says which one it is at."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from u1tray.server.storage.metadata.locks import lock
from u1tray.server.storage.metadata.schema import REVISION
from u1tray.vocabulary.errors import UsageError

MIGRATIONS = Path(__file__).with_name("migrations")


def revision(connection: Connection) -> str | None:
    """The migration a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, in the given transaction.

    Many processes may come here at once. Raises UsageError for a database of a newer program.
    """
    if revision(connection) == REVISION:
        return
    if connection.dialect.name == "postgresql":
        # Whoever is first may need longer than anybody waits for a row.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
    lock(connection, b"migration")
    found = revision(connection)
    if found == REVISION:
        return
    # Alembic takes a third of a second to import, and almost no start needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        message = f"this database belongs to a newer u1server (migration {found!r})"
        raise UsageError(message)
    command.upgrade(config, "head")
