"""`/devices/`: the account's tokens, each of one device, and signing one out."""

from __future__ import annotations

from u1tray.server.accounts import issue
from u1tray.server.clock import timestamp
from u1tray.server.messages.refusals import Refusal, refusal_of
from u1tray.server.messages.response import Response
from u1tray.server.storage.metadata import tokens as rows
from u1tray.server.web.language import N_
from u1tray.server.web.pages import redirect
from u1tray.server.web.visits import MemberVisit
from u1tray.server.web.words import Notice, of_refusal
from u1tray.vocabulary.errors import U1Error


async def show_devices(visit: MemberVisit) -> Response:
    """The unrevoked tokens, the one used last first."""
    found = await visit.cloud.workers.read(rows.unrevoked, visit.account.id)
    found.sort(key=lambda token: token.last_used_at or token.created_at, reverse=True)
    return visit.page(
        "devices.html",
        devices=[
            (
                token.id,
                token.name,
                timestamp(token.created_at),
                None if token.last_used_at is None else timestamp(token.last_used_at),
            )
            for token in found
        ],
        notice=await visit.take_notice(),
    )


async def revoke_device(visit: MemberVisit) -> Response:
    """One token revoked, at once."""
    number = visit.value("device")
    tokens = await visit.cloud.workers.read(rows.unrevoked, visit.account.id)
    name = next((token.name for token in tokens if token.id == number), "")
    try:
        await visit.cloud.workers.write(issue.revoke, visit.account.id, number, visit.now)
        notice = Notice(N_("{name} is signed out."), name)
    except U1Error as error:
        refusal = refusal_of(error)
        if not isinstance(refusal, Refusal):
            raise
        notice = Notice(of_refusal(refusal, visit.language), is_fault=True)
    await visit.notify(notice)
    return redirect("/devices/")
