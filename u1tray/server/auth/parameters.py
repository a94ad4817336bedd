"""The OAuth parameters of a request (REST contract, 13.1): found, complete, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from u1tray.rest.signing import (
    PLAINTEXT,
    SIGNATURE_METHODS,
    Parameters,
    collect_parameters,
    parse_authorization,
)
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.vocabulary.errors import ContractError

_ALWAYS = ("oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_signature")
_WITH_HMAC = ("oauth_timestamp", "oauth_nonce")
_MAX_TIMESTAMP_DIGITS = 15


@dataclass(frozen=True)
class OAuthParameters:
    """What a request says about its signer. `timestamp` in Unix seconds, None if not sent."""

    consumer_key: str
    token: str = field(repr=False)
    signature_method: str
    signature: str = field(repr=False)
    timestamp: int | None
    nonce: str
    everything: Parameters = field(repr=False)  # of header and query, as the signature needs it

    @property
    def is_plaintext(self) -> bool:
        return self.signature_method == PLAINTEXT


def read_parameters(authorizations: Sequence[str], query: str) -> OAuthParameters:
    """The parameters of the Authorization headers and the query.

    Raises Refusal `oauth_missing` or `oauth_malformed`.
    """
    try:
        found = [parse_authorization(header) for header in authorizations]
    except ContractError as error:
        raise Refusal(Code.OAUTH_MALFORMED, "The Authorization header cannot be read.") from error
    everything = collect_parameters([pair for pairs in found for pair in pairs], query)
    names = [name for name, _ in everything if name.startswith("oauth_")]
    if not names:
        raise Refusal(Code.OAUTH_MISSING, "This URL needs an OAuth 1.0a signature.")
    if len(set(names)) != len(names):
        raise Refusal(Code.OAUTH_MALFORMED, "An oauth_ parameter was sent more than once.")
    return _checked(dict(everything), everything)


def _checked(named: dict[str, str], everything: Parameters) -> OAuthParameters:
    method = named.get("oauth_signature_method", "")
    needed = _ALWAYS if method == PLAINTEXT else _ALWAYS + _WITH_HMAC
    missing = next((name for name in needed if name not in named), None)
    if missing is not None:
        raise Refusal(Code.OAUTH_MALFORMED, f"The parameter {missing} is missing.")
    if method not in SIGNATURE_METHODS:
        known = ", ".join(SIGNATURE_METHODS)
        raise Refusal(Code.OAUTH_MALFORMED, f"The oauth_signature_method must be one of {known}.")
    if named.get("oauth_version", "1.0") != "1.0":
        raise Refusal(Code.OAUTH_MALFORMED, "The oauth_version must be 1.0.")
    return OAuthParameters(
        named["oauth_consumer_key"],
        named["oauth_token"],
        method,
        named["oauth_signature"],
        _timestamp(named.get("oauth_timestamp")),
        named.get("oauth_nonce", ""),
        everything,
    )


def _timestamp(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Refusal(Code.OAUTH_MALFORMED, "The oauth_timestamp is not a decimal number.")
    digits = text.lstrip("0") or "0"
    # Longer numbers are refused by the clock anyway, and must not cost the time to read them.
    return int(digits[:_MAX_TIMESTAMP_DIGITS])
