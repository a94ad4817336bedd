"""What a request that changes something must show: that a page of this origin sent it."""

from __future__ import annotations

from urllib.parse import urlsplit

from u1tray.server.messages.request import Request

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_from_here(request: Request) -> bool:
    """Whether the browser says that the request comes from this origin, or says nothing.

    The form token decides then; browsers of the last years always say it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origins = request.headers.getall("Origin", [])
    own = _origin(request.origin)
    return all(_origin(origin) == own for origin in origins)


def _origin(text: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what is none, such as `null`."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port
