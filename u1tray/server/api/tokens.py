"""`/api/tokens/`: an account's devices, listed and signed out (REST contract, 16.6)."""

from __future__ import annotations

from u1tray.server.accounts import issue
from u1tray.server.api.calls import SignedCall
from u1tray.server.clock import timestamp
from u1tray.server.messages.response import Response, json_response
from u1tray.server.storage.metadata import tokens as rows


async def list_tokens(call: SignedCall) -> Response:
    """The unrevoked tokens, without keys and secrets."""
    found = await call.cloud.workers.read(rows.unrevoked, call.account.id)
    listed = [
        {
            "id": token.id,
            "name": token.name,
            "created": timestamp(token.created_at),
            "last_used": None if token.last_used_at is None else timestamp(token.last_used_at),
            "current": token.id == call.token.id,
        }
        for token in found
    ]
    return json_response({"tokens": listed})


async def revoke_token(call: SignedCall) -> Response:
    """Effective at once; a token may revoke itself."""
    await call.cloud.workers.write(
        issue.revoke, call.account.id, call.arguments["id"], call.cloud.clock.now()
    )
    return json_response({})
