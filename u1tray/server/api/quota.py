"""`/api/quota/`: how much may be stored and how much is (REST contract, 11)."""

from __future__ import annotations

from u1tray.server.accounts.values import Account
from u1tray.server.api.calls import SignedCall
from u1tray.server.cloud import Cloud
from u1tray.server.messages.response import Response, json_response
from u1tray.server.storage.directory import free_disk_bytes
from u1tray.vocabulary.quota import Quota


def quota_of(call: SignedCall) -> Quota:
    """The quota of the account that signed."""
    return quota_of_account(call.cloud, call.account)


def quota_of_account(cloud: Cloud, account: Account) -> Quota:
    """An account's quota now; without a limit as much as the disk takes."""
    if account.quota_bytes is not None:
        return Quota(account.quota_bytes, account.used_bytes)
    return Quota(account.used_bytes + free_disk_bytes(cloud.directory), account.used_bytes)


async def show_quota(call: SignedCall) -> Response:
    """Exactly `total` and `used`, in bytes."""
    quota = quota_of(call)
    return json_response({"total": quota.total, "used": quota.used})
