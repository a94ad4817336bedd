"""The outer boundary of a command-line program: every end is an exit code and one clear line.

Knows nothing of what the verbs do.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import click

from u1tray.terminal import colours, documents, streams
from u1tray.terminal.colours import Colour
from u1tray.terminal.interruption import Interruption
from u1tray.vocabulary.errors import U1Error, UsageError, meaning_of

_log = logging.getLogger(__name__)

INTERRUPTED = 130  # as a shell says it of SIGINT


def run(cli: click.Group, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code (`vocabulary.errors` has the table)."""
    streams.prepare()
    interruption = Interruption()
    try:
        interruption.begin()
        code = _code(cli, program, arguments, interruption)
        interruption.close()
    except BaseException:  # whatever a signal came to in the end
        if interruption.number:
            interruption.end()
        raise
    return code


def _code(
    cli: click.Group, program: str, arguments: Sequence[str] | None, interruption: Interruption
) -> int:
    try:
        result = _invoke(cli, program, arguments, interruption)
    except U1Error as error:
        fail(program, error.text)
        return meaning_of(error).exit_code
    except click.ClickException as error:  # also the help of a group without a verb
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except OSError as error:  # of our own output: a full disk behind it, for example
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = "The result cannot be written" if error.filename is None else error.filename
        fail(program, f"{what}: {error.strerror}")
        return meaning_of(U1Error("")).exit_code
    except Exception as error:  # a fault of ours; with --debug it is told where
        if interruption.number:  # or what comes of being interrupted in the middle of a lock
            raise
        _log.debug("unforeseen", exc_info=True)
        text = f"Unforeseen: {type(error).__name__}. Please report what {program} --debug says."
        fail(program, text)
        return meaning_of(U1Error("")).exit_code
    return result if isinstance(result, int) else 0


def _invoke(
    cli: click.Group, program: str, arguments: Sequence[str] | None, interruption: Interruption
) -> object:
    """What the verb returns. What goes wrong is told as JSON before it is raised, if asked for."""
    wanted = documents.are_wanted(sys.argv[1:] if arguments is None else arguments)
    try:
        return cli.main(arguments, prog_name=program, standalone_mode=False, obj=interruption)
    except (U1Error, click.UsageError) as error:
        if wanted and not isinstance(error, click.exceptions.NoArgsIsHelpError):
            ours = error if isinstance(error, U1Error) else UsageError(error.format_message())
            click.echo(documents.json_line(documents.error_value(ours)))
        raise


def cleaned(clean: Callable[[], object]) -> AbstractContextManager[None]:
    """`clean` is called at the end of this, also where the program is ended from outside."""
    interruption = click.get_current_context().find_object(Interruption)
    assert interruption is not None, "run() has put it there"
    return interruption.cleaning(clean)


@contextmanager
def question() -> Iterator[None]:
    """Ends the line of a shown question that gets no answer: `click` does of hidden ones only."""
    try:
        yield
    except click.Abort:
        remark("")
        raise


def begin_logging(*, debug: bool) -> None:
    """Warnings go to stderr; with `debug` also what our own modules do.

    Only ours: libraries may log what they carry.
    """
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s: %(message)s")
    if debug:
        logging.getLogger("u1tray").setLevel(logging.DEBUG)


def remark(text: str) -> None:
    """Print what is no result."""
    click.echo(text, err=True, color=colours.are_wanted(sys.stderr))


def fail(program: str, text: str) -> None:
    """Print what went wrong."""
    remark(f"{colours.painted(f'{program}:', Colour.ERROR, sys.stderr)} {text}")
