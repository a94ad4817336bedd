"""`{public}/{id}`: what was published, as a page or as bytes (REST contract, 10). Unsigned."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from sqlalchemy import Connection

from u1tray.server.api.bytes import Stored, bytes_response, stored_of
from u1tray.server.api.calls import Call
from u1tray.server.clock import timestamp
from u1tray.server.files.keys import parse_public_id
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.web.assets import asset_url
from u1tray.vocabulary.units import format_bytes

HTML = "text/html; charset=utf-8"
_BOTH: Headers = (
    ("X-Robots-Tag", "noindex"),
    ("Referrer-Policy", "no-referrer"),
    ("Vary", "Accept"),
    ("Cache-Control", "no-cache"),
)
_PAGE_POLICY = ("Content-Security-Policy", "default-src 'none'; style-src 'self'")
_NOT_IN_ASCII_NAME = re.compile(r'[^\x20-\x7e]|["\\%]')
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<main class="public">
<div class="box">
<h1><bdi>{title}</bdi></h1>
{text}
</div>
</main>
</body>
</html>
"""
_FILE = """<p><a class="button main" href="{link}">Download</a> ({shown_size})</p>
<dl>
<dt>Size</dt><dd>{size} bytes</dd>
<dt>SHA-1</dt><dd><code>{sha1}</code></dd>
<dt>Date</dt><dd><time datetime="{date}">{date}</time></dd>
</dl>"""
_NOTHING = "<p>This file is not, or no longer, public.</p>"


async def show_public(call: Call) -> Response:
    """A small page for a browser, the bytes for everything else."""
    is_page = _wants_page(call)
    try:
        identity = parse_public_id(call.arguments["id"])
        if identity is None:
            raise _unknown()
        stored = await call.cloud.workers.find(_find, identity)
    except Refusal as refusal:
        if not is_page:
            raise Refusal(refusal.code, refusal.text, headers=_BOTH) from None
        return _page("Not found", _NOTHING, 404)
    if is_page:
        return _page(stored.node.name, _describe(call, stored))
    bytes_only = (
        ("Content-Disposition", disposition(stored.node.name)),
        ("Content-Security-Policy", "sandbox"),
    )
    return await bytes_response(call, stored, (*_BOTH, *bytes_only))


def _find(connection: Connection, identity: bytes) -> Stored:
    node = rows.by_public_id(connection, identity)
    if node is None:
        raise _unknown()
    try:
        return stored_of(connection, node)
    except Refusal:
        raise _unknown() from None


def _unknown() -> Refusal:
    return Refusal(Code.NOT_FOUND, "There is no such public file.")


def _wants_page(call: Call) -> bool:
    headers = call.request.headers
    if "Range" in headers or call.request.target.parameter("dl") == "1":
        return False
    accepted = ",".join(headers.getall("Accept", [])).lower()
    return any(part.split(";")[0].strip() == "text/html" for part in accepted.split(","))


def _page(title: str, text: str, status: int = 200) -> Response:
    body = _PAGE.format(title=html.escape(title), text=text, style=asset_url("style.css"))
    return Response(status, HTML, body.encode(), (*_BOTH, _PAGE_POLICY))


def _describe(call: Call, stored: Stored) -> str:
    prefix = call.cloud.settings.public_url_prefix or call.request.origin
    return _FILE.format(
        link=html.escape(f"{prefix}/{call.arguments['id']}?dl=1"),
        shown_size=format_bytes(stored.content.size),
        size=stored.content.size,
        sha1=stored.content.sha1.hex(),
        date=timestamp(stored.node.changed_at),
    )


def disposition(name: str) -> str:
    """`attachment` with both forms of a file name (RFC 6266, RFC 8187)."""
    plain = _NOT_IN_ASCII_NAME.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
