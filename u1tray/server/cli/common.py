"""What the commands share: options, errors, output, and the data directory they work on."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from u1tray.server.accounts import rules
from u1tray.server.accounts.cipher import Cipher
from u1tray.server.settings.options import Settings, data_directory, load_settings
from u1tray.server.storage.blobs.choose import open_contents
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata.database import Database
from u1tray.vocabulary.errors import QuotaError, U1Error, UsageError, meaning_of
from u1tray.vocabulary.units import parse_bytes

_MAX_PASSWORD_LINE_BYTES = 4096

_SETTINGS = "u1tray.server.settings.options"

config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),  # `load_settings` says what is wrong with it
    envvar="U1SERVER_CONFIG",
    help="A configuration file (INI, section [server]).",
)
database_option = click.option(
    "--database-url",
    metavar="URL",
    help="postgresql://user@host/database  [default: a file in the data directory]",
)


content_option = click.option(
    "--content-url",
    metavar="URL",
    help="file:///PATH or s3://BUCKET/PREFIX  [default: a folder in the data directory]",
)


def data_option(command: Callable[..., None]) -> Callable[..., None]:
    """Which cloud a command works on: it is given the data directory as `directory`.

    The other settings, from the same places as those of `serve`, are for `opened`.
    """

    @click.option("--data", metavar="DIR", help="The cloud's data directory.")
    @database_option
    @content_option
    @config_option
    @functools.wraps(command)
    def run(
        *args: Any,
        data: str | None,
        database_url: str | None,
        content_url: str | None,
        config: Path | None,
        **kwargs: Any,
    ) -> None:
        given = {"data": data, "database_url": database_url, "content_url": content_url}
        settings = load_settings(config, os.environ, given)
        click.get_current_context().meta[_SETTINGS] = settings
        command(*args, directory=data_directory(settings), **kwargs)

    return run


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Commands(click.Group):
    """A group that ends with the exit code of our errors instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except U1Error as error:
            click.echo(f"u1server: {error.text}", err=True)
            ctx.exit(meaning_of(error).exit_code)


if TYPE_CHECKING:
    _SizeType = click.ParamType[int | None]
else:
    _SizeType = click.ParamType  # not generic in the click of older distributions


class Bytes(_SizeType):
    """A size such as 5GB, or `none` for no limit."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value is None or isinstance(value, int):
            return value
        if str(value).strip().lower() in ("none", "unlimited"):
            return None
        try:
            return parse_bytes(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def command_settings() -> Settings:
    """The settings of a command with `data_option`."""
    settings: Settings = click.get_current_context().meta[_SETTINGS]
    return settings


def opened_contents(directory: Path) -> contextlib.AbstractContextManager[Blobs]:
    """The blobs of a command's cloud, to use in a `with`."""
    settings: Settings = click.get_current_context().meta[_SETTINGS]
    return contextlib.closing(open_contents(directory.absolute(), settings))


@dataclass(frozen=True)
class Opened:
    """An open data directory."""

    database: Database
    cipher: Cipher


@contextlib.contextmanager
def opened(directory: Path, *, create: bool = False) -> Iterator[Opened]:
    """The data directory of a command; also while the server runs on it."""
    settings: Settings = click.get_current_context().meta[_SETTINGS]
    database, cipher = open_directory(
        directory.absolute(), os.environ, create=create, database_url=settings.database_url
    )
    try:
        yield Opened(database, cipher)
    finally:
        database.close()


@contextlib.contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """The disk's errors at a place outside the data directory as ours."""
    try:
        yield
    except OSError as error:
        message = f"cannot write {place}: {error.strerror or error}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise QuotaError(message) from error
        raise UsageError(message) from error


def read_password(from_stdin: bool) -> str:
    """The password: the first line of standard input, or asked twice. Raises UsageError."""
    if from_stdin:
        return _password_line(sys.stdin.buffer.readline(_MAX_PASSWORD_LINE_BYTES))
    if not sys.stdin.isatty():
        message = "there is no terminal to ask for the password: use --password-stdin"
        raise UsageError(message)
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return _checked(asked)


def print_json(value: Any) -> None:
    """One JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _password_line(line: bytes) -> str:
    try:
        return _checked(line.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        message = "the password is not valid UTF-8"
        raise UsageError(message) from None


def _checked(password: str) -> str:
    fault = rules.password_fault(password)
    if fault is not None:
        raise UsageError(fault)
    return password
