"""`GET API`: the user, exactly seven keys (REST contract, 4.1)."""

from __future__ import annotations

from u1tray.server.api.calls import SignedCall
from u1tray.server.api.quota import quota_of
from u1tray.server.messages.response import Response, json_response

ROOT_NODE_PATH = "/~/Ubuntu One"


async def show_user(call: SignedCall) -> Response:
    """The user. Its header tells new clients where the features are (16.1)."""
    quota = quota_of(call)
    user = {
        "resource_path": "",
        "user_id": call.account.id,
        "visible_name": call.account.visible_name,
        "max_bytes": quota.total,
        "used_bytes": quota.used,
        "root_node_path": ROOT_NODE_PATH,
        # The root is an account's only volume until volumes can be made.
        "user_node_paths": [],
    }
    return json_response(user, headers=(("Link", '</api/features/>; rel="service-desc"'),))
