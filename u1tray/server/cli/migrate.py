"""`u1server migrate`: the newest form of the database, or another place for the whole cloud."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import click

from u1tray.server.admin.moving import Moved, Mover
from u1tray.server.cli.common import (
    command_settings,
    data_option,
    disk_errors,
    json_option,
    opened,
    opened_contents,
    print_json,
)
from u1tray.server.cli.progress import Bar
from u1tray.server.storage.blobs.address import parse_content_url
from u1tray.server.storage.blobs.choose import open_contents
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.directory import DATABASE_FILE
from u1tray.server.storage.disk import sync_folder
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.migrate import revision
from u1tray.server.storage.metadata.postgresql import PostgresqlDatabase
from u1tray.server.storage.metadata.schema import REVISION
from u1tray.server.storage.metadata.sqlite import SqliteDatabase
from u1tray.vocabulary.errors import ConflictError, NotFoundError, UsageError
from u1tray.vocabulary.units import format_bytes

EXIT_NEEDED = 1
SQLITE = "sqlite"
FOLDER = "folder"
_BESIDE = f".{DATABASE_FILE}.migrating"


@click.command(
    "migrate",
    epilog=f"Exit codes: 0 done, {EXIT_NEEDED} --check found that a migration is needed, "
    "5 contents are damaged, 6 the target is not empty or the source changed.",
)
@data_option
@click.option("--check", is_flag=True, help="Only say whether a migration is needed.")
@click.option(
    "--to-database-url",
    "database_goal",
    envvar="U1SERVER_TO_DATABASE_URL",
    metavar="URL",
    help="Copy all metadata into this empty database; 'sqlite' is the file in the data directory.",
)
@click.option(
    "--to-content-url",
    "content_goal",
    metavar="URL",
    help="Copy all contents to this store; 'folder' is the one in the data directory.",
)
@json_option
def migrate_command(
    *,
    directory: Path,
    check: bool,
    database_goal: str | None,
    content_goal: str | None,
    as_json: bool,
) -> None:
    """Bring the database to the newest form; `serve` does that at its start too.

    With a target URL: copy the whole cloud there, and compare every row and every byte. The
    source stays as it is. Stop its servers first: if it changes meanwhile, nothing is kept. The
    server key stays in the data directory; serve with the new URLs afterwards.
    """
    if check:
        _check(directory, as_json=as_json)
        return
    if database_goal is None and content_goal is None:
        found = _revision(directory)
        with opened(directory):
            pass
        _say_revision(found, as_json=as_json)
        return
    with contextlib.ExitStack() as stack:
        stack.enter_context(disk_errors(directory))
        database = stack.enter_context(opened(directory)).database
        blobs = stack.enter_context(opened_contents(directory))
        mover = Mover(database, blobs, stack.enter_context(Bar()))
        target = None
        if content_goal is not None:
            target = stack.enter_context(_contents(directory, content_goal))
        if target is not None and database_goal is None:
            mover.move_only_contents(target)
        elif target is not None:
            mover.move_contents(target)
        if database_goal is not None:
            _move_rows(mover, directory, database_goal, target)
    _say_moved(mover.moved, as_json=as_json)


def _check(directory: Path, *, as_json: bool) -> None:
    found = _revision(directory)
    if as_json:
        print_json({"revision": found, "newest": REVISION, "needed": found != REVISION})
    elif found == REVISION:
        click.echo(f"the database is at the newest migration, {found}")
    else:
        click.echo(f"the database is at migration {found}, the newest is {REVISION}")
    click.get_current_context().exit(0 if found == REVISION else EXIT_NEEDED)


def _revision(directory: Path) -> str | None:
    """The migration that the database is at. Raises NotFoundError."""
    url = command_settings().database_url
    path = directory.absolute() / DATABASE_FILE
    if url is None and not path.exists():
        message = f"there is no cloud in {directory}"
        raise NotFoundError(message)
    database: Database = SqliteDatabase(path) if url is None else PostgresqlDatabase(url)
    with contextlib.closing(database), database.reading() as connection:
        return revision(connection)


def _contents(directory: Path, goal: str) -> contextlib.AbstractContextManager[Blobs]:
    settings = command_settings()
    try:
        address = None if goal == FOLDER else parse_content_url(goal)
    except ValueError as error:
        message = f"option --to-content-url: {error}"
        raise UsageError(message) from None
    if address == settings.content_url:
        message = "--to-content-url is where the contents are already"
        raise UsageError(message)
    wanted = replace(settings, content_url=address)
    return contextlib.closing(open_contents(directory.absolute(), wanted))


def _move_rows(mover: Mover, directory: Path, goal: str, blobs: Blobs | None) -> None:
    if goal == SQLITE:
        _move_to_file(mover, directory.absolute(), blobs)
        return
    try:
        url = parse_database_url(goal)
    except ValueError as error:
        message = f"option --to-database-url: {error}"
        raise UsageError(message) from None
    if url == command_settings().database_url:
        message = "--to-database-url is where the metadata are already"
        raise UsageError(message)
    with contextlib.closing(PostgresqlDatabase(url)) as target:
        mover.move_rows(target, blobs)


def _move_to_file(mover: Mover, directory: Path, blobs: Blobs | None) -> None:
    """Into a file beside, which gets its name when it is whole."""
    path = directory / DATABASE_FILE
    if path.exists():
        message = f"there is a database in {path}: move it away first"
        raise ConflictError(message)
    beside = directory / _BESIDE
    for left in directory.glob(f"{_BESIDE}*"):
        left.unlink()
    with contextlib.closing(SqliteDatabase(beside)) as target:
        mover.move_rows(target, blobs)
    # Closing it has written the journal into the file.
    beside.rename(path)
    sync_folder(directory)


def _say_revision(found: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json({"revision": REVISION, "before": found})
    elif found == REVISION:
        click.echo(f"the database is at the newest migration already, {REVISION}")
    else:
        click.echo(f"the database was at migration {found} and is at {REVISION} now")


def _say_moved(moved: Moved, *, as_json: bool) -> None:
    if as_json:
        print_json({"rows": moved.rows, "contents": moved.contents, "bytes": moved.size})
        return
    size = format_bytes(moved.size)
    click.echo(f"copied and compared {moved.rows} rows and {moved.contents} contents ({size})")
    click.echo("now serve with the new URLs, and keep the source until you have seen it work")
