"""Writes data/man/u1file.1 from the help of u1file itself: python -m tools.man_page

What is no command and no option stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from u1tray import __version__
from u1tray.u1file.cli import PROGRAM, cli

PAGE = Path(__file__).parents[1] / "data/man/u1file.1"
DATE = "2026-11-22"

_DESCRIPTION = """\
Uses the cloud that
.B login
was told, with the credentials that the Credentials service of the session keeps; where there is
no session bus or no keyring, they are in an encrypted vault.
.PP
.I REMOTE
is written as
.I Volume/path
or
.IR \\(ti/Volume/path ;
.I LOCAL
is a path of this computer.
Results go to standard output, remarks to standard error.
With
.B \\-\\-json
a result is one line of JSON, or, where there may be many, one line for each;
what went wrong is one, too, with the keys
.IR error ", " code " and " exit_code ;
but for Ctrl\\-C, and where it cannot be written.
"""

_REST = """\
.SH EXIT STATUS
.TS
r l.
0	done
1	different (diff), damaged (verify), or something unforeseen
2	wrong use or configuration
3	not logged in, or log\\-in refused
4	no such thing
5	refused: permission denied
6	changed meanwhile, or there already
7	out of space
8	no connection
9	the cloud is busy
10	the cloud failed; the number of its report is told
11	no cloud behind the address
12	keyring or vault locked or absent
130	interrupted
.TE
.SH ENVIRONMENT
.TP
.B U1_API_URL
The cloud's address, instead of the configured one.
.TP
.B U1_PROFILE
The profile, where
.B \\-\\-profile
is not given.
.TP
.B U1_CACERT
A file of authorities to trust as well, where
.B \\-\\-cacert
is not given.
.TP
.B U1FILE_COMPLETION_SECONDS
How long a shell waits for the names in the cloud when Tab is pressed: 3 unless set.
.TP
.B U1TRAY_PASSPHRASE_FILE
A file, readable by its owner only, with the passphrase of the vault.
Without it the passphrase is asked on the terminal.
.TP
.BR SSL_CERT_FILE ", " SSL_CERT_DIR
The authorities to trust instead of the system's.
.TP
.BR HTTPS_PROXY ", " HTTP_PROXY ", " ALL_PROXY ", " NO_PROXY
The proxy, and what is reached without it; this computer itself always is.
.TP
.B NO_COLOR
No colours.
.SH FILES
.TP
.I $XDG_CONFIG_HOME/u1tray/cloud.conf
The clouds' addresses, an INI file.
The section
.B [cloud]
is that of the indicator and the sync daemon as well,
.B [profile NAME]
that of a profile.
Each may hold
.BR api_url ,
.BR content_url " and " sso_url
(both default to the first), and
.BR ca_file ,
a PEM file of authorities to trust beside the system's.
.TP
.I $XDG_DATA_HOME/u1tray/credentials.vault
The credentials, where there is no keyring.
.TP
.I $XDG_DATA_HOME/u1tray/profiles/NAME.vault
Those of a profile, always in a vault.
.SH EXAMPLES
.nf
u1file login ana@example.com \\-\\-api\\-url https://cloud.example.com
u1file create\\-volume Docs
u1file put letter.txt Docs/letters/
u1file list Docs/letters
u1file get Docs/letters/letter.txt copy.txt
u1file diff copy.txt Docs/letters/letter.txt
u1file delete Docs/letters/letter.txt
.fi
.SH SEE ALSO
.BR u1tray (1),
.BR u1sync (1),
.BR u1server (1)
"""


def page() -> str:
    """The whole page, in man(7)."""
    context = click.Context(cli, info_name=PROGRAM)
    parts = [
        f'\'\\" t\n.TH U1FILE 1 {DATE} "u1tray {__version__}" "User Commands"',
        ".SH NAME\nu1file \\- the Ubuntu One cloud from a terminal",
        ".SH SYNOPSIS\n.B u1file\n.RI [ OPTION ...]\n.I COMMAND\n.RI [ OPTION ...]",
        f".SH DESCRIPTION\n{_DESCRIPTION.rstrip()}",
        ".SH OPTIONS",
        *_options(cli, context),
        ".TP\n.B \\-h, \\-\\-help\nShow the commands, or the options of one, and end.",
        ".SH COMMANDS",
        *_commands(context),
        _REST,
    ]
    return "\n".join(parts)


def _commands(context: click.Context) -> Iterator[str]:
    told: dict[int, str] = {}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if id(command) in told:
            yield f".SS u1file {_text(name)}\nThe same as {_text(told[id(command)])}."
            continue
        told[id(command)] = name
        yield from _command(command, click.Context(command, context, name))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_text(context.command_path)} {_text(usage)}"
    yield _text(re.sub(r"\n\s*\n", "\n.PP\n", command.help or ""))
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, context, name))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if isinstance(option, click.Option) and record is not None and "--help" not in option.opts:
            yield f".TP\n.B {_text(record[0])}\n{_text(record[1])}"


def _text(plain: str) -> str:
    """Text without what troff would take for its own."""
    escaped = plain.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    lines = (line.strip() for line in escaped.splitlines())
    return "\n".join(
        f"\\&{line}" if line.startswith(("'", ".")) and line != ".PP" else line for line in lines
    )


def main() -> None:
    """Write it."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
