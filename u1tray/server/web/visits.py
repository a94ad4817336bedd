"""From a request to a page: the line, the session, the form token, then the view.

Nothing is shown or changed over a line that others can read, and nothing is changed that a page
of this origin did not ask for.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from u1tray.server.accounts.values import Account
from u1tray.server.api.calls import Call, Operation
from u1tray.server.auth.transport import is_confidential
from u1tray.server.messages.refusals import Code, Refusal, internal_refusal, refusal_of
from u1tray.server.messages.response import Headers, Response
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import web_sessions as rows
from u1tray.server.web import sessions, words
from u1tray.server.web.cookies import (
    SESSION,
    VISITOR,
    end_cookie,
    form_token,
    fresh_secret,
    is_form_token,
    read_cookie,
    set_cookie,
)
from u1tray.server.web.forms import TOKEN_FIELD, Fields, read_fields
from u1tray.server.web.guards import is_from_here
from u1tray.server.web.language import Language, language_of
from u1tray.server.web.pages import page, redirect
from u1tray.server.web.sessions import Session, Stage
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

_CHANGING = frozenset({"POST", "PUT"})
_NO_FORM: Fields = {}


@dataclass(frozen=True)
class Visit(Call):
    """A request of a browser. `secret` is what its forms' token follows from."""

    language: Language
    secret: str = field(repr=False)
    is_new_visitor: bool
    session: Session | None
    form: Fields = field(default_factory=dict, repr=False)

    @property
    def address(self) -> str:
        """The peer's, empty for a Unix socket."""
        return "" if self.request.peer is None else str(self.request.peer)

    @property
    def now(self) -> float:
        return self.cloud.clock.now()

    def value(self, name: str) -> str:
        """A field of the form, empty without it."""
        return self.form.get(name, "")

    def page(
        self, template: str, status: int = 200, headers: Headers = (), **values: Any
    ) -> Response:
        """A page for this visit. A first visitor gets the cookie that its forms need."""
        if self.is_new_visitor:
            headers = (*headers, set_cookie(self.request, VISITOR, self.secret))
        open_session = self.session if is_open(self.session) else None
        return page(
            template,
            self.language,
            status,
            headers,
            form_token=form_token(self.secret),
            cloud=self.cloud.settings.name,
            person=None if open_session is None else open_session.account,
            here=self.request.target.segments[:1],
            **values,
        )

    def has_token(self, token: str) -> bool:
        """Whether a form carries the token of this browser."""
        return is_form_token(self.secret, token)


@dataclass(frozen=True)
class MemberVisit(Visit):
    """A visit of a person who is logged in."""

    session: Session

    @property
    def account(self) -> Account:
        return self.session.account

    async def current_account(self) -> Account:
        """The account as it is by now. Raises Refusal where it is gone."""
        found = await self.cloud.workers.read(account_rows.by_id, self.account.id)
        if found is None:
            raise Refusal(Code.NOT_FOUND, "This account is gone.")
        return found

    async def notify(self, notice: words.Notice) -> None:
        """Let the next page say something."""
        value = notice.to_json()
        await self.cloud.workers.note(sessions.set_notice, self.session, value)

    async def take_notice(self) -> words.Notice | None:
        """What this page should say; it is said once."""
        if self.session.row.notice is None:
            return None
        await self.cloud.workers.note(sessions.set_notice, self.session, None)
        return words.Notice.from_json(self.session.row.notice)


View = Callable[[Visit], Awaitable[Response]]
MemberView = Callable[[MemberVisit], Awaitable[Response]]


def for_anyone(view: View) -> Operation:
    """An operation that shows a page to whoever comes, and takes its form."""

    async def operation(call: Call) -> Response:
        return await _answer(call, view)

    return operation


