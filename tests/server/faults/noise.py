"""Random requests: for every route, well formed, half formed and not at all.

What is made depends on the seed alone.
"""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from tests.server.files.client import hash_of, magic_of
from u1tray.server.api.routes import ROUTES
from u1tray.server.web.routes import WEB_ROUTES

METHODS = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS")
ODD_METHODS = ("TRACE", "PROPFIND", "get", "X" * 300, "GET\x00", "CONNECT", "")
NAMES = ("a", "b c", "é", "f.txt", "%2F", "..", ".", "%00", "%ff", "x" * 300, "%", "~", "\\", "+;")
PATHS = (
    *("Docs", "Docs/a", "Docs/f.txt", "Docs/a/deep/g", "Ubuntu%20One", "Ubuntu%20One/f.txt"),
    *("Docs/new", "None/such", "", "/", "Docs//a/", "Docs/%C3%A9", "Docs/%2e%2e/x", "Docs/%zz"),
)
QUERIES = (
    *("include_children=true", "recursive=true", "from_generation=0", "from_generation=-1"),
    *("from_generation=" + "9" * 40, "from_generation=", "dl=1", "replace=1", "q=a", "next=//x"),
    *(
        "&&&===",
        "%00=%ff",
        "oauth_token=a",
        "ws.op=authenticate&token_name=x",
        "undo=1",
        "a" * 5000,
    ),
)
SHA = hash_of(b"1")
MAGIC = magic_of(b"1")
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 10**400, "", "file", "directory", "/a", "/a/b", "/"),
    *("//x/", "/..", "\ud800", "\x00", "x" * 5000, SHA, MAGIC, "sha1:xyz", [], {}, [[]], {"a": 1}),
    *("~/Docs/a", "/~/Docs/new", "/~bob/x", "ana@example.com", "PUT", "GET", "F", "1"),
)
KEYS = (
    *("kind", "path", "is_public", "hash", "magic_hash", "email", "password", "token_name", "otp"),
    *("operations", "stop_on_error", "id", "method", "body", "headers", "size"),
)
FIELDS = (
    "action",
    "name",
    "target",
    "form_token",
    "password",
    "email",
    "code",
    "id",
    "new",
    "next",
)
HEADERS: Mapping[str, tuple[str, ...]] = {
    "If-Match": ("*", f'"{SHA}"', "W/", ",,,", '"' * 500, "\xe9"),
    "If-None-Match": ("*", f'"{SHA}"', "x", ""),
    "Overwrite": ("F", "T", "?"),
    "Range": ("bytes=0-", "bytes=-0", "5-", "bytes=9-1", "bytes=" + "9" * 5000 + "-", "x=1-2"),
    "If-Range": ("*", f'"{SHA}"', "yesterday"),
    "Accept": ("text/html", "*/*;q=x", ",,", "text/html;q=0"),
    "Accept-Language": ("es", "de;q=x,*", "\xff", "-"),
    "Accept-Encoding": ("gzip", "br;q=1,*;q=0"),
    "Content-Type": ("application/json", "multipart/form-data; boundary=b", "multipart/form-data"),
    "Content-Encoding": ("gzip", "x"),
    "Tus-Resumable": ("1.0.0", "0.2", ""),
    "Upload-Length": ("0", "3", "-1", "9" * 30, "x"),
    "Upload-Offset": ("0", "3", "-1", "9" * 30, "x"),
    "Upload-Metadata": ("target " + b64encode(b"/~/Docs/up").decode(), "target !!", ",,", "\xe9"),
    "X-HTTP-Method-Override": ("PATCH", "DELETE", "GET", "\x01"),
    "X-Forwarded-For": ("1.2.3.4", "x, y", ","),
    "X-Forwarded-Proto": ("https", "ftp"),
    "X-Request-ID": ("abc", "\xe9" * 100),
    "Cookie": ("a=b", ";;;=", "session=" + "x" * 3000, "\xff=\xff"),
    "Origin": ("null", "http://evil.example", "\x7f"),
    "Last-Event-ID": ("7",),
    "Expect": ("100-continue", "200-ok"),
    "Connection": ("close", "keep-alive", "upgrade"),
    "Upgrade": ("websocket", "h2c"),
    "Authorization": ("Basic", "Basic !!!", "OAuth", "Basic " + b64encode(b"a:b").decode()),
}


