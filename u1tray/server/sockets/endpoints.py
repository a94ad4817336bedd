"""Where a server listens: a host and a port, or a Unix socket. Words only, nothing is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_UNIX = "unix:"
_MAX_UNIX_PATH_BYTES = 107  # sun_path of the kernel, with its final NUL


@dataclass(frozen=True)
class Endpoint:
    """A host or address and a port to listen on; port 0 is any."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """`127.0.0.1:9180`, `[::1]:9180`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, scheme: str) -> str:
        """`http://127.0.0.1:9180`."""
        return f"{scheme}://{self.authority}"


@dataclass(frozen=True)
class UnixEndpoint:
    """A socket in the file system, for a proxy on the same machine."""

    path: Path

    @property
    def authority(self) -> str:
        """`unix:/run/u1server/http.sock`."""
        return f"{_UNIX}{self.path}"

    def url(self, scheme: str) -> str:
        """No URL has a form for it that programs agree on, so this is the endpoint itself."""
        return self.authority


AnyEndpoint = Endpoint | UnixEndpoint


def parse_endpoint(text: str) -> AnyEndpoint:
    """`HOST:PORT`, `[IPV6]:PORT` or `unix:/PATH`. Raises ValueError."""
    if text.strip().startswith(_UNIX):
        return _unix(text.strip().removeprefix(_UNIX))
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\[\]:\s/]+)):([0-9]{1,5})", text.strip())
    if match is None or int(match.group(3)) > 65535:
        message = (
            f"not HOST:PORT: {text!r} "
            "(write for example 127.0.0.1:9180, [::1]:0 or unix:/run/u1server/http.sock)"
        )
        raise ValueError(message)
    return Endpoint(match.group(1) or match.group(2), int(match.group(3)))


def _unix(path: str) -> UnixEndpoint:
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        message = f"not the full path of a socket: {path!r}"
        raise ValueError(message)
    if len(path.encode("utf-8", "surrogateescape")) > _MAX_UNIX_PATH_BYTES:
        message = f"a socket's path has at most {_MAX_UNIX_PATH_BYTES} bytes: {path!r}"
        raise ValueError(message)
    return UnixEndpoint(Path(path))
