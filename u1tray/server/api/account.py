"""`/api/account/`: the person and the plan (REST contract, 11)."""

from __future__ import annotations

from typing import Any

from u1tray.server.accounts.values import Account
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.quota import quota_of
from u1tray.server.messages.response import Response, json_response
from u1tray.vocabulary.units import format_bytes


async def show_account(call: SignedCall) -> Response:
    """The account as old clients know it."""
    total = quota_of(call).total
    return json_response(account_object(call.account, call.request.origin, total))


def account_object(account: Account, origin: str, total: int) -> dict[str, Any]:
    """The representation; `origin` is where the client sees the server."""
    identity = f"{origin}/+id/{account.consumer_key}"
    first_name, _, last_name = account.visible_name.partition(" ")
    return {
        "id": account.id,
        "username": identity,
        "openid": identity,
        "first_name": first_name,
        "last_name": last_name.strip(),
        "nickname": account.email.rpartition("@")[0],
        "email": account.email,
        "current_plan": plan_name(account),
        "total_storage": total,
        "features": [],
        "detailed_plans": [],
    }


def plan_name(account: Account) -> str:
    """`Free 5 GB`, or `Unlimited`."""
    if account.quota_bytes is None:
        return "Unlimited"
    return "Free " + format_bytes(account.quota_bytes).replace(".0 ", " ")
