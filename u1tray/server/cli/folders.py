"""`u1server import-folder` and `u1server export-folder`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from u1tray.server.admin.folders import remote
from u1tray.server.admin.folders.exporting import Exporter
from u1tray.server.admin.folders.importing import Goal, Importer
from u1tray.server.admin.folders.report import Reason, Tally
from u1tray.server.admin.fsck.places import printable
from u1tray.server.cli.common import (
    data_option,
    disk_errors,
    json_option,
    opened,
    opened_contents,
    print_json,
)
from u1tray.server.cli.progress import Bar
from u1tray.server.clock import SystemClock
from u1tray.vocabulary.errors import U1Error
from u1tray.vocabulary.units import format_bytes

EXIT_PARTLY = 1
EXIT_DIFFERS = 6
_MOST_LISTED = 10_000


@click.command(
    "import-folder",
    epilog=f"Exit codes: 0 done, {EXIT_PARTLY} some files could not be imported, "
    "4 no such account or volume, 7 the quota is reached.",
)
@click.argument("email")
@click.argument("local", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("remote_path", metavar="REMOTE")
@click.option("--create-volume", is_flag=True, help="Make the volume of REMOTE if it is missing.")
@data_option
@json_option
def import_command(
    *,
    email: str,
    local: Path,
    remote_path: str,
    create_volume: bool,
    directory: Path,
    as_json: bool,
) -> None:
    """Put all that is in the folder LOCAL into REMOTE, such as ~/Docs/letters, of EMAIL.

    By the rules of an upload: the quota counts, and devices that sync get the files. Files of the
    same name are replaced, equal ones skipped, none are deleted; if it is interrupted, run it
    again. Links and special files are told and left out.
    """
    names = remote.parse_remote(remote_path)
    clock = SystemClock()
    with opened(directory) as cloud, opened_contents(directory) as blobs, Bar() as bar:
        with cloud.database.writing() as connection:
            account = remote.account_id(connection, email)
            if create_volume:
                remote.create_volume(connection, account, names, clock.now())
            volume = remote.volume_names(connection, account, names)
        listing = _Listing(bar, as_json)
        tally = Tally(listing.leave_out)
        importer = Importer(cloud.database, blobs, clock, tally, bar)
        goal = Goal(account, names, volume)
        listing.run(lambda: importer.run(local, goal), tally, "imported")
    click.get_current_context().exit(EXIT_PARTLY if tally.failures else 0)


@click.command(
    "export-folder",
    epilog=f"Exit codes: 0 done, {EXIT_PARTLY} some files could not be exported, "
    f"4 no such account or directory, {EXIT_DIFFERS} other files are there already.",
)
@click.argument("email")
@click.argument("remote_path", metavar="REMOTE")
@click.argument("local", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Replace files that differ.")
@data_option
@json_option
def export_command(
    *, email: str, remote_path: str, local: Path, force: bool, directory: Path, as_json: bool
) -> None:
    """Put all that is in REMOTE, such as ~/Docs/letters, of EMAIL into the folder LOCAL.

    Equal files are skipped, and files that differ are left unless --force is given; if it is
    interrupted, run it again. Files get the time of their last change in the cloud.
    """
    names = remote.parse_remote(remote_path)
    with opened(directory) as cloud, opened_contents(directory) as blobs, Bar() as bar:
        with cloud.database.reading() as connection:
            account = remote.account_id(connection, email)
            found = remote.find_directory(connection, account, names)
        listing = _Listing(bar, as_json)
        tally = Tally(listing.leave_out)
        exporter = Exporter(cloud.database, blobs, tally, bar, force=force)
        with disk_errors(local):
            listing.run(lambda: exporter.run(found.node, local), tally, "exported")
    differing = tally.left_out[Reason.DIFFERS]
    code = EXIT_DIFFERS if differing else EXIT_PARTLY if tally.failures else 0
    click.get_current_context().exit(code)


@dataclass
class _Listing:
    """What is printed: each thing left out as it happens, and what was done at the end."""

    bar: Bar
    as_json: bool
    listed: list[dict[str, str]] = field(default_factory=list)

    def leave_out(self, path: str, reason: Reason) -> None:
        if not self.as_json:
            self.bar.clear()
            click.echo(f"{reason.value}\t{printable(path)}", err=True)
        elif len(self.listed) < _MOST_LISTED:
            self.listed.append({"path": printable(path), "reason": reason.value})

    def run(self, work: Callable[[], None], tally: Tally, word: str) -> None:
        """Do it, and tell what was done also when it ended early. Raises what it raises."""
        try:
            work()
        except U1Error:
            self._end(tally, word)
            raise
        self._end(tally, word)

    def _end(self, tally: Tally, word: str) -> None:
        self.bar.clear()
        if self.as_json:
            print_json(
                {
                    word: tally.files,
                    "bytes": tally.size,
                    "kept": tally.kept,
                    "directories": tally.directories,
                    "left_out": self.listed,
                    "left_out_count": sum(tally.left_out.values()),
                }
            )
            return
        click.echo(
            f"{word} {tally.files} files ({format_bytes(tally.size)}), {tally.kept} were there "
            f"already, {sum(tally.left_out.values())} left out"
        )
