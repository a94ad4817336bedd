"""What the verbs share: the cloud, options, output. Results go to stdout, remarks to stderr."""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from u1tray.rest import Cloud
from u1tray.rest.retries import ATTEMPTS_BY_HAND
from u1tray.rest.settings import CloudSettings
from u1tray.u1file import keys
from u1tray.u1file.choice import cloud_settings
from u1tray.vocabulary.credentials import Credentials

PROGRAM = "u1file"
PIPE = "-"  # LOCAL: standard input or output

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress and no remarks.")
force_option = click.option("-f", "--force", is_flag=True, help="Replace what changed meanwhile.")


def open_cloud(
    credentials: Credentials | None = None,
    *,
    settings: CloudSettings | None = None,
    attempts: int = ATTEMPTS_BY_HAND,
    on_wait: Callable[[float, str], None] | None = None,
) -> Cloud:
    """The cloud, signed for the stored credentials or those given; waiting is remarked."""
    wanted = settings or cloud_settings()
    return Cloud(
        wanted,
        credentials or keys.needed(),
        program=PROGRAM,
        limit=attempts,
        on_wait=on_wait or _remark_wait,
    )


def show(text: str, value: object, as_json: bool) -> None:
    """Print a verb's result: text for people, if any, or the value as one line of JSON."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False))
    elif text:
        click.echo(text)


def remark(text: str) -> None:
    """Print what is no result."""
    click.echo(text, err=True)


def waiting(seconds: float, why: str) -> str:
    """The remark that a request is tried again: why, without the advice behind it."""
    return f"{why.partition('. ')[0].rstrip('.')}. Trying again in {seconds:.0f} s."


def _remark_wait(seconds: float, why: str) -> None:
    remark(waiting(seconds, why))
