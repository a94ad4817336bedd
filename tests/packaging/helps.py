"""Prints the help of a program and of all its commands, as JSON: asked in one process.

python -m tests.packaging.helps PROGRAM
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from importlib.metadata import entry_points

_COMMANDS = re.compile(r"^Commands:\n((?:  .*\n)+)", re.MULTILINE)


def helps(program: str, words: tuple[str, ...] = ()) -> dict[str, str]:
    """The text of `--help` by the words before it."""
    (script,) = entry_points(group="console_scripts", name=program)
    sys.argv = [program, *words, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.suppress(SystemExit):
        script.load()()
    text = told.getvalue()
    found = {" ".join(words): text}
    listed = _COMMANDS.search(text)
    for line in listed[1].splitlines() if listed else ():
        if re.match(r"  \w", line):
            found |= helps(program, (*words, line.split()[0]))
    return found


if __name__ == "__main__":
    print(json.dumps(helps(sys.argv[1])))
