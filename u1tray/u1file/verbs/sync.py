"""`u1file sync`: one folder made like another, in one direction."""

from __future__ import annotations

import click

from u1tray.u1file.bulk import mirroring
from u1tray.u1file.bulk.mirroring import Mirror
from u1tray.u1file.bulk.options import How, jobs_option
from u1tray.u1file.bulk.patterns import excluder
from u1tray.u1file.bulk.policy import Policy
from u1tray.u1file.common import force_option, json_option, quiet_option
from u1tray.u1file.completion import remote_argument
from u1tray.vocabulary.errors import UsageError


@click.command("sync")
@click.argument("source", metavar="LOCAL", type=click.Path(readable=False))
@remote_argument("target")
@click.option("--down", is_flag=True, help="The other way round: sync --down REMOTE LOCAL.")
@click.option("--delete", is_flag=True, help="Delete at the target what is not at the source.")
@click.option(
    "--max-delete",
    type=click.IntRange(0),
    metavar="N",
    help="Refuse more than N deletions. Without it: more than half of what is there, and all "
    "where the source is empty.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave alone what fits, on both sides."
)
@jobs_option
@force_option
@quiet_option
@json_option
def sync(
    *,
    source: str,
    target: str,
    down: bool,
    delete: bool,
    max_delete: int | None,
    dry_run: bool,
    exclude: tuple[str, ...],
    jobs: int,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make the folder REMOTE of the cloud like the folder LOCAL of this computer.

    Files are compared by size and content; hashes of local files are remembered, so that nothing
    is read twice. Deletions come last, and only if everything else went well.
    """
    if max_delete is not None and not delete:
        text = "--max-delete says how much --delete may delete: add --delete."
        raise UsageError(text)
    how = How(Policy.UPDATE, jobs, True, force, quiet, as_json, dry_run)
    mirror = Mirror(excluder(exclude), delete, max_delete)
    if down:
        return mirroring.mirror_down(source, target, how, mirror)
    return mirroring.mirror_up(source, target, how, mirror)
