"""`/login`, `/login/code`, `/logout`, `/register`: from a stranger to a session and back."""

from __future__ import annotations

from urllib.parse import quote

from u1tray.server.accounts.attempts import TooManyAttemptsError
from u1tray.server.accounts.registration import RegistrationFaultsError
from u1tray.server.accounts.two_factor import TwoFactorFailedError, TwoFactorRequiredError
from u1tray.server.accounts.values import AccountState, PasswordChangedError, Verified
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response
from u1tray.server.storage.metadata import web_sessions as rows
from u1tray.server.web import sessions
from u1tray.server.web.cookies import SESSION, VISITOR, end_cookie, set_cookie
from u1tray.server.web.language import N_
from u1tray.server.web.links import FILES, local
from u1tray.server.web.pages import redirect
from u1tray.server.web.sessions import ABSOLUTE_S, CODE_S, Stage
from u1tray.server.web.visits import MemberVisit, Visit, end_session, is_open

_WRONG = N_("The e-mail address or the password is wrong.")
_WRONG_CODE = N_("This code is wrong, too old, or was used before.")
_DISABLED = N_("This account is disabled. Ask whoever hosts this cloud.")
_TOO_MANY = N_("Too many wrong tries. Try again in {minutes} minutes.")
_FAULTS = {
    "email": N_("This e-mail address cannot be registered here."),
    "password": N_("Choose at least 8 characters, and not your e-mail address."),
    "name": N_("This name cannot be used."),
}


async def go_home(visit: Visit) -> Response:
    """`/`: to the files, or to the log-in."""
    return redirect(FILES if is_open(visit.session) else "/login")


async def show_login(visit: Visit) -> Response:
    """The form."""
    wanted = local(visit.request.target.parameter("next") or "")
    if is_open(visit.session):
        return redirect(wanted)
    return _login_page(visit, wanted)


async def log_in(visit: Visit) -> Response:
    """A session for the right password; where the account wants a code, half a session."""
    email, wanted = visit.value("email"), local(visit.value("next"))
    login = visit.cloud.login
    stage, location = Stage.OPEN, wanted
    try:
        verified = await login.check(email, visit.value("password"), visit.address)
    except TooManyAttemptsError as error:
        return _login_page(visit, wanted, 429, *_too_many(visit, error))
    except TwoFactorRequiredError as error:
        verified = error.verified
        stage, location = Stage.CODE, "/login/code?next=" + quote(wanted)
    if verified is None:
        return _login_page(visit, wanted, 403, visit.language.text(_WRONG))
    if verified.account.state is not AccountState.ACTIVE:
        return _login_page(visit, wanted, 403, visit.language.text(_DISABLED))
    try:
        return await _begin(visit, verified, stage, location)
    except PasswordChangedError:
        return _login_page(visit, wanted, 403, visit.language.text(_WRONG))


async def show_code(visit: Visit) -> Response:
    """The form for the second factor."""
    wanted = local(visit.request.target.parameter("next") or "")
    if visit.session is None or is_open(visit.session):
        return redirect("/login")
    return visit.page("code.html", fault=None, next=wanted)


async def enter_code(visit: Visit) -> Response:
    """A whole session under a new id for the right code."""
    wanted = local(visit.value("next"))
    session = visit.session
    if session is None or is_open(session):
        return redirect("/login")
    try:
        await visit.cloud.login.check_code(session.account, visit.value("code"), visit.address)
    except TooManyAttemptsError as error:
        fault, headers = _too_many(visit, error)
        return visit.page("code.html", 429, headers, fault=fault, next=wanted)
    except TwoFactorFailedError:
        fault = visit.language.text(_WRONG_CODE)
        return visit.page("code.html", 403, fault=fault, next=wanted)
    try:
        secret = await visit.cloud.workers.write(sessions.advance, session, visit.now)
    except PasswordChangedError:
        return redirect("/login", (end_session(visit),))
    return redirect(wanted, (set_cookie(visit.request, SESSION, secret, ABSOLUTE_S),))


async def log_out(visit: MemberVisit) -> Response:
    """The session ends at once."""
    await visit.cloud.workers.write(rows.remove, visit.account.id, visit.session.id)
    return redirect("/login", (end_session(visit),))


async def show_registration(visit: Visit) -> Response:
    """The form, where the administrator lets people register themselves."""
    _check_registration(visit)
    if is_open(visit.session):
        return redirect(FILES)
    return visit.page("register.html", faults={}, email="", name="", fault=None)


async def register(visit: Visit) -> Response:
    """A new account, logged in."""
    _check_registration(visit)
    email, name = visit.value("email"), visit.value("name")
    fault, headers, status = None, Headers(), 422
    faults: dict[str, str] = {}
    try:
        verified = await visit.cloud.registration.register(
            email, visit.value("password"), name, visit.address
        )
    except RegistrationFaultsError as error:
        faults = {field: visit.language.text(_FAULTS[field]) for field in error.faults}
    except TooManyAttemptsError as error:
        status = 429
        fault, headers = _too_many(visit, error)
    else:
        return await _begin(visit, verified, Stage.OPEN, FILES)
    return visit.page(
        "register.html", status, headers, faults=faults, email=email, name=name, fault=fault
    )


async def _begin(visit: Visit, verified: Verified, stage: Stage, location: str) -> Response:
    """A new session; the one that the browser had ends. Raises PasswordChangedError."""
    agent = sessions.agent_of(visit.request.headers.get("User-Agent", ""))
    secret = await visit.cloud.workers.write(sessions.begin, verified, stage, agent, visit.now)
    if visit.session is not None:
        old = visit.session
        await visit.cloud.workers.write(rows.remove, old.account.id, old.id)
    age = ABSOLUTE_S if stage is Stage.OPEN else CODE_S
    cookies = (
        set_cookie(visit.request, SESSION, secret, age),
        end_cookie(visit.request, VISITOR),
    )
    return redirect(location, cookies)


def _login_page(
    visit: Visit, wanted: str, status: int = 200, fault: str | None = None, headers: Headers = ()
) -> Response:
    return visit.page(
        "login.html",
        status,
        headers,
        fault=fault,
        next=wanted,
        email=visit.value("email"),
        may_register=visit.cloud.registration.is_open,
    )


def _too_many(visit: Visit, error: TooManyAttemptsError) -> tuple[str, Headers]:
    minutes = -(-error.retry_after_s // 60)
    text = visit.language.text(_TOO_MANY, minutes=minutes)
    return text, (("Retry-After", str(error.retry_after_s)),)


def _check_registration(visit: Visit) -> None:
    if not visit.cloud.registration.is_open:
        raise Refusal(Code.NOT_FOUND, "Registration is closed.")
