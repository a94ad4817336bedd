"""`/api/time`: the server's clock, for clients whose own is wrong (REST contract, 13.4)."""

from __future__ import annotations

from u1tray.server.api.calls import Call
from u1tray.server.messages.refusals import NO_STORE
from u1tray.server.messages.response import Response, text_response


async def show_time(call: Call) -> Response:
    """Unix seconds."""
    response = text_response(str(int(call.cloud.clock.now())))
    return response.with_headers(NO_STORE)
