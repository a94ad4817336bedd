"""An answer as it comes, through aiohttp, and the one place where its exceptions become ours."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Iterator

import aiohttp

from u1tray.rest import offline
from u1tray.rest.failures import Reply


class Incoming:
    """A success whose body is still on its way. To be closed."""

    def __init__(self, answer: aiohttp.ClientResponse, host: str, silence_seconds: float) -> None:
        self._answer = answer
        self._host = host
        self._silence_seconds = silence_seconds

    @property
    def head(self) -> Reply:
        """Status and headers, without a body."""
        return Reply(self._answer.status, dict(self._answer.headers), b"")

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The bytes, as they arrive. Raises OfflineError when they end early or not at all."""
        with translated(self._host, self._silence_seconds):
            # In the pieces that were received: to join some would be one more copy of all.
            async for part, _ends in self._answer.content.iter_chunks():
                if part:
                    yield part

    def close(self) -> None:
        """Let go of the connection; it is used again if all was read."""
        if self._answer.content.at_eof():
            self._answer.release()
        else:
            self._answer.close()


@contextlib.contextmanager
def translated(host: str, silence_seconds: float) -> Iterator[None]:
    """Raises OfflineError for whatever aiohttp says of a connection."""
    try:
        yield
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise offline.not_trusted(host, _reason(error)) from error
    except asyncio.TimeoutError as error:
        raise offline.timed_out(host, silence_seconds) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise offline.unreachable(host, _reason(error)) from error


def _reason(error: Exception) -> str:
    """What went wrong, in few words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        inner = error.certificate_error
        return getattr(inner, "verify_message", "") or type(inner).__name__
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return "the proxy refused or cannot be reached"
    return getattr(error, "strerror", None) or type(error).__name__
