"""Addresses of our own pages: written for nodes, and checked where a form brings one back."""

from __future__ import annotations

import re
from urllib.parse import quote

from u1tray.server.files.values import Names, Volume

FILES = "/files/"
# Printable ASCII without what browsers read as another host.
_LOCAL = re.compile(r"/(files|move|devices|account)(/[!-\[\]-~]*)?(\?[!-\[\]-~]*)?")


def local(text: str, otherwise: str = FILES) -> str:
    """An address that a form or a query brought, if it is one of our pages."""
    return text if _LOCAL.fullmatch(text) else otherwise


def path_of(volume: Volume, names: Names) -> str:
    """`~/Docs/a b`."""
    return "/".join((volume.path, *names))


def files_url(path: str) -> str:
    """Where `~/Docs/a b` is shown, or its bytes are."""
    return FILES + encoded(path)


def move_url(path: str, into: str | None = None) -> str:
    """Where the new folder of a node is chosen."""
    return f"/move/{encoded(path)}" + (f"?into={quote(into, safe='')}" if into else "")


def upload_url(path: str) -> str:
    """Where files for a directory are sent."""
    return f"/upload/{encoded(path)}"


def encoded(path: str) -> str:
    """As clients encode paths (REST contract, 3)."""
    return quote(path, safe="/~")
