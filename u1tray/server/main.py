"""The u1server program: the cloud and its administration."""

from __future__ import annotations

import os

import click

from u1tray import __version__
from u1tray.server.cli.backup import backup_command, restore_command
from u1tray.server.cli.common import Commands
from u1tray.server.cli.folders import export_command, import_command
from u1tray.server.cli.fsck import fsck_command
from u1tray.server.cli.gc import gc_command
from u1tray.server.cli.key import key_group
from u1tray.server.cli.migrate import migrate_command
from u1tray.server.cli.serve import serve_command
from u1tray.server.cli.token import token_group
from u1tray.server.cli.user import user_group


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 not confirmed, 2 wrong use or configuration, 4 no such account "
    "or cloud, 5 refused, 6 exists already, 7 disk full, 9 busy, 10 a fault of the server.",
)
@click.version_option(__version__, prog_name="u1server")
def cli() -> None:
    """The Ubuntu One cloud, hosted by you."""


cli.add_command(serve_command)
cli.add_command(user_group)
cli.add_command(token_group)
cli.add_command(gc_command)
cli.add_command(key_group)
cli.add_command(fsck_command)
cli.add_command(backup_command)
cli.add_command(restore_command)
cli.add_command(import_command)
cli.add_command(export_command)
cli.add_command(migrate_command)


def main() -> None:
    """The console script."""
    os.umask(0o077)  # what the cloud keeps is nobody else's business
    cli(prog_name="u1server")


if __name__ == "__main__":
    main()
