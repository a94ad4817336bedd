"""Answers of the cloud as plain values; whatever breaks the contract is a ContractError.

Nothing here trusts a type, a sign or a size in a body (REST contract, 2.2, 4.1, 11, 14, 16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from u1tray.rest import fields
from u1tray.rest.failures import Reply
from u1tray.rest.fields import Object
from u1tray.rest.signing import HMAC_SHA1, PLAINTEXT, SIGNATURE_METHODS
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import ContractError
from u1tray.vocabulary.quota import Quota

_NONE: Mapping[str, str] = MappingProxyType({})
_UNLIMITED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class User:
    """Who signed, and the account's volumes (4.1)."""

    user_id: int
    visible_name: str
    quota: Quota
    root_node_path: str
    user_node_paths: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """The account as its owner knows it (11); texts are `''` if unknown."""

    id: int
    email: str
    first_name: str
    last_name: str
    nickname: str
    current_plan: str
    total: int


@dataclass(frozen=True)
class Features:
    """What the server announces (16.1); `urls` by feature name, `''` where it has none.

    `limits` by name, those that are numbers.
    """

    server: str = ""
    version: str = ""
    signature_methods: tuple[str, ...] = (HMAC_SHA1, PLAINTEXT)
    urls: Mapping[str, str] = field(default_factory=lambda: _NONE)
    limits: Mapping[str, int] = field(default_factory=lambda: _UNLIMITED)

    def without(self, feature: str) -> Features:
        """The same for one that turned out not to be there."""
        return replace(self, urls={k: v for k, v in self.urls.items() if k != feature})

    @property
    def signature_method(self) -> str:
        """The best HMAC both sides know (17)."""
        known = [name for name in SIGNATURE_METHODS if name in self.signature_methods]
        return known[0] if known and known[0] != PLAINTEXT else HMAC_SHA1


@dataclass(frozen=True)
class Token:
    """One of the account's tokens (16.6), without its secrets."""

    id: str
    name: str
    created: str
    last_used: str | None
    current: bool


def user(reply: Reply, now: float) -> User:
    """Read `GET API`. `now` in Unix seconds, as in all of these; raises the families' errors."""
    body = fields.json_object(reply, now)
    paths = body.get("user_node_paths")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise fields.broken(what="user_node_paths")
    return User(
        fields.count(body, "user_id"),
        fields.text(body, "visible_name"),
        Quota(fields.count(body, "max_bytes"), fields.count(body, "used_bytes")),
        fields.text(body, "root_node_path"),
        tuple(paths),
    )


def quota(reply: Reply, now: float) -> Quota:
    """Read `GET {one}/api/quota/` (11): bytes, from 0 to 2^63-1."""
    body = fields.json_object(reply, now)
    return Quota(fields.count(body, "total"), fields.count(body, "used"))


def account(reply: Reply, now: float) -> Account:
    """Read `GET {one}/api/account/` (11); keys we do not know are ignored."""
    body = fields.json_object(reply, now)
    return Account(
        id=fields.count(body, "id"),
        email=fields.text(body, "email"),
        first_name=fields.text(body, "first_name"),
        last_name=fields.text(body, "last_name"),
        nickname=fields.text(body, "nickname"),
        current_plan=fields.text(body, "current_plan"),
        total=fields.count(body, "total_storage"),
    )


def features(reply: Reply) -> Features:
    """Read `GET {one}/api/features/`: anything but 200 with JSON is "no extensions" (16.1)."""
    if reply.status != 200:
        return Features()
    try:
        body = fields.parsed(reply)
    except ContractError:
        return Features()
    server = fields.inner(body, "server")
    methods = body.get("signature_methods")
    named = tuple(str(m) for m in methods) if isinstance(methods, list) else ()
    urls = {
        name: fields.optional(fields.mapping(value), "url")
        for name, value in fields.inner(body, "features").items()
    }
    limits = {
        name: value
        for name, value in fields.inner(body, "limits").items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    return Features(
        fields.optional(server, "name"), fields.optional(server, "version"), named, urls, limits
    )


def server_time(reply: Reply, now: float) -> int:
    """Read `GET {one}/api/time`: Unix seconds (13.4)."""
    fields.raise_failure(reply, now)
    digits = reply.body[:32].strip()
    if not digits.isdigit():
        raise fields.broken(what="the time")
    return int(digits)


def credentials_v2(reply: Reply, now: float) -> Credentials:
    """Read SSO v2's answer (14.2)."""
    return _credentials(fields.json_object(reply, now), name="token_name", token="token_key")  # noqa: S106


def credentials_v1(reply: Reply, now: float) -> Credentials:
    """Read SSO v1's answer (14.1)."""
    return _credentials(fields.json_object(reply, now), name="name", token="token")  # noqa: S106


def pinged(reply: Reply, now: float) -> None:
    """Read the ping's answer (14.3): any success will do."""
    fields.raise_failure(reply, now)


def begins_at(head: Reply, asked: int) -> int:
    """Where the bytes of a content GET begin that asked for those from `asked` on (7, Range).

    Raises ContractError for a part that was not asked for.
    """
    if head.status != 206:
        return 0
    if not (head.header("content-range") or "").startswith(f"bytes {asked}-"):
        raise fields.broken(what="another part of the content")
    return asked


def tokens(reply: Reply, now: float) -> tuple[Token, ...]:
    """Read `GET {one}/api/tokens/` (16.6)."""
    listed = fields.json_object(reply, now).get("tokens")
    if not isinstance(listed, list):
        raise fields.broken(what="tokens")
    return tuple(_token(fields.mapping(each)) for each in listed)


def _credentials(body: Object, *, name: str, token: str) -> Credentials:
    found = Credentials(
        fields.text(body, name),
        *(fields.text(body, k) for k in ("consumer_key", token, "consumer_secret", "token_secret")),
    )
    if not (found.consumer_key and found.token):
        raise fields.broken(what="an empty token")
    return found


def _token(body: Object) -> Token:
    return Token(
        fields.text(body, "id"),
        fields.text(body, "name"),
        fields.optional(body, "created"),
        fields.optional(body, "last_used") or None,
        body.get("current") is True,
    )
