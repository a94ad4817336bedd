"""The two cookies of the pages: who is logged in, and which browser shows a form before that."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from u1tray.server.messages.request import Request

SESSION = "u1"
VISITOR = "u1-visitor"  # a browser before log-in, so that its forms have a token too
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_FORM = b"form token"


def fresh_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def read_cookie(request: Request, name: str) -> str | None:
    """The secret in a cookie, None without a well-formed one."""
    wanted = _full_name(request, name)
    for header in request.headers.getall("Cookie", []):
        for part in header.split(";"):
            found, _, value = part.strip().partition("=")
            if found == wanted and _SECRET.fullmatch(value):
                return value
    return None


def set_cookie(
    request: Request, name: str, secret: str, max_age_s: int | None = None
) -> tuple[str, str]:
    """The header that gives the browser a cookie; without an age it ends with the browser."""
    parts = [f"{_full_name(request, name)}={secret}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if request.scheme == "https":
        parts.append("Secure")
    if max_age_s is not None:
        parts.append(f"Max-Age={max_age_s}")
    return "Set-Cookie", "; ".join(parts)


def end_cookie(request: Request, name: str) -> tuple[str, str]:
    """The header that takes a cookie away."""
    return set_cookie(request, name, "", 0)


def form_token(secret: str) -> str:
    """What the forms of a browser carry; only a page of ours knows it (CSRF)."""
    digest = hmac.digest(secret.encode(), _FORM, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_form_token(secret: str, token: str) -> bool:
    """Whether a form carries the right one."""
    return hmac.compare_digest(form_token(secret).encode(), token.encode("utf-8", "replace"))


def _full_name(request: Request, name: str) -> str:
    """With `__Host-` over TLS: no other host, path or plain connection can set it."""
    return f"__Host-{name}" if request.scheme == "https" else name
