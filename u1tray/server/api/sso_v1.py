"""Token issue as the first clients ask for it (REST contract, 14.1)."""

from __future__ import annotations

import base64
import binascii

from u1tray.server.accounts import issue, rules
from u1tray.server.accounts.attempts import TooManyAttemptsError
from u1tray.server.accounts.issue import Issued
from u1tray.server.accounts.two_factor import TwoFactorFailedError, TwoFactorRequiredError
from u1tray.server.accounts.values import AccountState, PasswordChangedError
from u1tray.server.api.calls import Call
from u1tray.server.auth.transport import is_confidential
from u1tray.server.clock import sso_date_with_fraction
from u1tray.server.messages.refusals import NO_STORE
from u1tray.server.messages.response import Response, json_response, text_response

_CHALLENGE = ("WWW-Authenticate", 'Basic realm="Restricted area"')


async def authenticate(call: Call) -> Response:
    """The token of a name, for an e-mail address and a password sent as HTTP Basic."""
    request = call.request
    if not is_confidential(request):
        return text_response("Passwords are accepted over TLS only", 403)
    if request.target.parameter("ws.op") != "authenticate":
        return text_response("ws.op must be authenticate", 400)
    name = (request.target.parameter("token_name") or "").strip()
    fault = rules.token_name_fault(name)
    if fault is not None:
        return text_response(fault, 400)
    credentials = parse_basic(request.headers.get("Authorization", ""))
    if credentials is None:
        return _unauthorized()
    return await _issue(call, *credentials, name)


def parse_basic(header: str) -> tuple[str, str] | None:
    """The e-mail address and the password of an Authorization header, or None."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    email, colon, password = decoded.partition(":")
    return (email, password) if colon else None


async def _issue(call: Call, email: str, password: str, name: str) -> Response:
    cloud = call.cloud
    address = "" if call.request.peer is None else str(call.request.peer)
    try:
        verified = await cloud.login.check(email, password, address)
    except TooManyAttemptsError as error:
        text = text_response("Too many wrong passwords: try again later", 429)
        return text.with_headers(("Retry-After", str(error.retry_after_s)))
    except (TwoFactorRequiredError, TwoFactorFailedError):
        # A code has no place in this request, so such accounts log in by version 2.
        return _unauthorized()
    if verified is None:
        return _unauthorized()
    if verified.account.state is not AccountState.ACTIVE:
        return text_response("This account is disabled", 403)
    now = cloud.clock.now()
    try:
        issued = await cloud.workers.write(issue.issue_for, verified, name, cloud.mint, now)
    except PasswordChangedError:
        return _unauthorized()
    return json_response(_representation(issued), headers=(NO_STORE,))


def _representation(issued: Issued) -> dict[str, str]:
    return {
        "consumer_key": issued.account.consumer_key,
        "consumer_secret": issued.consumer_secret,
        "token": issued.token.key,
        "token_secret": issued.token_secret,
        "name": issued.token.name,
        "created": sso_date_with_fraction(issued.token.created_at),
        "updated": sso_date_with_fraction(issued.token.updated_at),
    }


def _unauthorized() -> Response:
    return text_response("Authorization Required", 401).with_headers(_CHALLENGE)
