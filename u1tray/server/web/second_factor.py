"""`/account/two-factor`: turned on with a QR code, recovery codes shown once, turned off."""

from __future__ import annotations

import segno

from u1tray.server.accounts import two_factor
from u1tray.server.accounts.two_factor import TwoFactorFailedError
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response
from u1tray.server.web.account import ACCOUNT, password_fault
from u1tray.server.web.language import N_
from u1tray.server.web.pages import redirect
from u1tray.server.web.visits import MemberVisit
from u1tray.server.web.words import Notice
from u1tray.vocabulary.errors import ConflictError, NotFoundError

_WRONG_CODE = N_("This code is wrong or too old. Enter the one that your device shows now.")
_ON_ALREADY = N_("Two-factor log-in is on already.")
_OFF = N_("Two-factor log-in is off.")


async def show_factor(_visit: MemberVisit) -> Response:
    """Whoever comes back here by address or button."""
    return redirect(ACCOUNT)


async def change_factor(visit: MemberVisit) -> Response:
    """A form about the second factor."""
    action = visit.value("action")
    if action == "confirm":
        return await _confirm(visit)
    if action not in ("begin", "renew", "off"):
        raise Refusal(Code.BAD_REQUEST, "The form asks for nothing.")
    code = None if action == "begin" else visit.value("code")
    fault, _, _ = await password_fault(visit, visit.value("current"), code)
    if fault is not None:
        return await _back(visit, Notice(fault, is_fault=True))
    if action == "begin":
        return await _enrol(visit)
    write = visit.cloud.workers.write
    if action == "off":
        await write(two_factor.disable, visit.account.id)
        return await _back(visit, Notice(_OFF))
    return visit.page(
        "recovery.html", codes=await write(two_factor.renew_recovery_codes, visit.account.id)
    )


async def _enrol(visit: MemberVisit) -> Response:
    """The secret, as a picture and as text, with the form for the first code."""
    cloud = visit.cloud
    try:
        enrolment = await cloud.workers.write(
            two_factor.begin, cloud.mint, visit.account, cloud.settings.name, visit.now
        )
    except ConflictError:
        return await _back(visit, Notice(_ON_ALREADY, is_fault=True))
    secret = enrolment.secret
    return visit.page(
        "two_factor.html",
        fault=None,
        picture=segno.make(enrolment.uri, error="m", micro=False).svg_inline(
            scale=5, border=3, dark="#000", light="#fff", title="QR"
        ),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    )


async def _confirm(visit: MemberVisit) -> Response:
    cloud = visit.cloud
    try:
        codes = await cloud.workers.write(
            two_factor.confirm, cloud.mint, visit.account.id, visit.value("code"), visit.now
        )
    except TwoFactorFailedError:
        # Without the secret: whoever finds an open browser has not given the password.
        fault = visit.language.text(_WRONG_CODE)
        return visit.page("two_factor.html", 403, fault=fault, picture=None)
    except (ConflictError, NotFoundError):
        return redirect(ACCOUNT)
    return visit.page("recovery.html", codes=codes)


async def _back(visit: MemberVisit, notice: Notice) -> Response:
    await visit.notify(notice)
    return redirect(ACCOUNT)
