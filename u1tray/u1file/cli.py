"""`u1file`: the cloud from a terminal. Its options, and all its verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from u1tray import __version__
from u1tray.terminal import boundary
from u1tray.terminal.verbs import Verbs
from u1tray.vocabulary.errors import SignedOutError

PROGRAM = "u1file"
_HERE = "u1tray.u1file.verbs"
_AGAIN = "Log in again."  # to people without a command line, too

# In the order of --help; each is loaded when it is asked for.
VERBS: Mapping[str, str] = {
    "login": f"{_HERE}.login:login",
    "logout": f"{_HERE}.logout:logout",
    "devices": f"{_HERE}.devices:devices",
    "whoami": f"{_HERE}.whoami:whoami",
    "quota": f"{_HERE}.quota:quota",
    "volumes": f"{_HERE}.volumes:volumes",
    "create-volume": f"{_HERE}.create_volume:create_volume",
    "rm-volume": f"{_HERE}.rm_volume:rm_volume",
    "mkdir": f"{_HERE}.mkdir:mkdir",
    "put": f"{_HERE}.put:put",
    "get": f"{_HERE}.get:get",
    "sync": f"{_HERE}.sync:sync",
    "cat": f"{_HERE}.cat:cat",
    "list": f"{_HERE}.listed:listed",
    "ls": f"{_HERE}.listed:listed",
    "diff": f"{_HERE}.diff:diff",
    "verify": f"{_HERE}.verify:verify",
    "query": f"{_HERE}.query:query",
    "cp": f"{_HERE}.cp:cp",
    "mv": f"{_HERE}.mv:mv",
    "delete": f"{_HERE}.delete:delete",
    "rm": f"{_HERE}.delete:delete",
    "publish": f"{_HERE}.publish:publish",
    "unpublish": f"{_HERE}.publish:unpublish",
    "published": f"{_HERE}.published:published",
    "completion": f"{_HERE}.completion:completion",
}


class _Told(Verbs):
    """Who must log in again is told how."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb. Raises what it raises."""
        try:
            return super().invoke(ctx)
        except SignedOutError as error:
            from u1tray.u1file import choice  # noqa: PLC0415 - for a failure only

            command = choice.chosen().login_command
            error.text = error.text.replace(_AGAIN, f"Run {command}.")
            raise


@click.group(
    cls=_Told,
    verbs=VERBS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 different, damaged or unforeseen, 2 wrong use or "
    "configuration, 3 not logged in or refused log-in, "
    "4 no such thing, 5 refused, 6 changed meanwhile or there already, 7 out of space, "
    "8 no connection, 9 busy, 10 the cloud failed, "
    "11 no cloud behind the address, 12 keyring locked or absent.",
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.option("--debug", is_flag=True, help="Show what is asked of the cloud, without secrets.")
@click.option(
    *("-p", "--profile"),
    metavar="NAME",
    envvar="U1_PROFILE",
    help="Another account or cloud, with an address and credentials of its own.",
)
@click.option("--api-url", metavar="URL", help="The cloud's address, this time only.")
@click.option(
    *("--cacert", "ca_file"),
    metavar="FILE",
    envvar="U1_CACERT",
    help="Trust the authorities in FILE (PEM) as well; login remembers it.",
)
def cli(debug: bool, **_choice: str | None) -> None:
    """The Ubuntu One cloud from a terminal."""
    # What else is here is read by `choice.chosen`.
    boundary.begin_logging(debug=debug)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code."""
    return boundary.run(cli, PROGRAM, arguments)
