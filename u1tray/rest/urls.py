"""Addresses of the cloud: what a person types, how paths are encoded, what is confidential.

Text only: resolves no name and opens nothing (REST contract, 1, 3 and 13.3).
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from u1tray.vocabulary.errors import UsageError

API = "/api/file_storage/v1"
CONTENT = "/content"

_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?")


def is_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this computer (13.3; RFC 6761 for names)."""
    host = host.lower().strip("[]").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_confidential(url: str) -> bool:
    """Whether a password may travel to this URL: https, or within this computer (13.3)."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def root_of(typed: str) -> str:
    """The root URL in what a person typed, such as `'https://cloud.example.com'`.

    Without a scheme it is https, on this computer http. No slash at the end. Raises UsageError.
    """
    text = typed.strip()
    if not text.isprintable():  # urlsplit would silently drop line breaks
        raise _unusable(typed, "it holds characters that cannot be printed")
    if "://" not in text:
        text = f"{_guessed_scheme(text)}://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable(typed, "it has no valid host and port") from None
    if parts.scheme not in ("http", "https"):
        raise _unusable(typed, "it must begin with https:// or http://")
    _check_rest(typed, parts)
    netloc = _host(typed, host) + ("" if port is None else f":{port}")
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def encode_path(path: str) -> str:
    """A plain path as our clients write it in a URL (3). Raises UsageError for no UTF-8."""
    try:
        return quote(path, safe="/~")
    except UnicodeEncodeError:
        text = f"The name {path!r} is not valid UTF-8 and cannot be stored in the cloud."
        raise UsageError(text, code="bad_name") from None


def resolve(root: str, path: str) -> str:
    """A URL from 16.1, absolute or not, against a root."""
    return urljoin(root + "/", path)


def _guessed_scheme(text: str) -> str:
    authority = text.partition("/")[0]
    host = authority.partition("]" if authority.startswith("[") else ":")[0]
    return "http" if is_loopback(host) else "https"


def _check_rest(typed: str, parts: SplitResult) -> None:
    if "@" in parts.netloc:
        # The text is not repeated: what stands before the @ may be a password.
        text = "The cloud's address must not hold a user name or password."
        raise UsageError(text)
    if parts.query or parts.fragment:
        raise _unusable(typed, "it must end before any ? or #")
    if quote(parts.path, safe="/%~!$&'()*+,;=:@") != parts.path:
        raise _unusable(typed, "it holds characters that must be percent-encoded")


def _host(typed: str, host: str) -> str:
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise _unusable(typed, "its IPv6 address is not valid") from None
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        raise _unusable(typed, "its host name is not valid") from None
    if not _HOST_NAME.fullmatch(host):
        raise _unusable(typed, "its host name is not valid")
    return host


def _unusable(typed: str, why: str) -> UsageError:
    return UsageError(
        f"{typed.strip()!r} is not a cloud's address: {why}. "
        "Write for example https://cloud.example.com"
    )
