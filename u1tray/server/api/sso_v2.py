"""Token issue as later clients ask for it (REST contract, 14.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from u1tray.server.accounts import issue, rules
from u1tray.server.accounts.attempts import TooManyAttemptsError
from u1tray.server.accounts.issue import Issued
from u1tray.server.accounts.two_factor import TwoFactorFailedError, TwoFactorRequiredError
from u1tray.server.accounts.values import AccountState, PasswordChangedError, Verified
from u1tray.server.api.calls import Call
from u1tray.server.auth.transport import is_confidential
from u1tray.server.clock import sso_date
from u1tray.server.messages.refusals import NO_STORE, Refusal
from u1tray.server.messages.response import Headers, Response, json_response

_NEEDED = ("email", "password", "token_name")

_STATE_FAULTS = {
    AccountState.SUSPENDED: ("ACCOUNT_SUSPENDED", "This account was suspended."),
    AccountState.DELETING: ("ACCOUNT_SUSPENDED", "This account is being deleted."),
    AccountState.DEACTIVATED: ("ACCOUNT_DEACTIVATED", "This account was deactivated."),
}


async def create_token(call: Call) -> Response:
    """The token of a name: 201 when it is new, 200 when it was there."""
    if not is_confidential(call.request):
        return _error(403, "TLS_REQUIRED", "Passwords are accepted over TLS only.")
    try:
        body = await call.request.json_object()
    except Refusal as refusal:
        return _error(refusal.status, "INVALID_DATA", refusal.text)
    faults = faults_of(body)
    if faults:
        return _error(400, "INVALID_DATA", "Invalid request data", extra=faults)
    verified = await _log_in(call, body["email"], body["password"], body.get("otp", ""))
    if isinstance(verified, Response):
        return verified
    return await _issue(call, verified, body["token_name"].strip())


def faults_of(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Lists of messages by field; empty when the body can be used."""
    faults: dict[str, list[str]] = {}
    for name in _NEEDED:
        value = body.get(name)
        if value is None or value == "":
            faults[name] = ["Field required"]
        elif not isinstance(value, str):
            faults[name] = ["This must be a string"]
    if "otp" in body and not isinstance(body["otp"], str):
        faults["otp"] = ["This must be a string"]
    if "token_name" not in faults:
        fault = rules.token_name_fault(body["token_name"].strip())
        if fault is not None:
            faults["token_name"] = [fault]
    return faults


async def _log_in(call: Call, email: str, password: str, code: str) -> Verified | Response:
    """The account of a log-in, or why there is none."""
    address = "" if call.request.peer is None else str(call.request.peer)
    try:
        verified = await call.cloud.login.check(email, password, address, code)
    except TooManyAttemptsError as error:
        retry_after = ("Retry-After", str(error.retry_after_s))
        words = "Too many wrong passwords: try again later."
        return _error(429, "TOO_MANY_REQUESTS", words, headers=(retry_after,))
    except TwoFactorRequiredError:
        return _error(401, "TWOFACTOR_REQUIRED", "This account needs a two-factor code.")
    except TwoFactorFailedError:
        words = "The two-factor code is wrong or was used before."
        return _error(403, "TWOFACTOR_FAILURE", words)
    if verified is None:
        return _wrong()
    state = verified.account.state
    return _error(403, *_STATE_FAULTS[state]) if state in _STATE_FAULTS else verified


async def _issue(call: Call, verified: Verified, name: str) -> Response:
    cloud = call.cloud
    now = cloud.clock.now()
    try:
        issued = await cloud.workers.write(issue.issue_for, verified, name, cloud.mint, now)
    except PasswordChangedError:
        return _wrong()
    status = 201 if issued.is_new else 200
    return json_response(_representation(issued), status, (NO_STORE,))


def _representation(issued: Issued) -> dict[str, str]:
    token = issued.token
    return {
        "href": f"/api/v2/tokens/oauth/{token.key}",
        "token_key": token.key,
        "token_secret": issued.token_secret,
        "token_name": token.name,
        "consumer_key": issued.account.consumer_key,
        "consumer_secret": issued.consumer_secret,
        "date_created": sso_date(token.created_at),
        "date_updated": sso_date(token.updated_at),
        "openid": issued.account.consumer_key,
    }


def _wrong() -> Response:
    return _error(401, "INVALID_CREDENTIALS", "Provided email/password is not correct.")


def _error(
    status: int,
    code: str,
    message: str,
    *,
    extra: Mapping[str, list[str]] | None = None,
    headers: Headers = (),
) -> Response:
    body = {"code": code, "message": message, "extra": dict(extra or {})}
    return json_response(body, status, (*headers, NO_STORE))
