"""What tus says in headers (tus 1.0.0; REST contract, 16.3). Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from u1tray.server.files import paths
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.messages.refusals import Code, Refusal

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
CONTENT_TYPE = "application/offset+octet-stream"
MAX_BYTES = 2**63 - 1

_NUMBER = re.compile(r"[0-9]{1,19}")
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+")  # printable, no blank and no comma


def parse_number(name: str, text: str | None) -> int:
    """A header's number of bytes. Raises Refusal `bad_value`."""
    text = (text or "").strip()
    if not _NUMBER.fullmatch(text) or int(text) > MAX_BYTES:
        raise Refusal(Code.BAD_VALUE, f"{name} is a number of bytes.")
    return int(text)


def parse_metadata(text: str) -> Mapping[str, str]:
    """`Upload-Metadata`: pairs of a key and base64 of UTF-8. Raises Refusal `bad_value`."""
    found: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else ():
        key, _, encoded = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise Refusal(Code.BAD_VALUE, "Upload-Metadata has each key once.")
        found[key] = _decoded(encoded.strip())
    return found


def target_of(metadata: Mapping[str, str]) -> str:
    """`~/Docs/a.txt` of a node's `resource_path`, `/~/Docs/a.txt`.

    Raises Refusal: `bad_value` without one, `bad_name`, `not_owner`, `not_found`.
    """
    target = metadata.get("target", "")
    if not target.startswith("/"):
        text = "Upload-Metadata needs a target, the resource_path of the file."
        raise Refusal(Code.BAD_VALUE, text)
    home, *names = [segment for segment in target.split("/") if segment] or [""]
    if home != paths.HOME:
        if home.startswith(paths.HOME):
            raise Refusal(Code.NOT_OWNER, "These files belong to another account.")
        raise Refusal(Code.NOT_FOUND, "There is no such volume.")
    return "/".join((home, *paths.check_names(names)))


def preconditions_of(metadata: Mapping[str, str]) -> Preconditions:
    """`if_match` and `if_none_match`, written as the headers are (7).

    Raises Refusal `bad_value` for what no header can hold.
    """
    found = Preconditions(metadata.get("if_match"), metadata.get("if_none_match"))
    if "\0" in (found.if_match or "") + (found.if_none_match or ""):
        raise Refusal(Code.BAD_VALUE, "A tag in Upload-Metadata holds a NUL.")
    return found


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        text = "A value in Upload-Metadata is not base64 of UTF-8."
        raise Refusal(Code.BAD_VALUE, text) from None
