"""`/account/`: the password, and the other browsers that are logged in."""

from __future__ import annotations

from sqlalchemy import Connection

from u1tray.server.accounts import issue, rules, two_factor
from u1tray.server.accounts.attempts import TooManyAttemptsError
from u1tray.server.accounts.two_factor import TwoFactorFailedError, TwoFactorRequiredError
from u1tray.server.accounts.values import PasswordChangedError
from u1tray.server.clock import timestamp
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import web_sessions as rows
from u1tray.server.web import sessions
from u1tray.server.web.cookies import SESSION, set_cookie
from u1tray.server.web.language import N_
from u1tray.server.web.pages import redirect
from u1tray.server.web.sessions import ABSOLUTE_S, Session
from u1tray.server.web.visits import MemberVisit, end_session
from u1tray.server.web.words import Notice

ACCOUNT = "/account/"
_WRONG = N_("The current password is wrong.")
_WRONG_CODE = N_("This code is wrong or too old. Enter the one that your device shows now.")
_TOO_MANY = N_("Too many wrong tries. Try again in {minutes} minutes.")
_NOT_EQUAL = N_("The two new passwords differ.")
_NOT_CHOSEN = N_("Choose at least 8 characters, and not your e-mail address.")
_CHANGED = N_("The password is changed. Other browsers are logged out.")
_CHANGED_ALL = N_("The password is changed. Other browsers and all devices are signed out.")


async def show_account(visit: MemberVisit) -> Response:
    """The page of the account."""
    return await _page(visit, await visit.take_notice())


async def change_account(visit: MemberVisit) -> Response:
    """A form of the page."""
    action = visit.value("action")
    if action == "password":
        return await _change_password(visit)
    if action == "end-session":
        return await _end_session(visit)
    raise Refusal(Code.BAD_REQUEST, "The form asks for nothing.")


async def password_fault(
    visit: MemberVisit, password: str, code: str | None = None
) -> tuple[str | None, int, Headers]:
    """Why a password is not the account's (None: it is), with a status. Guesses are counted.

    With a `code`, that of the second factor has to be right, too.
    """
    check = visit.cloud.login.check
    try:
        found = await check(visit.account.email, password, visit.address, code or "")
    except TwoFactorRequiredError:  # only a right password leads to that
        return (None, 200, ()) if code is None else (visit.language.text(_WRONG_CODE), 403, ())
    except TwoFactorFailedError:
        return visit.language.text(_WRONG_CODE), 403, ()
    except TooManyAttemptsError as error:
        minutes = -(-error.retry_after_s // 60)
        headers = (("Retry-After", str(error.retry_after_s)),)
        return visit.language.text(_TOO_MANY, minutes=minutes), 429, headers
    if found is None or found.account.id != visit.account.id:
        return visit.language.text(_WRONG), 403, ()
    return None, 200, ()


async def _change_password(visit: MemberVisit) -> Response:
    chosen = visit.value("new")
    fault, status, headers = await password_fault(visit, visit.value("current"))
    if fault is None:
        status = 422
        if rules.chosen_password_fault(chosen, visit.account.email) is not None:
            fault = visit.language.text(_NOT_CHOSEN)
        elif chosen != visit.value("again"):
            fault = visit.language.text(_NOT_EQUAL)
    if fault is not None:
        return await _page(visit, Notice(fault, is_fault=True), status, headers)
    hashed = await visit.cloud.passwords.hash(chosen)
    signs_out = visit.value("devices") == "1"
    try:
        secret = await visit.cloud.workers.write(
            _store_password, visit.session, hashed, signs_out, visit.now
        )
    except PasswordChangedError:
        return redirect("/login", (end_session(visit),))
    session = await visit.cloud.workers.read(sessions.find, secret, visit.now)
    if session is not None:
        notice = Notice(_CHANGED_ALL if signs_out else _CHANGED)
        await visit.cloud.workers.note(sessions.set_notice, session, notice.to_json())
    return redirect(ACCOUNT, (set_cookie(visit.request, SESSION, secret, ABSOLUTE_S),))


def _store_password(
    connection: Connection, session: Session, hashed: str, signs_out: bool, now: float
) -> str:
    """The secret of this browser's new session; every other one ends.

    Raises PasswordChangedError where another change ended this session meanwhile.
    """
    account = session.account
    account_rows.lock(connection, account.id)
    if sessions.find(connection, session.secret, now) is None:
        raise PasswordChangedError
    account_rows.change(connection, account.id, password_hash=hashed)
    if signs_out:
        issue.revoke_all(connection, account.id, now)
    rows.remove_others(connection, account.id, session.id)
    return sessions.renew(connection, session, now)


async def _end_session(visit: MemberVisit) -> Response:
    number = visit.value("session")
    if number.isascii() and number.isdigit() and len(number) < 12:
        await visit.cloud.workers.write(rows.remove, visit.account.id, int(number))
        await visit.notify(Notice(N_("That browser is logged out.")))
    return redirect(ACCOUNT)


async def _page(
    visit: MemberVisit, notice: Notice | None, status: int = 200, headers: Headers = ()
) -> Response:
    read = visit.cloud.workers.read
    others = await read(sessions.others, visit.session, visit.now)
    return visit.page(
        "account.html",
        status,
        headers,
        notice=notice,
        factor=await read(two_factor.state, visit.account.id),
        others=[(row.id, row.agent, timestamp(row.seen_at)) for row in others],
        agent=visit.session.row.agent,
    )
