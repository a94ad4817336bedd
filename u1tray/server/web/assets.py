"""Style, script and icons: read once, served under a name that changes with the content."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

from u1tray.server.api.calls import Call
from u1tray.server.files.preconditions import read_preconditions
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS: Final[Headers] = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
)
_YEAR = ("Cache-Control", "public, max-age=31536000, immutable")
_ASK_AGAIN = ("Cache-Control", "no-cache")


@dataclass(frozen=True)
class Asset:
    """One file of `static`."""

    content_type: str
    data: bytes
    version: str


@functools.cache
def assets() -> dict[str, Asset]:
    """All of them by name."""
    found = {}
    for file in resources.files("u1tray.server.web").joinpath("static").iterdir():
        ending = file.name[file.name.rfind(".") :]
        if ending in _TYPES:
            data = file.read_bytes()
            version = hashlib.sha256(data).hexdigest()[:12]
            found[file.name] = Asset(_TYPES[ending], data, version)
    return found


def asset_url(name: str) -> str:
    """Where a page finds an asset."""
    return f"/static/{name}?v={assets()[name].version}"


async def show_asset(call: Call) -> Response:
    """One asset, kept for a year by whoever asked for its version."""
    asset = assets().get(call.arguments["name"])
    if asset is None:
        raise Refusal(Code.NOT_FOUND, "There is nothing at this URL.")
    return _answer(call, asset)


async def show_icon(call: Call) -> Response:
    """What browsers look for by themselves."""
    return _answer(call, assets()["logo.svg"])


def _answer(call: Call, asset: Asset) -> Response:
    tag = f'"{asset.version}"'
    is_versioned = call.request.target.parameter("v") == asset.version
    headers = (*_HEADERS, ("ETag", tag), _YEAR if is_versioned else _ASK_AGAIN)
    if read_preconditions(call.request.headers).is_known(tag, exists=True):
        return Response(304, asset.content_type, b"", headers)
    return Response(200, asset.content_type, asset.data, headers)
