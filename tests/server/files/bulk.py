"""Many nodes at once, made by the server's own rules in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from tests.server.files.client import API, Files
from u1tray.server.files import volumes
from u1tray.server.files.tree import Edit, locate
from u1tray.server.files.values import Kind
from u1tray.server.storage.metadata import volumes as rows


async def fill(files: Files, path: str, count: int) -> None:
    """`count` empty files in the root of a volume."""
    user = (await files.ask("GET", API)).json["user_id"]
    await files.running.cloud.workers.write(_fill, user, path, count)


def _fill(connection: Connection, account_id: int, path: str, count: int) -> None:
    volume = volumes.containing(connection, account_id, path, lock=True)
    edit = Edit(connection, volume, 0.0)
    for number in range(count):
        edit.create(locate(connection, volume, (f"{number:07}",)), Kind.FILE)
    edit.finish()
    assert rows.by_path(connection, account_id, path) == edit.volume
