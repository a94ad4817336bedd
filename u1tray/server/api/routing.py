"""Finds the route of a path. Paths are compared in decoded segments, so `//` and a final slash
make no difference (REST contract, 3)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from u1tray.server.api.calls import JoinedOperation, Operation, SignedOperation
from u1tray.server.messages.request import Request
from u1tray.server.messages.response import Headers

_TAIL = "...}"
_ANY = ""
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Route:
    """A URL pattern such as `/api/tokens/{id}` with its operations by method.

    `~{owner}` is a segment with a fixed beginning; `{path...}` at the end is any number of them.
    HEAD is GET without the body, unless it has an operation of its own. Methods in `open` need no
    signature; operations in `joined` are tried before those in `signed`. A variable segment is
    none of the `reserved` words. `headers` are on every answer; with `takes_override` the header
    X-HTTP-Method-Override decides about the method.
    """

    pattern: str
    signed: Mapping[str, SignedOperation] = field(default_factory=dict)
    open: Mapping[str, Operation] = field(default_factory=dict)
    joined: Mapping[str, JoinedOperation] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    headers: Headers = ()
    takes_override: bool = False

    @functools.cached_property
    def segments(self) -> tuple[str, ...]:
        return tuple(part for part in self.pattern.split("/") if part)

    @property
    def allow(self) -> str:
        """The value of the Allow header."""
        methods = {*self.signed, *self.open}
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))

    def method(self, request: Request) -> str:
        """Whose operation a request gets; it is signed for the one on the wire."""
        method = request.method
        if self.takes_override:
            method = request.headers.get("X-HTTP-Method-Override", method).strip()
        return "GET" if method == "HEAD" and method not in self.signed else method


class Router:
    """All routes: fixed ones in a dict, those with variable segments by how they begin."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: dict[tuple[str, ...], Route] = {}
        self._variable: dict[str, list[Route]] = {}
        for route in routes:
            if "{" in route.pattern:
                self._variable.setdefault(_beginning(route.segments[0]), []).append(route)
            else:
                self._fixed[route.segments] = route

    def find(self, segments: Sequence[str]) -> tuple[Route | None, Mapping[str, str]]:
        """The route of a path and its variable segments by name; None when there is none."""
        fixed = self._fixed.get(tuple(segments))
        if fixed is not None:
            return fixed, _NOTHING
        first = segments[0] if segments else _ANY
        for beginning in (first, _ANY):
            for route in self._variable.get(beginning, ()):
                arguments = _match(route.segments, segments)
                if arguments is not None and not route.reserved.intersection(arguments.values()):
                    return route, arguments
        return None, _NOTHING


def _beginning(segment: str) -> str:
    """What the first segment of a path is; `_ANY` where it is variable."""
    return _ANY if "{" in segment else segment


def _match(pattern: Sequence[str], segments: Sequence[str]) -> Mapping[str, str] | None:
    arguments = {}
    if pattern[-1].endswith(_TAIL):
        *pattern, tail = pattern
        rest, segments = segments[len(pattern) :], segments[: len(pattern)]
        arguments[tail[1 : -len(_TAIL)]] = "/".join(rest)
    if len(pattern) != len(segments):
        return None
    for wanted, found in zip(pattern, segments, strict=True):
        beginning, brace, name = wanted.partition("{")
        if brace and found.startswith(beginning) and found != beginning:
            arguments[name.rstrip("}")] = found[len(beginning) :]
        elif wanted != found:
            return None
    return arguments
