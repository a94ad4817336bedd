"""The ping after a token was issued (REST contract, 14.3)."""

from __future__ import annotations

from u1tray.server.api.calls import SignedCall
from u1tray.server.messages.response import Response, text_response
from u1tray.server.storage.metadata import tokens as rows


async def ping(call: SignedCall) -> Response:
    """Remember that the client has its token."""
    if call.token.pinged_at is None:
        now = call.cloud.clock.now()
        await call.cloud.workers.write(rows.change, call.token.id, pinged_at=now)
    return text_response("ok 1/1")
