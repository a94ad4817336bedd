"""Magic upload: finds content that is stored already (REST contract, 8).

Every failure is answered alike, so that nobody learns what others store.
"""

from __future__ import annotations

import hmac

from sqlalchemy import Connection

from u1tray.server.files.puts import Hashes
from u1tray.server.files.values import Content
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import contents as rows

_NO_HASH = bytes(20)


def find_stored(
    connection: Connection, hashes: Hashes, account_id: int, *, in_server: bool
) -> Content:
    """The stored content that both hashes name: the account's own, or `in_server` anybody's.

    Raises Refusal `magic_unknown`.
    """
    found = rows.of_sha1(connection, hashes.sha1, account_id)
    # One comparison more, so that an unknown SHA-1 takes as long as a wrong magic hash.
    hmac.compare_digest(_NO_HASH, hashes.magic)
    matches = [
        content
        for content, magic, is_own in found
        if hmac.compare_digest(magic, hashes.magic) and (is_own or in_server)
    ]
    kept = rows.by_sha256(connection, matches[0].sha256, keep=True) if matches else None
    if kept is None:
        raise Refusal(Code.MAGIC_UNKNOWN, "The server does not have this content: upload it.")
    return kept
