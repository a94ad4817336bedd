"""From the segments of a URL to volumes and nodes (REST contract, 1 and 3)."""

from __future__ import annotations

from collections.abc import Sequence

from u1tray.server.api.calls import Call, SignedCall
from u1tray.server.files import paths
from u1tray.server.files.operations import Address
from u1tray.server.files.values import Names
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})


def node_address(call: SignedCall) -> Address:
    """The node that the path names. Raises Refusal `bad_name`."""
    return Address(call.account.id, (paths.HOME, *paths.check_names(rest_of(call))))


def own_names(segments: Sequence[str]) -> Names:
    """The names of a node path such as `~/Docs/a`. Raises Refusal `not_owner`, `bad_name`."""
    if segments[0] != paths.HOME:
        raise _not_owner()
    return (paths.HOME, *paths.check_names(segments[1:]))


async def refuse_other_owner(call: SignedCall) -> Response:
    """`~name`: another account's files."""
    raise _not_owner()


def rest_of(call: Call) -> tuple[str, ...]:
    """The segments that the end of the route's pattern stands for."""
    return tuple(part for part in call.arguments["path"].split("/") if part)


def flag(call: Call, name: str) -> bool:
    """Whether a query parameter is `true` or `1`, in any case."""
    return (call.request.target.parameter(name) or "").lower() in _TRUE


def refused(call: Call, name: str) -> bool:
    """Whether a query parameter is `false` or `0`, in any case."""
    return (call.request.target.parameter(name) or "").lower() in _FALSE


def public_prefix(call: Call) -> str:
    """What a public id is appended to, with a slash between (10)."""
    return call.cloud.settings.public_url_prefix or call.request.origin


def _not_owner() -> Refusal:
    return Refusal(Code.NOT_OWNER, "These files belong to another account.")
