"""What our clients ask of the cloud, as plain values: no connection, no clock (REST contract).

A builder gives an unsigned Request; `signed` gives the same with its header. A request is built
once and sent unchanged (17).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import quote, urlencode, urlsplit

from u1tray.rest import signing
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import API, is_confidential
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import RefusedError

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_JSON = MappingProxyType({"Content-Type": "application/json"})


@dataclass(frozen=True)
class Request:
    """One request. The repr shows no header, body or query, so it is safe in a log."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS, repr=False)
    body: bytes = field(default=b"", repr=False)
    needs_signature: bool = True
    holds_password: bool = False
    repeats_as: str = ""  # the method after whose rules a POST may be tried again (16.8)
    lost_limit: int | None = None  # lost connections after which it is given up all the same

    def __str__(self) -> str:
        """Method and path, for a log: never a query, a header or a body."""
        return f"{self.method} {urlsplit(self.url).path}"


def signed(
    request: Request,
    credentials: Credentials,
    *,
    nonce: str,
    timestamp: int,
    signature_method: str = signing.HMAC_SHA1,
) -> Request:
    """The request with an `Authorization` header for this one attempt (13, 17).

    `timestamp` in Unix seconds of the server's clock. Raises RefusedError `tls_required` (13.3).
    """
    header = signing.authorization(
        request.method,
        request.url,
        credentials,
        nonce=nonce,
        timestamp=timestamp,
        signature_method=signature_method,
    )
    return replace(request, headers={**request.headers, "Authorization": header})


def refuse_if_overheard(request: Request) -> None:
    """Raise RefusedError `tls_required` for a password on its way to an open line (13.3)."""
    if request.holds_password and not is_confidential(request.url):
        host = urlsplit(request.url).netloc
        text = (
            f"The cloud at {host} is not reached by https, so the password was not sent. "
            "Set its https address."
        )
        raise RefusedError(text, code="tls_required")


def user(settings: CloudSettings) -> Request:
    """`GET API` (4.1)."""
    return Request("GET", settings.api_url + API)


def quota(settings: CloudSettings) -> Request:
    """`GET {one}/api/quota/` (11)."""
    return Request("GET", f"{settings.api_url}/api/quota/")


def account(settings: CloudSettings) -> Request:
    """`GET {one}/api/account/` (11)."""
    return Request("GET", f"{settings.api_url}/api/account/")


def features(settings: CloudSettings) -> Request:
    """`GET {one}/api/features/` (16.1), unsigned."""
    return Request("GET", f"{settings.api_url}/api/features/", needs_signature=False)


def time(settings: CloudSettings) -> Request:
    """`GET {one}/api/time` (13.4), unsigned."""
    return Request("GET", f"{settings.api_url}/api/time", needs_signature=False)


def token_v1(settings: CloudSettings, email: str, password: str, token_name: str) -> Request:
    """SSO v1 (14.1): the password travels by HTTP Basic."""
    query = urlencode({"ws.op": "authenticate", "token_name": token_name}, quote_via=quote)
    return Request(
        "GET",
        f"{settings.sso_url}/api/1.0/authentications?{query}",
        {"Authorization": _basic(email, password)},
        needs_signature=False,
        holds_password=True,
    )


def token_v2(
    settings: CloudSettings, email: str, password: str, token_name: str, otp: str = ""
) -> Request:
    """SSO v2 (14.2): the password travels in a JSON body; `otp` is the two-factor code."""
    fields = {"email": email, "password": password, "token_name": token_name}
    if otp:
        fields["otp"] = otp
    return Request(
        "POST",
        f"{settings.sso_url}/api/v2/tokens/oauth",
        _JSON,
        json.dumps(fields).encode(),
        needs_signature=False,
        holds_password=True,
    )


def ping(settings: CloudSettings, email: str, version: str) -> Request:
    """The ping after a token was issued (14.3), signed with that token."""
    import platform  # noqa: PLC0415 - after a log-in only

    query = urlencode(
        {
            "platform": platform.system(),
            "platform_version": platform.release(),
            "platform_arch": platform.machine(),
            "client_version": version,
        },
        quote_via=quote,
    )
    return Request(
        "GET",
        f"{settings.api_url}/oauth/sso-finished-so-get-tokens/{quote(email, safe='')}?{query}",
    )


def tokens(settings: CloudSettings) -> Request:
    """The account's tokens (16.6)."""
    return Request("GET", f"{settings.api_url}/api/tokens/")


def revoke_token(settings: CloudSettings, token_id: str) -> Request:
    """Revoke a token by its id (16.6)."""
    return Request("DELETE", f"{settings.api_url}/api/tokens/{quote(token_id, safe='')}")


def token_name(host: str, program: str) -> str:
    """`Ubuntu One @ <host name> [<program>]`, at most 255 bytes (14)."""
    tail = f" [{program}]"
    room = 255 - len("Ubuntu One @ ") - len(tail.encode())
    host = host.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return f"Ubuntu One @ {host}{tail}"


def _basic(email: str, password: str) -> str:
    return "Basic " + b64encode(f"{email}:{password}".encode()).decode("ascii")
