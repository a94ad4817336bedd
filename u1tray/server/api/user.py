"""`GET API`: the user, exactly seven keys (REST contract, 4.1)."""

from __future__ import annotations

from u1tray.server.api.calls import SignedCall
from u1tray.server.api.quota import quota_of
from u1tray.server.files.values import ROOT_PATH
from u1tray.server.messages.response import Response, json_response
from u1tray.server.storage.metadata import volumes as rows


async def show_user(call: SignedCall) -> Response:
    """The user. Its header tells new clients where the features are (16.1)."""
    quota = quota_of(call)
    _, *others = await call.cloud.workers.read(rows.of_account, call.account.id)
    user = {
        "resource_path": "",
        "user_id": call.account.id,
        "visible_name": call.account.visible_name,
        "max_bytes": quota.total,
        "used_bytes": quota.used,
        "root_node_path": f"/{ROOT_PATH}",
        "user_node_paths": [f"/{volume.path}" for volume in others],
    }
    return json_response(user, headers=(("Link", '</api/features/>; rel="service-desc"'),))
