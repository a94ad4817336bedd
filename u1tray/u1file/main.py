"""`u1file`: the cloud from a terminal. The composition root of its verbs."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence

import click

from u1tray import __version__
from u1tray.u1file.common import PROGRAM, remark
from u1tray.u1file.verbs.cat import cat
from u1tray.u1file.verbs.create_volume import create_volume
from u1tray.u1file.verbs.delete import delete
from u1tray.u1file.verbs.get import get
from u1tray.u1file.verbs.listed import listed
from u1tray.u1file.verbs.login import login
from u1tray.u1file.verbs.logout import logout
from u1tray.u1file.verbs.mkdir import mkdir
from u1tray.u1file.verbs.mv import mv
from u1tray.u1file.verbs.publish import publish, unpublish
from u1tray.u1file.verbs.published import published
from u1tray.u1file.verbs.put import put
from u1tray.u1file.verbs.query import query
from u1tray.u1file.verbs.quota import quota
from u1tray.u1file.verbs.rm_volume import rm_volume
from u1tray.u1file.verbs.volumes import volumes
from u1tray.u1file.verbs.whoami import whoami
from u1tray.vocabulary.errors import U1Error, meaning_of

INTERRUPTED = 130  # as a shell says it of SIGINT


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong use or configuration, 3 not logged in or refused log-in, "
    "4 no such thing, 5 refused, 6 changed meanwhile or there already, 7 out of space, "
    "8 no connection, 9 busy, 10 the cloud failed, "
    "11 no cloud behind the address, 12 keyring locked or absent.",
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.option("--debug", is_flag=True, help="Show what is asked of the cloud, without secrets.")
def cli(debug: bool) -> None:
    """The Ubuntu One cloud from a terminal."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s: %(message)s")
    if debug:
        # Only ours: libraries may log what they carry.
        logging.getLogger("u1tray").setLevel(logging.DEBUG)


for verb in (
    *(login, logout, whoami, quota, volumes, create_volume, rm_volume, mkdir),
    *(put, get, cat, listed, query, mv, delete, publish, unpublish, published),
):
    cli.add_command(verb)
cli.add_command(listed, "ls")
cli.add_command(delete, "rm")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # not where nohup wants it ignored
            signal.signal(number, _end)
    try:
        result = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except U1Error as error:
        remark(f"{PROGRAM}: {error.text}")
        return meaning_of(error).exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        remark("")
        return INTERRUPTED
    except OSError as error:  # of our own output: a full disk behind it, for example
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        remark(f"{PROGRAM}: The result cannot be written: {error.strerror}")
        return meaning_of(U1Error("")).exit_code
    return result if isinstance(result, int) else 0


def _end(number: int, _frame: object) -> None:
    """Leave by an exception, so that nothing half is left behind."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
