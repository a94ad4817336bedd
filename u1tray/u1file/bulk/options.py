"""The options that put, get and sync share, and what they mean together."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

from u1tray.u1file.bulk.policy import Policy
from u1tray.vocabulary.errors import UsageError

DEFAULT_JOBS = 8
MOST_JOBS = 64
_Function = TypeVar("_Function", bound=Callable[..., object])


@dataclass(frozen=True)
class How:
    """How much at once, what is replaced, and how it is told."""

    policy: Policy = Policy.REPLACE
    jobs: int = DEFAULT_JOBS
    is_recursive: bool = False
    force: bool = False
    quiet: bool = False
    as_json: bool = False
    is_dry: bool = False


jobs_option = click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(1, MOST_JOBS),
    default=DEFAULT_JOBS,
    show_default=True,
    help="How many transfers at once; small files travel together in one.",
)


def transfer_options(function: _Function) -> _Function:
    """Add the options of put and get."""
    for option in reversed(
        (
            click.option(
                "-r", "--recursive", is_flag=True, help="Also folders and what is in them."
            ),
            jobs_option,
            click.option(
                "--skip-existing", is_flag=True, help="Leave what is at the target already."
            ),
            click.option(
                "-u", "--update", is_flag=True, help="Carry only files whose content differs."
            ),
        )
    ):
        function = option(function)
    return function


def policy_of(*, skip_existing: bool, update: bool) -> Policy:
    """What the two options mean. Raises UsageError for both."""
    if skip_existing and update:
        text = "Choose one of --skip-existing and --update."
        raise UsageError(text)
    if skip_existing:
        return Policy.SKIP_EXISTING
    return Policy.UPDATE if update else Policy.REPLACE


def own_name(path: str) -> str:
    """The name that a local path keeps in another folder; `''` for `.` and the like."""
    stripped = path.rstrip("/")
    name = os.path.basename(stripped)
    return "" if name in ("", ".", "..") else name
