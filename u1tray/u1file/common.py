"""What the verbs share: the cloud, options, output. Results go to stdout, remarks to stderr."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from u1tray.rest import Cloud, settings
from u1tray.rest.retries import ATTEMPTS_BY_HAND
from u1tray.rest.settings import CloudSettings
from u1tray.u1file import keys
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import UsageError

PROGRAM = "u1file"

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def cloud_settings() -> CloudSettings:
    """Which cloud. Raises UsageError when none is set."""
    found = settings.load()
    if found is None:
        text = "No cloud is set: run u1file login --api-url https://your.cloud"
        raise UsageError(text)
    return found


def open_cloud(
    credentials: Credentials | None = None, *, attempts: int = ATTEMPTS_BY_HAND
) -> Cloud:
    """The cloud, signed for the stored credentials or those given."""
    wanted = cloud_settings()
    return Cloud(wanted, credentials or keys.needed(), program=PROGRAM, limit=attempts)


def show(text: str, value: Mapping[str, object], as_json: bool) -> None:
    """Print a verb's result: text for people, or the value as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False) if as_json else text)


def remark(text: str) -> None:
    """Print what is no result."""
    click.echo(text, err=True)
