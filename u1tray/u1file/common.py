"""What the verbs share: the cloud, options, output. Results go to stdout, remarks to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from u1tray.rest import Cloud
from u1tray.rest.retries import ATTEMPTS_BY_HAND
from u1tray.rest.settings import CloudSettings
from u1tray.terminal import colours
from u1tray.terminal.boundary import remark
from u1tray.terminal.documents import json_line
from u1tray.u1file import keys
from u1tray.u1file.choice import cloud_settings
from u1tray.vocabulary.credentials import Credentials

PROGRAM = "u1file"
PIPE = "-"  # LOCAL: standard input or output

_QUIET = "u1tray.u1file.quiet"
_JSON = "u1tray.u1file.json"
_Function = TypeVar("_Function", bound=Callable[..., object])


def _quiet_option(*, is_told: bool) -> Callable[[_Function], _Function]:
    """`-q`; the verb is told of it where it has an argument for it."""

    def note(context: click.Context, _option: click.Parameter, value: bool) -> bool:
        context.meta[_QUIET] = value or _is_quiet()
        return _is_quiet()  # as it was said, or before the verb of a verb

    return click.option(
        *("-q", "--quiet"),
        is_flag=True,
        expose_value=is_told,
        callback=note,
        help="No progress and no remarks.",
    )


def _note_json(context: click.Context, _option: click.Parameter, value: bool) -> bool:
    wanted: bool = value or context.meta.get(_JSON, False)
    context.meta[_JSON] = wanted
    return wanted


json_option = click.option(
    *("--json", "as_json"), is_flag=True, callback=_note_json, help="Print JSON."
)
quiet_option = _quiet_option(is_told=True)
silent_option = _quiet_option(is_told=False)  # for verbs that remark nothing but waiting
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
        on_wait=on_wait or (_wait_silently if _is_quiet() else _remark_wait),
    )


def show(text: str, value: object, as_json: bool) -> None:
    """Print a verb's result: text for people, if any, or the value as one line of JSON."""
    if as_json:
        click.echo(json_line(value))
    elif text:
        click.echo(text, color=colours.are_wanted(sys.stdout))


def show_all(lines: Iterable[str], values: Iterable[object], as_json: bool) -> None:
    """The same for a list: a line each, also of JSON."""
    if as_json:
        show("\n".join(map(json_line, values)), None, as_json=False)
    else:
        show("\n".join(lines), None, as_json=False)


def waiting(seconds: float, why: str) -> str:
    """The remark that a request is tried again: why, without the advice behind it."""
    return f"{why.partition('. ')[0].rstrip('.')}. Trying again in {seconds:.0f} s."


def _is_quiet() -> bool:
    """Whether an option of the running verb said so; all its contexts share `meta`."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_QUIET))


def _wait_silently(_seconds: float, _why: str) -> None:
    pass


def _remark_wait(seconds: float, why: str) -> None:
    remark(waiting(seconds, why))
