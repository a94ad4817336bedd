"""`u1server backup` and `u1server restore`."""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from u1tray.server.accounts.server_key import FILE_NAME as KEY_FILE
from u1tray.server.accounts.server_key import VARIABLE as KEY_VARIABLE
from u1tray.server.admin.backup.create import BackupMaker, Created, Source
from u1tray.server.admin.backup.restore import Restored, Restorer, Target, undisturbed
from u1tray.server.cli.common import (
    command_settings,
    data_option,
    disk_errors,
    json_option,
    opened,
    opened_contents,
    print_json,
)
from u1tray.server.cli.fsck import EXIT_DAMAGED
from u1tray.server.cli.progress import Bar
from u1tray.server.clock import SystemClock
from u1tray.server.storage.metadata.postgresql import PostgresqlDatabase
from u1tray.vocabulary.units import format_bytes

_MOST_NAMED = 20


@click.command(
    "backup",
    epilog=f"Exit codes: 0 done, {EXIT_DAMAGED} done, but the cloud itself has lost contents: "
    "run `u1server fsck`.",
)
@click.argument("backup", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@data_option
@click.option("--with-key", is_flag=True, help="Put the server key beside the data.")
@click.option(
    "--copy", "copies", is_flag=True, help="Copy and verify every byte; never share a file's room."
)
@json_option
def backup_command(
    *, backup: Path, directory: Path, with_key: bool, copies: bool, as_json: bool
) -> None:
    """Back the cloud up into DIR, also while it is serving.

    The state of one moment. DIR is an empty directory, or one with an earlier backup: then only
    new contents are copied, and the earlier backup stays until the new one is whole. On the disk
    of the cloud contents are not copied but shared, which protects them from being deleted and
    not from a broken disk; --copy makes copies.

    Without --with-key keep the server key yourself, apart from the backup: without it nobody can
    log in to what is restored with the devices of today.
    """
    with disk_errors(backup), opened(directory) as cloud, opened_contents(directory) as blobs:
        source = Source(cloud.database, blobs, directory.absolute(), os.environ)
        with Bar() as bar:
            maker = BackupMaker(source, backup.absolute(), SystemClock(), bar)
            created = maker.make(with_key=with_key, may_share=not copies)
    _say_created(created, backup, directory, as_json=as_json)
    if created.manifest.missing:
        click.get_current_context().exit(EXIT_DAMAGED)


@click.command(
    "restore",
    epilog=f"Exit codes: 0 done, 4 no backup, 6 the directory is not empty, {EXIT_DAMAGED} done, "
    "but contents are missing or damaged in the backup.",
)
@click.argument("backup", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@data_option
@json_option
def restore_command(backup: Path, directory: Path, as_json: bool) -> None:
    """Make a cloud of the backup in DIR, in a new data directory.

    Every byte is verified. If it is interrupted, run it again: until it is done, no server takes
    the directory for a cloud.

    All is as it was then: tokens that were revoked since the backup live again, old passwords
    too. Revoke them again before you serve. Web log-ins and open uploads are not restored.
    """
    settings = command_settings()
    database = None
    with contextlib.ExitStack() as stack:
        stack.enter_context(disk_errors(directory))
        if settings.database_url is not None:
            database = PostgresqlDatabase(settings.database_url)
            stack.callback(database.close)
        if backup.is_dir():
            stack.enter_context(undisturbed(backup))
        bar = stack.enter_context(Bar())
        target = Target(directory.absolute(), os.environ, database)
        restorer = Restorer(backup.absolute(), target, bar)
        manifest = restorer.prepare()
        with opened_contents(directory) as blobs:
            restored = restorer.restore(manifest, blobs)
    _say_restored(restored, directory, as_json=as_json)
    if restored.damaged:
        click.get_current_context().exit(EXIT_DAMAGED)


def _say_created(created: Created, backup: Path, directory: Path, *, as_json: bool) -> None:
    manifest = created.manifest
    if as_json:
        print_json({**asdict(manifest), "copied": created.copied})
        return
    size = format_bytes(manifest.contents_bytes)
    click.echo(
        f"{backup}: the cloud of {manifest.created}, "
        f"{manifest.contents} contents ({size}), {created.copied} of them new"
    )
    _list(manifest.missing, "lost in the cloud itself; run `u1server fsck`")
    if not manifest.has_key:
        click.echo(_KEY_ADVICE.format(key=directory.absolute() / KEY_FILE, variable=KEY_VARIABLE))


def _say_restored(restored: Restored, directory: Path, *, as_json: bool) -> None:
    manifest = restored.manifest
    if as_json:
        found: dict[str, Any] = {
            "created": manifest.created,
            "contents": manifest.contents,
            "damaged": restored.damaged,
            "has_key": restored.has_key,
        }
        print_json(found)
        return
    click.echo(f"{directory}: the cloud of {manifest.created}, {manifest.contents} contents")
    _list(restored.damaged, "missing or damaged in the backup; run `u1server fsck --repair`")
    if not restored.has_key:
        place = directory.absolute() / KEY_FILE
        click.echo(f"now put the server key into {place} (mode 600), or into {KEY_VARIABLE}")


_KEY_ADVICE = (
    "the server key is not in it: keep {key} (or what {variable} has) in another safe place; "
    "--with-key includes it"
)


def _list(names: list[str] | tuple[str, ...], what: str) -> None:
    for name in names[:_MOST_NAMED]:
        click.echo(f"content {name}: {what}")
    if len(names) > _MOST_NAMED:
        click.echo(f"{len(names) - _MOST_NAMED} more contents: {what}")
