"""The credentials of a signed request (REST contract, 13): from its parts to account and token."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.rest.signing import verifies
from u1tray.server.accounts.rules import is_storable
from u1tray.server.accounts.values import Account, AccountState, Token
from u1tray.server.auth.nonces import TOLERANCE_S, digest
from u1tray.server.auth.parameters import OAuthParameters, read_parameters
from u1tray.server.auth.transport import is_confidential
from u1tray.server.cloud import Cloud
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.request import Request
from u1tray.server.settings.options import Settings
from u1tray.server.storage.metadata import tokens as rows

_LAST_USED_LAG_S = 3600.0


@dataclass(frozen=True)
class Signer:
    """Who signed. `nonce` is the entry to remove if the request fails, None for PLAINTEXT."""

    account: Account
    token: Token
    nonce: bytes | None


@dataclass(frozen=True)
class Verified:
    """A right signature. Whether its token may be used, and was not yet, is for `admit` to say."""

    oauth: OAuthParameters
    now: float
    is_ping: bool


async def verify(cloud: Cloud, request: Request, *, is_ping: bool = False) -> Verified:
    """The signature of a request, if it is right. Raises Refusal."""
    oauth = read_parameters(request.headers.getall("Authorization", []), request.target.query)
    if oauth.is_plaintext and not is_confidential(request):
        raise Refusal(Code.TLS_REQUIRED, "PLAINTEXT signatures are accepted over TLS only.")
    if not await _verifies(cloud, request, oauth):
        raise _wrong()
    now = cloud.clock.now()
    check_clock(oauth, now)
    return Verified(oauth, now, is_ping)


def check_clock(oauth: OAuthParameters, now: float) -> None:
    """Refuse a signature too far from the server's clock, either way (13.4)."""
    if oauth.is_plaintext or oauth.timestamp is None:
        return
    if abs(oauth.timestamp - now) > TOLERANCE_S:
        raise Refusal(
            Code.OAUTH_TIMESTAMP_REFUSED,
            "The signature's time is more than 300 s off: correct the clock by the Date header.",
        )


def check_allowed(settings: Settings, account: Account, token: Token, *, is_ping: bool) -> None:
    """Refuse a genuine token that may not be used (12, 13.5, 14.3)."""
    if token.revoked_at is not None:
        raise Refusal(
            Code.TOKEN_REVOKED,
            "This token was revoked: log in again.",
            status=settings.revoked_status,
        )
    if account.state is not AccountState.ACTIVE:
        raise Refusal(Code.ACCOUNT_DISABLED, "This account is disabled.")
    if settings.require_ping and token.pinged_at is None and not is_ping:
        raise Refusal(Code.TOKEN_NOT_ACCEPTED, "This token was not confirmed by a ping yet.")


async def _verifies(cloud: Cloud, request: Request, oauth: OAuthParameters) -> bool:
    if not is_storable(oauth.consumer_key + oauth.token):
        return False
    secrets = await cloud.secrets.of((oauth.consumer_key, oauth.token))
    return secrets is not None and verifies(
        request.method,
        request.scheme,
        request.host,
        request.target.path,
        oauth.everything,
        consumer_secret=secrets[0],
        token_secret=secrets[1],
    )


def admit(connection: Connection, cloud: Cloud, verified: Verified) -> Signer:
    """The signer as the database knows it now, whose nonce is entered. Raises Refusal."""
    oauth, now = verified.oauth, verified.now
    found = rows.with_account(connection, oauth.consumer_key, oauth.token)
    if found is None:
        raise _wrong()
    account, token = found
    check_allowed(cloud.settings, account, token, is_ping=verified.is_ping)
    entry = None
    if not oauth.is_plaintext and oauth.timestamp is not None:
        entry = digest(oauth)
        if not cloud.nonces.enter(connection, entry, oauth.timestamp, now):
            raise Refusal(Code.OAUTH_NONCE_USED, "This signed request was sent before.")
    if token.last_used_at is None or abs(now - token.last_used_at) > _LAST_USED_LAG_S:
        rows.change(connection, token.id, last_used_at=now)
    return Signer(account, token, entry)


def _wrong() -> Refusal:
    return Refusal(Code.OAUTH_INVALID, "The signature, the consumer or the token is wrong.")
