"""OAuth 1.0a signatures (REST contract, 13; RFC 5849): the rules of signer and verifier.

Pure text in, text out. Takes every part of a URL as it is on the wire and never re-encodes it;
keeps no clock, no nonce and no secret. Written on the standard library because importing
`oauthlib.oauth1` takes as long as the rest of a small program together; the tests hold it
against oauthlib.
"""

from __future__ import annotations

import functools
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, unquote, unquote_plus, unquote_to_bytes, urlsplit

from u1tray.rest.urls import is_confidential
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import ContractError, RefusedError

Parameters = list[tuple[str, str]]

PLAINTEXT = "PLAINTEXT"
HMAC_SHA1 = "HMAC-SHA1"
HMAC_SHA256 = "HMAC-SHA256"
SIGNATURE_METHODS = (HMAC_SHA256, HMAC_SHA1, PLAINTEXT)  # best first

_DIGESTS = {HMAC_SHA1: "sha1", HMAC_SHA256: "sha256"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_NOT_SIGNED = ("realm", "oauth_signature")
_RESERVED = re.compile("[^A-Za-z0-9._~-]")
_SCHEME = re.compile(r"\s*oauth(?:\s+|$)", re.IGNORECASE)
_PAIR = re.compile(r'\s*([^\s=",]+)\s*=\s*"([^"]*)"\s*(?:,[\s,]*|$)')


def encode(text: str) -> str:
    """`enc` of 13.2: RFC 3986, only `A-Z a-z 0-9 - . _ ~` stay.

    Bytes that were not UTF-8 on the wire travel as lone surrogates and come out as they were.
    """
    if text.isascii() and (text.isidentifier() or text.isalnum()):
        return text  # most names and values
    return _RESERVED.sub(_escaped, text)  # `quote` takes ten times as long


def base_string(
    method: str, scheme: str, host: str, path: str, parameters: Iterable[tuple[str, str]]
) -> str:
    """The text an HMAC signs (13.2).

    `host` as in the Host header, with its port; `path` exactly as on the wire; `parameters` as
    from `collect_parameters`: decoded, of which `realm` and `oauth_signature` are left out.
    """
    scheme = scheme.lower()
    host = host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, "\0"))
    pairs = sorted((encode(k), encode(v)) for k, v in parameters if k not in _NOT_SIGNED)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    # `encode`, of what is encoded already: nothing else can stand in it.
    joined = joined.replace("%", "%25").replace("&", "%26").replace("=", "%3D")
    return f"{method.upper()}&{encode(f'{scheme}://{host}{path}')}&{joined}"


def signature(method_name: str, base: str, consumer_secret: str, token_secret: str) -> str:
    """The signature of a base string; for PLAINTEXT the key itself, whatever the base string.

    Raises ContractError `oauth_malformed` for a signature method that is not in 13.1.
    """
    key = f"{encode(consumer_secret)}&{encode(token_secret)}"
    if method_name == PLAINTEXT:
        return key
    if method_name not in _DIGESTS:
        text = f"unknown oauth_signature_method {method_name[:40]!r}"
        raise ContractError(text, code="oauth_malformed")
    # `hmac.digest` would let other threads of a busy server go first.
    digest = hmac.new(key.encode(), base.encode(), _DIGESTS[method_name]).digest()
    return b64encode(digest).decode("ascii")


def parse_authorization(header: str) -> Parameters:
    """The decoded pairs of an `Authorization` header, `realm` included, repetitions kept.

    Empty for another scheme than OAuth. Raises ContractError `oauth_malformed`.
    """
    scheme = _SCHEME.match(header)
    if scheme is None:
        return []
    pairs: Parameters = []
    position = scheme.end()
    while position < len(header):
        pair = _PAIR.match(header, position)
        if pair is None:
            text = "the Authorization header cannot be parsed"
            raise ContractError(text, code="oauth_malformed")
        pairs.append((_decode(pair.group(1)), _decode(pair.group(2))))
        position = pair.end()
    return pairs


def parse_query(query: str) -> Parameters:
    """The decoded pairs of a query as on the wire; `+` is a space; names may lack a value."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [
        (
            unquote_plus(name, errors="surrogateescape"),
            unquote_plus(value, errors="surrogateescape"),
        )
        for name, _, value in pairs
    ]


def collect_parameters(header_pairs: Iterable[tuple[str, str]], query: str) -> Parameters:
    """All parameters of a request, decoded: those of the header, then those of the query."""
    return [*header_pairs, *parse_query(query)]


def normal_form(path: str) -> str:
    """A path decoded and re-encoded, only unreserved characters and `/` raw (13.2, [K])."""
    return quote(unquote_to_bytes(path.encode("utf-8", "surrogateescape")), safe="/")


def verifies(
    method: str,
    scheme: str,
    host: str,
    path: str,
    parameters: Parameters,
    *,
    consumer_secret: str,
    token_secret: str,
) -> bool:
    """Whether the `oauth_signature` among the parameters is right, by all the variants of 13.2.

    Compares in constant time. Raises ContractError `oauth_malformed` for an unknown method.
    """
    named = dict(parameters)
    method_name = named.get("oauth_signature_method", "")
    received = named.get("oauth_signature", "")

    def expected(wire_path: str) -> str:
        base = base_string(method, scheme, host, wire_path, parameters)
        return signature(method_name, base, consumer_secret, token_secret)

    if method_name == PLAINTEXT:
        key = signature(PLAINTEXT, "", consumer_secret, token_secret)
        return _equal(received, key) or _equal(_decode(received), key)
    if _equal(received, expected(path)):
        return True
    normal = normal_form(path)
    return normal != path and _equal(received, expected(normal))


def authorization(
    method: str,
    url: str,
    credentials: Credentials,
    *,
    nonce: str,
    timestamp: int,
    signature_method: str = HMAC_SHA1,
    extra: Iterable[tuple[str, str]] = (),
) -> str:
    """The `Authorization` header of a request for exactly this URL.

    `timestamp` in Unix seconds of the server's clock; `extra` parameters are signed like the
    rest. Raises RefusedError `tls_required` for PLAINTEXT over a line others can read (13.3).
    """
    if signature_method == PLAINTEXT and not is_confidential(url):
        text = "The cloud's address is not secure (https), so the secret was not sent."
        raise RefusedError(text, code="tls_required")
    own: Parameters = [
        ("oauth_nonce", nonce),
        ("oauth_timestamp", str(timestamp)),
        ("oauth_version", "1.0"),
        ("oauth_signature_method", signature_method),
        ("oauth_consumer_key", credentials.consumer_key),
        ("oauth_token", credentials.token),
        *extra,
    ]
    parts = urlsplit(url)
    base = base_string(
        method, parts.scheme, parts.netloc, parts.path or "/", collect_parameters(own, parts.query)
    )
    signed = signature(
        signature_method, base, credentials.consumer_secret, credentials.token_secret
    )
    own.append(("oauth_signature", signed))
    return "OAuth " + ", ".join(f'{encode(name)}="{encode(value)}"' for name, value in own)


def _escaped(match: re.Match[str]) -> str:
    return _percent(match[0])


@functools.lru_cache(1024)
def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _decode(text: str) -> str:
    return unquote(text, errors="surrogateescape") if "%" in text else text


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(
        one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape")
    )
