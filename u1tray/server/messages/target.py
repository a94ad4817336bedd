"""The request target, read from its wire form (REST contract, 3; RFC 9112, 3.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from u1tray.rest.signing import Parameters, parse_query
from u1tray.server.messages.refusals import Code, Refusal

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)(.*)", re.DOTALL)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Target:
    """`path` and `query` exactly as sent, and what they mean."""

    path: str
    query: str
    authority: str | None  # only where the whole URL was sent
    segments: tuple[str, ...]  # decoded once, empty ones dropped

    @property
    def parameters(self) -> Parameters:
        """The decoded pairs of the query, in its order."""
        return parse_query(self.query)

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter, or None."""
        return dict(self.parameters).get(name)


def parse_target(raw: str) -> Target:
    """The target of a request line. Raises Refusal `bad_request`.

    Bytes that are not UTF-8 travel as lone surrogates, as aiohttp and `os.fsdecode` do it.
    """
    authority = None
    rest = raw
    if not raw.startswith("/"):
        absolute = _ABSOLUTE.fullmatch(raw)
        if absolute is None:
            raise Refusal(Code.BAD_REQUEST, "The request target is neither a path nor a URL.")
        authority, rest = absolute.groups()
        authority = authority.rpartition("@")[2]
    if "#" in rest:
        raise Refusal(Code.BAD_REQUEST, "A request target has no fragment.")
    if "%" in rest and _BROKEN_ESCAPE.search(rest):
        raise Refusal(Code.BAD_REQUEST, "A % in the URL is not followed by two hexadecimal digits.")
    path, _, query = rest.partition("?")
    path = path or "/"
    decoded = unquote(path, errors="surrogateescape")
    segments = tuple(filter(None, decoded.split("/")))
    return Target(path, query, authority, segments)