@dataclass(frozen=True)
class Noise:
    """One request. With `is_whole`, an answer must come; else the server may only close."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    is_whole: bool = True
    raw: bytes | None = field(default=None, repr=False)

    def with_header(self, name: str, value: str) -> Noise:
        return replace(self, headers=(*self.headers, (name, value)))


# Gives the value of an Authorization header for a method and a target.
Sign = Callable[[str, str], str]


@dataclass
class Maker:
    """Makes requests. `ids` are what may stand for `{id}`; `cookie` and `form_token` are those of
    somebody who is logged in to the pages."""

    chance: random.Random
    host: str
    sign: Sign
    ids: list[str]
    cookie: str = ""
    form_token: str = ""

    def request(self) -> Noise:
        """The next one, without its framing."""
        route = self.chance.choice(ROUTES)
        is_page = route in WEB_ROUTES
        methods = sorted({*route.signed, *route.open})
        method = self.chance.choice(methods if self.chance.random() < 0.7 else METHODS)
        if self.chance.random() < 0.02:
            method = self.chance.choice(ODD_METHODS)
        noise = Noise(method, self._target(route.pattern))
        if method in ("PUT", "POST", "PATCH") or self.chance.random() < 0.05:
            noise = self._with_form(noise) if is_page else replace(noise, body=self._json())
        if route.pattern.endswith("/batch/upload") and self.chance.random() < 0.7:
            noise = replace(noise, body=self._packed())
        for name, values in HEADERS.items():
            if self.chance.random() < 0.06:
                noise = noise.with_header(name, self.chance.choice(values))
        if is_page and self.chance.random() < 0.8:
            return noise.with_header("Cookie", self.cookie)
        if self.chance.random() < 0.85 and not any(n == "Authorization" for n, _ in noise.headers):
            noise = noise.with_header("Authorization", self._signature(noise))
        return self._with_tus(noise) if "/uploads/" in noise.target else noise

    def wire(self, noise: Noise) -> Noise:
        """The same as bytes, some of them broken on purpose."""
        host = self.host if self.chance.random() < 0.98 else self.chance.choice(("", "a b", "[::"))
        lines = [f"{noise.method} {noise.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in noise.headers]
        framing, body, is_whole = self._framed(noise.body)
        head = "\r\n".join([*lines, *framing, "", ""]).encode("latin-1", "replace")
        raw = head + body
        if self.chance.random() < 0.15:
            raw, is_whole = self._mutated(raw), False
        return replace(noise, raw=raw, is_whole=is_whole)

    def _target(self, pattern: str) -> str:
        target = pattern.replace("{id}", self.chance.choice(self.ids))
        target = target.replace("{owner}", "bob").replace("{email}", "ana@example.com")
        target = target.replace("{name}", self.chance.choice(("style.css", "..", "x", "%00")))
        target = target.replace("{path...}", self._path())
        if self.chance.random() < 0.25:
            target += "?" + "&".join(
                self.chance.choice(QUERIES) for _ in range(self.chance.randint(1, 3))
            )
        if self.chance.random() < 0.03:
            cut = self.chance.randrange(len(target) + 1)
            target = target[:cut] + self.chance.choice(("%", "//", "#", "\xe9", ";")) + target[cut:]
        return target

    def _path(self) -> str:
        if self.chance.random() < 0.6:
            return self.chance.choice(PATHS)
        names = [self.chance.choice(NAMES) for _ in range(self.chance.randint(1, 4))]
        return "/".join(["Docs", *names])

    def _value(self, depth: int = 0) -> Any:
        if depth < 3 and self.chance.random() < 0.15:
            return [self._value(depth + 1) for _ in range(self.chance.randrange(4))]
        if depth < 3 and self.chance.random() < 0.15:
            return self._object(depth + 1)
        return self.chance.choice(VALUES)

    def _object(self, depth: int = 0) -> dict[str, Any]:
        return {key: self._value(depth) for key in KEYS if self.chance.random() < 0.3}

    def _json(self) -> bytes:
        kind = self.chance.random()
        if kind < 0.15:
            return self.chance.randbytes(self.chance.choice((0, 1, 40, 40_000, 100_000)))
        if kind < 0.25:
            good = {"method": "PUT", "path": "/~/Docs/a", "body": self._object()}
            some = [self.chance.choice((good, self._object())) for _ in range(3)]
            return json.dumps({"operations": some}).encode()
        text = json.dumps(self._object())
        if kind < 0.35:
            text = text[: self.chance.randrange(len(text) + 1)]
        if kind < 0.4:
            text = "[" * 50_000
        return text.encode()

    def _packed(self) -> bytes:
        """A line of JSON and contents; the sizes add up or nearly so."""
        listed, contents = [], b""
        for _ in range(self.chance.randrange(6)):
            path = self.chance.choice(("/~/Docs/a", "/~/Docs/new/b", "/~/Docs", "/~bob/x", "/~/"))
            data = self.chance.randbytes(self.chance.choice((0, 1, 5000, 40_000)))
            contents += data
            listed.append({"path": path, "size": len(data)})
            if self.chance.random() < 0.1:
                listed[-1] |= self._object() | {"size": self._value()}
        line = json.dumps({"operations": listed, "stop_on_error": self.chance.random() < 0.3})
        packed = line.encode() + b"\n" + contents
        if self.chance.random() < 0.2:
            packed = packed[: self.chance.randrange(len(packed) + 1)]
        return packed

    def _with_form(self, noise: Noise) -> Noise:
        values = {name: str(self._value()) for name in FIELDS if self.chance.random() < 0.4}
        if self.chance.random() < 0.8:
            values["form_token"] = self.form_token
        noise = noise.with_header("X-Form-Token", self.form_token)
        if self.chance.random() < 0.3:
            body = self._multipart(values)
            content_type = "multipart/form-data; boundary=b"
        else:
            body = urlencode(values, errors="replace").encode()
            content_type = "application/x-www-form-urlencoded"
        return replace(noise, body=body).with_header("Content-Type", content_type)

    def _multipart(self, values: Mapping[str, str]) -> bytes:
        parts = [
            f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}' for n, v in values.items()
        ]
        name = quote(self.chance.choice(NAMES))
        parts.append(
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{"y" * 50}'
        )
        text = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
        return text.encode("utf-8", "replace")

    def _with_tus(self, noise: Noise) -> Noise:
        usual = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": "0",
            "Upload-Length": "20",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": "target " + b64encode(b"/~/Docs/up").decode(),
        }
        for name, value in usual.items():
            if self.chance.random() < 0.8:
                noise = noise.with_header(name, value)
        return noise

    def _signature(self, noise: Noise) -> str:
        header = self.sign(noise.method or "GET", noise.target)
        if self.chance.random() < 0.1:
            cut = self.chance.randrange(len(header))
            wrong = self.chance.choice(('"', ",", "=", "%", "\xff", "", 'oauth_nonce="x", '))
            return header[:cut] + wrong + header[cut + self.chance.randrange(3) :]
        return header

    def _framed(self, body: bytes | None) -> tuple[list[str], bytes, bool]:
        """Lines of the head, the body on the wire, and whether it is all that was announced."""
        if body is None:
            return [], b"", True
        kind = self.chance.random()
        length = f"Content-Length: {len(body)}"
        chunked = "Transfer-Encoding: chunked"
        odd = self.chance.choice(("-1", "1e3", "9" * 25, "+5", "0x10", "", "3, 3"))
        ways = (
            (0.7, [length], body, True),
            (0.85, [chunked], self._chunked(body), True),
            (0.9, [f"Content-Length: {len(body) + self.chance.randint(1, 99)}"], body, False),
            (0.93, [chunked], self._chunked(body)[:-3], False),
            (0.97, [f"Content-Length: {odd}"], body, False),
            (1.0, [f"Content-Length: {odd}", chunked], self._chunked(body), False),
        )
        return next(way[1:] for way in ways if kind < way[0])

    def _chunked(self, body: bytes) -> bytes:
        step = self.chance.choice((1, 7, 4096)) if len(body) < 2000 else 4096
        pieces = [body[start : start + step] for start in range(0, len(body), step)]
        extension = self.chance.choice((b"", b"", b";a=b"))
        chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(one), extension, one) for one in pieces)
        return chunks + b"0\r\n" + self.chance.choice((b"", b"X-Trailer: 1\r\n")) + b"\r\n"

    def _mutated(self, raw: bytes) -> bytes:
        data = bytearray(raw)
        for _ in range(self.chance.randint(1, 4)):
            place = self.chance.randrange(min(len(data), 3000) + 1)
            kind = self.chance.randrange(5)
            if kind == 0:
                data[place:place] = self.chance.randbytes(self.chance.randint(1, 5))
            elif kind == 1:
                del data[place : place + self.chance.randint(1, 5)]
            elif kind == 2:
                data[place:place] = self.chance.choice((b"\r\n", b"\n", b"\0", b": ", b"\r\n X"))
            elif kind == 3:
                data[place:place] = b"A" * self.chance.choice((100, 9_000, 70_000))
            else:
                data[place:place] = b"\r\nX-More: 1" * self.chance.choice((1, 50, 400))
        return bytes(data)
