"""What in a folder is none of our business: by name, by `.u1ignore`, and what is our own.

As with git, what is synced already stays synced when a rule begins to match it; delete it, or
keep it elsewhere, to end that. A file of rules is itself synced. Rules:

- regular expressions (option `ignore`, D-Bus contract 10.6), matched at the start of a name;
- `.u1ignore` in any directory, in the syntax of gitignore, for all that is below it; the nearest
  file with an opinion counts; nothing below an ignored directory can be taken in again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pathspec

from u1tray.engine.ports import Names, Stat

logger = logging.getLogger(__name__)

RULES_NAME = ".u1ignore"
MAX_RULES_BYTES = 1 << 20
OWN_TRASH = ".u1tray-trash"
_OWN = re.compile(r"\.u1tray-(?:[0-9a-f]{16}\.part|trash)\Z")

IsIgnored = Callable[[str, bool], bool]
"""Whether a name in a directory is ignored; the second says if it is a directory."""


def temporary_name(number: int) -> str:
    """A hidden name of ours for a file on its way into a directory."""
    return f".u1tray-{number:016x}.part"


def is_own(name: str) -> bool:
    """Whether a name is one of ours, which is never synced."""
    return name.startswith(".u1tray-") and _OWN.match(name) is not None


@dataclass(frozen=True)
class _Rules:
    """`lines` are those that `spec` counts, with their numbers."""

    stat: Stat
    spec: pathspec.GitIgnoreSpec
    lines: tuple[tuple[int, str], ...]


class Ignore:
    """The rules of one folder."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        """A pattern that is no regular expression is left out, with a line in the log."""
        self._by_name = _joined(patterns)
        self._files: dict[Names, _Rules] = {}

    def knows(self, names: Names, stat: Stat | None) -> bool:
        """Whether the rules of a directory are those of its file as it is now, or of none."""
        known = self._files.get(names)
        return (None if known is None else known.stat) == stat

    def learn(self, names: Names, stat: Stat, text: str) -> None:
        """The rules of a directory are these now."""
        lines: list[tuple[int, str]] = []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                pathspec.GitIgnoreSpec.from_lines([line])
            except ValueError as error:
                where = "/".join((*names, RULES_NAME))
                logger.warning("%s, line %d is no pattern: %s", where, number, error)
            else:
                if line:
                    lines.append((number, line))
        spec = pathspec.GitIgnoreSpec.from_lines([line for _, line in lines])
        self._files[names] = _Rules(stat, spec, tuple(lines))

    def forget(self, names: Names) -> None:
        """A directory has no rules of its own any more."""
        self._files.pop(names, None)

    def within(self, names: Names) -> IsIgnored:
        """What is ignored in a directory, whose rules and those above are learnt."""
        if self._is_below_ignored(names):
            return lambda _name, _is_directory: True
        by_name = self._by_name.match
        if not self._files:
            return lambda name, _is_directory: by_name(name) is not None
        levels = self._levels(names)

        def is_ignored(name: str, is_directory: bool) -> bool:
            return by_name(name) is not None or _says(levels, name, is_directory)

        return is_ignored

    def rule(self, names: Names) -> str:
        """Which rule ignores a path, or a directory it is in; empty if none is known to.

        For people: `*.o` in docs/.u1ignore, line 3.
        """
        for count, name in enumerate(names, 1):
            if is_own(name):
                return f"{name} is ours"
            if self._by_name.match(name) is not None:
                return f"the option `ignore` has a pattern for {name}"
            endings = ("/",) if count < len(names) else ("", "/")
            for ending in endings:
                found = self._line(names[:count], ending)
                if found:
                    return found
        return ""

    def _line(self, names: Names, ending: str) -> str:
        """The line of a file of rules that ignores a path, a slash behind a directory's."""
        for depth in range(len(names) - 1, -1, -1):
            rules = self._files.get(names[:depth])
            if rules is None:
                continue
            said = rules.spec.check_file("/".join(names[depth:]) + ending)
            if said.include and said.index is not None:
                number, line = rules.lines[said.index]
                return f"`{line}` in {'/'.join((*names[:depth], RULES_NAME))}, line {number}"
            if said.include is not None:
                break
        return ""

    def _is_below_ignored(self, names: Names) -> bool:
        for depth, name in enumerate(names):
            if self._by_name.match(name) is not None:
                return True
            if self._files and _says(self._levels(names[:depth]), name, True):
                return True
        return False

    def _levels(self, names: Names) -> list[tuple[str, pathspec.GitIgnoreSpec]]:
        """The rules that count in a directory, nearest first, and its path below theirs."""
        found = []
        for depth in range(len(names), -1, -1):
            rules = self._files.get(names[:depth])
            if rules is not None:
                found.append(("".join(f"{name}/" for name in names[depth:]), rules.spec))
        return found


def _says(levels: list[tuple[str, pathspec.GitIgnoreSpec]], name: str, is_directory: bool) -> bool:
    for prefix, spec in levels:
        says = spec.check_file(f"{prefix}{name}/" if is_directory else f"{prefix}{name}").include
        if says is not None:
            return says
    return False


def _joined(patterns: Iterable[str]) -> re.Pattern[str]:
    good = [_OWN.pattern]
    for pattern in patterns:
        try:
            re.compile(pattern)
            re.compile("|".join([*good, f"(?:{pattern})"]))
        except re.error as error:
            logger.warning("ignore: %r is no regular expression: %s", pattern, error)
        else:
            good.append(f"(?:{pattern})")
    return re.compile("|".join(good))
