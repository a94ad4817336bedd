"""How a connection leaves this computer: the proxy, and whom TLS trusts. Opens nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from u1tray.rest.urls import is_loopback
from u1tray.vocabulary.errors import UsageError

if TYPE_CHECKING:
    import ssl


def proxy_for(url: str) -> str | None:
    """The proxy the environment names for a URL (`https_proxy`, `no_proxy` and so on).

    Never one for this computer itself: what may travel openly there (13.3) must stay there.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import (  # noqa: PLC0415 - it loads all of http and email
        getproxies_environment,
        proxy_bypass,
    )

    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy or None


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Trust what the system trusts and, beside it, one's own authorities in a PEM file.

    Raises UsageError for a file that cannot be used.
    """
    import ssl  # noqa: PLC0415 - not for a cloud on this computer

    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            text = f"The certificates in {ca_file} cannot be used: {error}. Correct ca_file."
            raise UsageError(text) from None
    return context
