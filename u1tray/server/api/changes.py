"""`API/changes`: an account's changes as server-sent events (REST contract, 16.2)."""

from __future__ import annotations

import functools

from sqlalchemy import Connection

from u1tray.server.accounts.values import AccountState
from u1tray.server.api.calls import SignedCall
from u1tray.server.changes.events import Reason
from u1tray.server.changes.stream import ChangeStream, Look
from u1tray.server.messages.refusals import NO_STORE
from u1tray.server.messages.response import Response, stream_response
from u1tray.server.storage.metadata import accounts, tokens, volumes

EVENTS = "text/event-stream"
_HEADERS = (NO_STORE, ("X-Accel-Buffering", "no"))


async def stream_changes(call: SignedCall) -> Response:
    """The stream; its subscription is older than the volumes that `hello` lists."""
    if call.request.method == "HEAD":
        return Response(200, EVENTS, b"", _HEADERS)
    hub = call.cloud.hub
    look = functools.partial(
        call.cloud.workers.read, look_at_volumes, call.account.id, call.token.id
    )
    stream = ChangeStream(hub.subscribe(call.account.id, call.token.id), look, hub.pace)
    try:
        await stream.begin()
    except BaseException:
        stream.close()
        raise
    return stream_response(stream, EVENTS, _HEADERS)


def look_at_volumes(connection: Connection, account_id: int, token_id: str) -> Look:
    """The volumes, unless the token or the account may not be used any more."""
    token = tokens.by_id(connection, token_id)
    if token is None or token.revoked_at is not None:
        return Look((), Reason.TOKEN_REVOKED)
    account = accounts.by_id(connection, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        return Look((), Reason.ACCOUNT_DISABLED)
    return Look(volumes.of_account(connection, account_id))
