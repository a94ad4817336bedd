"""`u1server gc`: removes contents that nothing names any more; also while the cloud serves."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from u1tray.server.cli.common import (
    data_option,
    json_option,
    opened,
    opened_contents,
    print_json,
)
from u1tray.server.cli.progress import Bar
from u1tray.server.clock import SystemClock
from u1tray.server.storage.garbage import GRACE_S, Collected, Collector
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.partials.opening import open_partials
from u1tray.server.storage.partials.protocol import Partials
from u1tray.server.uploads.expiry import find_expired, remove_expired
from u1tray.vocabulary.units import format_bytes


@click.command("gc")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option(
    "--grace",
    "grace_s",
    type=click.FloatRange(min=0),
    default=GRACE_S,
    show_default=True,
    metavar="SECONDS",
    help="How long something must have been unused to be removed.",
)
@data_option
@json_option
def gc_command(directory: Path, dry_run: bool, grace_s: float, as_json: bool) -> None:
    """Remove contents that no file has any more, and uploads that were not finished in a week.

    What is found unused for the first time waits for the time of grace. A running cloud does
    this by itself (`gc_interval`).
    """
    with opened(directory) as cloud, opened_contents(directory) as blobs, Bar() as bar:
        clock = SystemClock()
        collector = Collector(cloud.database, blobs, clock, grace_s=grace_s, progress=bar)
        found = collector.look() if dry_run else collector.collect()
        partials = open_partials(blobs, cloud.database, clock)
        expire = _count_expired if dry_run else remove_expired
        expired = expire(cloud.database, partials, clock.now())
    if as_json:
        print_json({"dry_run": dry_run, **asdict(found), "expired": expired})
    else:
        _show(found, dry_run, expired)


def _count_expired(database: Database, partials: Partials, now: float) -> int:
    return sum(1 for _ in find_expired(database, partials, now))


def _show(found: Collected, dry_run: bool, expired: int) -> None:
    removed = "would remove" if dry_run else "removed"
    for count, size, what in (
        (found.contents, found.content_bytes, "unused contents"),
        (found.orphans, found.orphan_bytes, "orphan blobs"),
    ):
        click.echo(f"{removed} {count} {what} ({format_bytes(size)})")
    if found.abandoned:
        click.echo(f"{removed} {found.abandoned} unfinished uploads")
    if expired:
        click.echo(f"{removed} {expired} uploads that were not finished in time")
    if found.waiting:
        waiting = format_bytes(found.waiting_bytes)
        click.echo(f"{found.waiting} unused contents wait for the time of grace ({waiting})")