def for_members(view: MemberView, *, takes_form: bool = True) -> Operation:
    """An operation for people who are logged in; others are sent to the log-in.

    Without `takes_form` the view reads the body, and checks the form token itself.
    """

    async def checked(visit: Visit) -> Response:
        if visit.session is None or not is_open(visit.session):
            return _to_login(visit)
        member = MemberVisit(
            visit.cloud,
            visit.request,
            visit.arguments,
            visit.language,
            visit.secret,
            visit.is_new_visitor,
            visit.session,
            visit.form,
        )
        return await view(member)

    async def operation(call: Call) -> Response:
        return await _answer(call, checked, takes_form=takes_form)

    return operation


def is_open(session: Session | None) -> bool:
    """Whether a log-in is complete."""
    return session is not None and session.stage is Stage.OPEN


def end_session(visit: Visit) -> tuple[str, str]:
    """The header that logs the browser out."""
    return end_cookie(visit.request, SESSION)


async def _answer(call: Call, view: View, *, takes_form: bool = True) -> Response:
    """The view's response, or a page that says why there is none."""
    request = call.request
    language = language_of(request.headers.get("Accept-Language", ""))
    visit = Visit(call.cloud, request, call.arguments, language, fresh_secret(), True, None)
    try:
        if not is_confidential(request):
            return visit.page("insecure.html", 403)
        if request.method in _CHANGING and not is_from_here(request):
            raise _foreign()
        visit = await _visit(call, language)
        if request.method == "POST" and takes_form:
            visit = await _with_form(visit)
        return await view(visit)
    except Refusal as refusal:
        return _refused(visit, refusal)
    except U1Error as error:
        meant = refusal_of(error)
        return _internal(visit) if meant is None else _refused(visit, meant)
    except Exception:
        return _internal(visit)


async def _visit(call: Call, language: Language) -> Visit:
    request = call.request
    secret = read_cookie(request, SESSION)
    session = None
    if secret is not None:
        now = call.cloud.clock.now()
        session = await call.cloud.workers.read(sessions.find, secret, now)
        if session is not None and now - session.row.seen_at > sessions.SEEN_LAG_S:
            await call.cloud.workers.note(rows.change, session.id, seen_at=now)
    visitor = session.secret if session is not None else read_cookie(request, VISITOR)
    return Visit(
        call.cloud,
        request,
        call.arguments,
        language,
        visitor or fresh_secret(),
        visitor is None,
        session,
    )


async def _with_form(visit: Visit) -> Visit:
    """The visit with its form, whose token is right. Raises Refusal."""
    form = await read_fields(visit.request)
    if not visit.has_token(form.get(TOKEN_FIELD, "")):
        raise _foreign()
    return replace(visit, form=form)


def _to_login(visit: Visit) -> Response:
    if visit.request.method == "PUT":
        raise Refusal(Code.NOT_OWNER, "You are not logged in any more.", status=401)
    if visit.request.method not in ("GET", "HEAD"):
        return redirect("/login")
    target = visit.request.target
    wanted = target.path + (f"?{target.query}" if target.query else "")
    return redirect("/login?next=" + quote(wanted, safe=""))


def _foreign() -> Refusal:
    return Refusal(Code.NOT_OWNER, words.FOREIGN)


def _refused(visit: Visit, refusal: Refusal) -> Response:
    status = refusal.status
    if refusal.code is Code.QUOTA_EXCEEDED:
        status = 507
    if _wants_json(visit):
        return words.refusal_answer(refusal, visit.language, status)
    text = words.of_refusal(refusal, visit.language)
    headers = tuple(pair for pair in refusal.headers if pair[0] in ("Retry-After", "Content-Range"))
    return visit.page("error.html", status, headers, text=text, oops_id=None)


def _internal(visit: Visit) -> Response:
    oops_id, refusal = internal_refusal()
    method, path = visit.request.method, visit.request.target.path
    account = None if visit.session is None else visit.session.account.id
    logger.exception("%s: %s %s, account %s", oops_id, method, path, account)
    if _wants_json(visit):
        return refusal.response()
    return visit.page("error.html", 500, (("x-oops-id", oops_id),), text="", oops_id=oops_id)


def _wants_json(visit: Visit) -> bool:
    """Whether our own script asked."""
    return visit.request.method == "PUT"
