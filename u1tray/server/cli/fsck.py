"""`u1server fsck`: finds damage and mends it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from u1tray.server.admin.fsck.check import Fsck, Options, Outcome, Patient
from u1tray.server.admin.fsck.damage import LEFTOVERS, MEANINGS, Damage, Finding
from u1tray.server.admin.fsck.queries import subject_kind
from u1tray.server.cli.common import data_option, json_option, opened, opened_contents, print_json
from u1tray.server.cli.progress import Bar
from u1tray.server.clock import SystemClock
from u1tray.vocabulary.errors import UsageError

EXIT_DAMAGED = 20
EXIT_MENDED = 21
EXIT_CODES = {Outcome.CLEAN: 0, Outcome.DAMAGED: EXIT_DAMAGED, Outcome.MENDED: EXIT_MENDED}
_MOST_LISTED = 10_000  # of a kind; all are counted


@click.command(
    "fsck",
    epilog=f"Exit codes: 0 nothing is damaged, {EXIT_DAMAGED} damage was found or is left, "
    f"{EXIT_MENDED} damage was found and all of it mended.",
)
@data_option
@click.option("--repair", is_flag=True, help="Mend what is found.")
@click.option(
    "--full/--quick",
    "is_full",
    default=True,
    help="Read every byte of every content, or only look at sizes.  [default: full]",
)
@click.option(
    "--backup",
    "spare",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="With --repair: a backup to take lost contents from.",
)
@json_option
def fsck_command(
    directory: Path, repair: bool, is_full: bool, spare: Path | None, as_json: bool
) -> None:
    """Look for damage, also while the cloud is serving.

    Each kind of damage has a word: see u1server(1). Nothing is changed without --repair. Mending
    never destroys bytes: damaged ones go to the folder `quarantine` of the data directory, nodes
    that lost their directory to `lost+found` in their volume, and a file whose bytes are lost
    stays, without content, so that a device that has them uploads them again.
    """
    if spare is not None and not repair:
        message = "--backup is for --repair"
        raise UsageError(message)
    with opened(directory) as cloud, opened_contents(directory) as blobs, Bar() as bar:
        journal = _Journal(bar, as_json)
        patient = Patient(cloud.database, blobs, directory.absolute())
        fsck = Fsck(patient, SystemClock(), Options(is_full, spare), bar)
        if repair:
            outcome = fsck.repair(journal.found, journal.was_mended)
        else:
            outcome = fsck.check(journal.found)
    journal.end(outcome)
    click.get_current_context().exit(EXIT_CODES[outcome])


@dataclass
class _Journal:
    """What is printed."""

    bar: Bar
    as_json: bool
    listed: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[Damage] = field(default_factory=Counter)
    mended: Counter[Damage] = field(default_factory=Counter)

    def found(self, finding: Finding) -> None:
        damage = finding.damage
        self.counts[damage] += 1
        if self.counts[damage] > _MOST_LISTED:
            return
        kind = subject_kind(damage)
        if self.as_json:
            row = {"damage": damage.value, kind: finding.subject, "place": finding.place}
            self.listed.append(row)
            return
        self.bar.clear()
        click.echo(f"{damage.value}\t{kind} {finding.subject}\t{finding.place}")

    def was_mended(self, damage: Damage, count: int) -> None:
        self.mended[damage] += count
        if not self.as_json:
            self.bar.clear()
            click.echo(f"mended\t{count} {damage.value}: {MEANINGS[damage].mending}")

    def end(self, outcome: Outcome) -> None:
        if self.as_json:
            print_json(
                {
                    "outcome": outcome.value,
                    "findings": self.listed,
                    "counts": _named(self.counts),
                    "mended": _named(self.mended),
                }
            )
            return
        leftovers = sum(self.counts[damage] for damage in LEFTOVERS)
        if leftovers:
            click.echo(f"{leftovers} leftovers harm nothing: `u1server gc` removes them")
        click.echo(_SENTENCES[outcome])


def _named(counts: Counter[Damage]) -> dict[str, int]:
    return {damage.value: counts[damage] for damage in Damage if counts[damage]}


_SENTENCES = {
    Outcome.CLEAN: "nothing is damaged",
    Outcome.DAMAGED: "there is damage: `u1server fsck --repair` mends what can be mended",
    Outcome.MENDED: "all damage was mended",
}
