"""Remote globs: `*`, `?`, `[..]` within a name, `**` over folders. Asks for one folder at a time.

`*` also takes names that begin with a dot. `[*]` is the character itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from u1tray.rest.blocking.files import Files
from u1tray.rest.nodes import Node
from u1tray.vocabulary.errors import NotFoundError, RefusedError

_MAGIC = re.compile(r"[*?\[]")
_ANY_DEPTH = "**"
_TOKEN = re.compile(r"\[!?[^/][^\]/]*\]|.", re.DOTALL)  # a set, or one character
_SIMPLE = {"*": "[^/]*", "?": "[^/]"}


def is_pattern(path: str) -> bool:
    """Whether a path holds characters that stand for others."""
    return _MAGIC.search(path) is not None


def expand(files: Files, pattern: str) -> Iterator[Node]:
    """The nodes that a pattern such as `/~/Docs/**/*.txt` names, each once."""
    names = [name for name in pattern.split("/") if name]
    fixed = next(index for index, name in enumerate(names) if is_pattern(name))
    seen: set[str] | None = set() if names.count(_ANY_DEPTH) > 1 else None
    try:
        for node in _below(files, "/" + "/".join(names[:fixed]), names[fixed:]):
            if seen is None:
                yield node
            elif node.key not in seen:
                seen.add(node.key)
                yield node
    except RefusedError as error:
        if error.code != "no_children":
            raise


def fitting(files: Files, pattern: str) -> tuple[Node, ...]:
    """All of them. Raises NotFoundError where there is none."""
    found = tuple(expand(files, pattern))
    if not found:
        text = "Nothing in the cloud fits this."
        raise NotFoundError(text)
    return found


def excluder(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Tells whether a relative path is meant; its last name where a pattern has no slash."""
    names = [compiled(each.strip("/")) for each in patterns if "/" not in each.rstrip("/")]
    paths = [compiled(each.strip("/")) for each in patterns if "/" in each.rstrip("/")]

    def is_excluded(path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(each.fullmatch(name) for each in names) or any(
            each.fullmatch(path) for each in paths
        )

    return is_excluded


def compiled(pattern: str) -> re.Pattern[str]:
    """A regular expression of whole relative paths."""
    parts = []
    names = pattern.split("/")
    for index, name in enumerate(names):
        is_last = index == len(names) - 1
        if name == _ANY_DEPTH:
            parts.append(".*" if is_last else "(?:[^/]+/)*")
        else:
            parts.append(_name(name) + ("" if is_last else "/"))
    return re.compile("(?s:" + "".join(parts) + ")")


def _below(files: Files, base: str, names: list[str]) -> Iterator[Node]:
    name, rest = names[0], names[1:]
    if name == _ANY_DEPTH:
        yield from _any_depth(files, base, rest)
    elif not is_pattern(name):
        yield from _named(files, f"{base}/{name}", rest)
    else:
        fits = re.compile(_name(name), re.DOTALL)
        for child in files.directory(base).children:
            if not fits.fullmatch(child.name):
                continue
            if not rest:
                yield child
            elif not child.is_file:
                yield from _below(files, child.resource_path, rest)


def _any_depth(files: Files, base: str, rest: list[str]) -> Iterator[Node]:
    """Here, and in every folder below; alone at the end it means every file."""
    if rest:
        yield from _below(files, base, rest)
    for child in files.directory(base).children:
        if not child.is_file:
            yield from _any_depth(files, child.resource_path, rest)
        elif not rest:
            yield child


def _named(files: Files, path: str, rest: list[str]) -> Iterator[Node]:
    try:
        node = files.node(path)
        if not rest:
            yield node
        elif not node.is_file:
            yield from _below(files, path, rest)
    except NotFoundError:
        return


def _name(pattern: str) -> str:
    """A pattern of one name as a regular expression, without its anchors."""
    parts = []
    for token in _TOKEN.findall(pattern):
        if token in _SIMPLE:
            parts.append(_SIMPLE[token])
        elif len(token) > 1:
            negation = "^" if token[1] == "!" else ""
            inner = token[1 + len(negation) : -1].replace("\\", r"\\").replace("[", r"\[")
            parts.append(f"(?!/)[{negation}{_escaped(inner)}]")
        else:
            parts.append(re.escape(token))
    return "".join(parts)


def _escaped(inner: str) -> str:
    """What stands in brackets; `]` and `^` are themselves where they come first."""
    return f"\\{inner}" if inner[0] in "]^" else inner
