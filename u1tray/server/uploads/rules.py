"""What may be done with an upload, each function in a transaction (REST contract, 16.3)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from u1tray.server.accounts.rules import is_storable
from u1tray.server.files import operations
from u1tray.server.files.operations import Address, Changed
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.contents import Received
from u1tray.server.storage.metadata import uploads as rows
from u1tray.server.uploads.values import LIFETIME_S, MAX_OPEN, Upload

_RETRY_AFTER_S = 3600


def create(
    connection: Connection, upload: Upload, check_room: Callable[[int], None], now: float
) -> None:
    """Open an upload. `check_room` is told the size of what it would replace.

    Raises Refusal: what a content PUT would be refused for (7), `rate_limited`.
    """
    address = Address(upload.account_id, upload.names)
    node = operations.check_upload(connection, address, upload.preconditions)
    if rows.count_open(connection, upload.account_id, now) >= MAX_OPEN:
        text = f"An account has at most {MAX_OPEN} open uploads."
        headers = (("Retry-After", str(_RETRY_AFTER_S)),)
        raise Refusal(Code.RATE_LIMITED, text, headers=headers)
    check_room(0 if node is None else node.size or 0)
    rows.add(connection, upload, now)


def find(connection: Connection, account_id: int, upload_id: str, now: float) -> Upload:
    """An open upload of an account. Raises Refusal `not_found`, `not_owner`, `upload_expired`."""
    upload = rows.by_id(connection, upload_id) if is_storable(upload_id) else None
    if upload is None:
        raise gone()
    if upload.account_id != account_id:
        raise Refusal(Code.NOT_OWNER, "This upload belongs to another account.")
    if upload.expires_at <= now:
        raise Refusal(Code.UPLOAD_EXPIRED, "This upload was not finished in time.")
    return upload


def promise(connection: Connection, upload: Upload, received: int, now: float) -> None:
    """Note that more bytes are on stable storage. Raises Refusal."""
    expires_at = now + LIFETIME_S
    if not rows.record(connection, upload.id, upload.received, received, expires_at):
        raise mismatch() if rows.by_id(connection, upload.id) else gone()


def commit(
    connection: Connection,
    upload: Upload,
    received: Received,
    now: float,
    is_stored: Callable[[bytes], bool] | None = None,
) -> Changed:
    """Make what was received the content of the target, as a content PUT does (7).

    Raises Refusal, BusyError.
    """
    if not rows.remove(connection, upload.id):
        raise gone()
    return operations.put_content(
        connection,
        Address(upload.account_id, upload.names),
        upload.preconditions,
        fingerprint=received.fingerprint,
        data=received.data,
        now=now,
        is_stored=is_stored,
    )


def gone() -> Refusal:
    """There is no such upload: never, no longer, or it was committed."""
    return Refusal(Code.NOT_FOUND, "There is no such upload.")


def mismatch(received: int | None = None) -> Refusal:
    """The client continues where the server is not."""
    more = "" if received is None else f" {received} bytes are here."
    return Refusal(Code.OFFSET_MISMATCH, f"The upload does not continue at this offset.{more}")


def too_large(length: int) -> Refusal:
    """More bytes came than the upload was to have."""
    return Refusal(Code.TOO_LARGE, f"The upload was to have {length} bytes.")
