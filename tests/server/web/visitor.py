"""A browser without a script: cookies, forms, and redirects one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running

EMAIL = "ana@example.com"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_BOUNDARY = "boundary-of-a-test"


@dataclass
class Visitor:
    """One person's browser. `headers` go with every request."""

    running: Running
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    async def ask(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request; cookies and the form token of the answer are kept."""
        fields = {**self.headers, **(headers or {})}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        reply = await self.running.request(method, target, fields, body)
        self._keep(reply)
        return reply

    async def get(self, target: str) -> Reply:
        return await self.ask("GET", target)

    async def post(self, target: str, *, token: str | None = None, **values: str) -> Reply:
        """A form, with the token of the last page."""
        values["form_token"] = self.token if token is None else token
        return await self.ask(
            "POST",
            target,
            urlencode(values).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )

    async def do(self, target: str, **values: str) -> str:
        """A form and the page that it leads to: what that says."""
        reply = await self.post(target, **values)
        assert reply.status == 303, (reply.status, text_of(reply))
        return await self.follow(reply)

    async def follow(self, reply: Reply) -> str:
        location = reply.header("Location")
        assert location is not None
        return text_of(await self.get(location))

    async def send_files(
        self, target: str, files: Iterable[tuple[str, bytes]], **values: str
    ) -> Reply:
        """A form with files, as browsers send it: its fields come before them."""
        body, content_type = multipart(files, {"form_token": self.token, **values})
        return await self.ask("POST", target, body, {"Content-Type": content_type})

    async def put(self, target: str, body: bytes, **headers: str) -> Reply:
        """A file as our script sends it."""
        return await self.ask("PUT", target, body, {"X-Form-Token": self.token, **headers})

    async def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> Reply:
        await self.get("/login")
        return await self.post("/login", email=email, password=password)

    def fields(self) -> dict[str, str]:
        """What every form carries."""
        return {"form_token": self.token}

    def session(self) -> str:
        """What the session's cookie holds."""
        return next(v for k, v in self.cookies.items() if k in ("u1", "__Host-u1"))

    def _keep(self, reply: Reply) -> None:
        for name, value in reply.headers:
            if name == "set-cookie":
                cookie, _, rest = value.partition(";")
                key, _, secret = cookie.partition("=")
                self.cookies[key] = secret
                if "Max-Age=0" in rest:
                    del self.cookies[key]
        found = _TOKEN.search(reply.body.decode("utf-8", "replace"))
        if found:
            self.token = found[1]


def text_of(reply: Reply) -> str:
    """The page without its marks, blanks folded."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", reply.body.decode())).split())


def multipart(files: Iterable[tuple[str, bytes]], values: Mapping[str, str]) -> tuple[bytes, str]:
    """The body of a form with files, and its type."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    for name, data in files:
        quoted = name.replace('"', "%22")
        head = f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        parts.append(
            head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"
        )
    edge = f"--{_BOUNDARY}\r\n".encode()
    body = b"".join(edge + part for part in parts) + f"--{_BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={_BOUNDARY}"
