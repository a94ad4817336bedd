"""`u1file`: the cloud from a terminal. The composition root of its verbs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from u1tray import __version__
from u1tray.u1file.common import PROGRAM, remark
from u1tray.u1file.verbs.login import login
from u1tray.u1file.verbs.logout import logout
from u1tray.u1file.verbs.quota import quota
from u1tray.u1file.verbs.whoami import whoami
from u1tray.vocabulary.errors import U1Error, meaning_of

INTERRUPTED = 130  # as a shell says it of SIGINT


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong use or configuration, 3 not logged in or refused log-in, "
    "4 no such thing, 5 refused, 7 out of space, 8 no connection, 9 busy, 10 the cloud failed, "
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


for verb in (login, logout, quota, whoami):
    cli.add_command(verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code."""
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
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
