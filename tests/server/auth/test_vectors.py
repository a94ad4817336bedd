"""The test vectors of section 19, through the running server as verifier, as exact bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.server.rig import FixedKeys, Running, running_cloud

pytestmark = pytest.mark.end2end

SET_A = FixedKeys
PROXIES = (ip_network("127.0.0.0/8"),)


def set_b() -> FixedKeys:
    return FixedKeys(("kW3xQ7a", "s&c%r=t /é"), ("tök+en", "~sh-h.h_+!"))


@dataclass(frozen=True)
class Vector:
    """A request of section 19: what a proxy in front of the server would pass on."""

    name: str
    method: str
    target: str
    host: str
    status: int
    signature: str  # as listed, not encoded
    scheme: str = "https"
    signature_method: str = "HMAC-SHA1"
    keys: type[FixedKeys] | object = SET_A
    token: str = "tokenA"
    more: dict[str, str] = field(default_factory=dict)
    header: str | None = None  # where the contract lists it byte for byte
    in_query: bool = False

    def authorization(self, signature: str) -> str | None:
        if self.in_query:
            return None
        if self.header is not None and signature == self.signature:
            return self.header
        pairs = {
            "oauth_nonce": f"n000{self.name[1]}",
            "oauth_timestamp": "1325376000",
            "oauth_version": "1.0",
            "oauth_signature_method": self.signature_method,
            "oauth_consumer_key": "kW3xQ7a",
            "oauth_token": self.token,
            **self.more,
            "oauth_signature": signature,
        }
        return "OAuth " + ", ".join(f'{k}="{quote(v, safe="~")}"' for k, v in pairs.items())

    def wire(self, signature: str | None = None) -> bytes:
        """The bytes, with the right signature or another."""
        header = self.authorization(self.signature if signature is None else signature)
        target = self.target
        if self.in_query and signature is not None:
            target = target.replace(quote(self.signature, safe=""), quote(signature, safe=""))
        lines = [f"{self.method} {target} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"Authorization: {header}"] if header else []
        lines += ["X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.7"] * (
            self.scheme == "https"
        )
        lines += ["Content-Length: 11"] * (self.method == "PUT")
        body = "hello world" * (self.method == "PUT")
        return ("\r\n".join([*lines, "", ""]) + body).encode()


VECTORS = [
    Vector(
        "V1",
        "GET",
        "/api/quota/",
        "one.example.com",
        200,
        "s%26c%25r%3Dt%20%2F%C3%A9&~sh-h.h_%2B%21",
        signature_method="PLAINTEXT",
        keys=set_b,
        token="tök+en",
        header='OAuth oauth_nonce="n0001", oauth_timestamp="1325376000", oauth_version="1.0", '
        'oauth_signature_method="PLAINTEXT", oauth_consumer_key="kW3xQ7a", '
        'oauth_token="t%C3%B6k%2Ben", '
        'oauth_signature="s%2526c%2525r%253Dt%2520%252F%25C3%25A9%26~sh-h.h_%252B%2521"',
    ),
    Vector("V2", "GET", "/api/quota/", "one.example.com", 200, "ivCAsluvUkiM+4hOpGryKGBBn/g="),
    Vector(
        "V3",
        "GET",
        "/api/file_storage/v1/~/Docs?include_children=true&b=two+words&a=%7E%2Bx&empty=",
        "one.example.com",
        404,
        "Fz+bvEmrB778V0HQxv+yKgJZUDk=",
    ),
    Vector(
        "V4",
        "GET",
        "/api/file_storage/v1/volumes/~/Docs?from_generation=17&oauth_nonce=n0004"
        "&oauth_timestamp=1325376000&oauth_version=1.0&oauth_signature_method=HMAC-SHA1"
        "&oauth_consumer_key=kW3xQ7a&oauth_token=tokenA"
        "&oauth_signature=EzuCg2AWA0RwKJEHbAnxDp9iCFw%3D",
        "one.example.com",
        404,
        "EzuCg2AWA0RwKJEHbAnxDp9iCFw=",
        in_query=True,
    ),
    Vector(
        "V5",
        "PUT",
        "/content/~/Ubuntu%20One/caf%C3%A9%20(1)/a~b%2Bc%25.txt",
        "files.example.com",
        201,
        "OcTk88pMiceVnQ0wgUgeHeESt6Y=",
    ),
    Vector(
        "V6",
        "PUT",
        "/content/~/Ubuntu%20One/dir%2Fname.txt",
        "127.0.0.1:8080",
        201,
        "9zWvuAGRpOJ3cWvfJuEqjjEHu1w=",
        scheme="http",
        more={"oauth_body_hash": "Kq5sNclPz7QV2+lfQIuc6R7oRu0="},
        header='OAuth realm="https://files.example.com", oauth_nonce="n0006", '
        'oauth_timestamp="1325376000", oauth_version="1.0", oauth_signature_method="HMAC-SHA1", '
        'oauth_consumer_key="kW3xQ7a", oauth_token="tokenA", '
        'oauth_body_hash="Kq5sNclPz7QV2%2BlfQIuc6R7oRu0%3D", '
        'oauth_signature="9zWvuAGRpOJ3cWvfJuEqjjEHu1w%3D"',
    ),
    Vector(
        "V7",
        "DELETE",
        "/api/file_storage/v1//~/Docs/Old%20Name/",
        "One.Example.COM:443",
        404,
        "CECi1zNeVDap6rrWTTan8BgjRww=",
    ),
    Vector(
        "V7 with the whole URL as request target",
        "DELETE",
        "HTTPS://One.Example.COM:443/api/file_storage/v1//~/Docs/Old%20Name/",
        "ignored.example.com",
        404,
        "CECi1zNeVDap6rrWTTan8BgjRww=",
    ),
    Vector(
        "V8",
        "GET",
        "/api/file_storage/v1/~/Docs/r%C3%A9sum%C3%A9.txt",
        "one.example.com:8443",
        404,
        "lZ09ebxSLHQ5+t0RrQhZ/Hr5GaRy+///vj8CQhqEsoA=",
        signature_method="HMAC-SHA256",
        keys=set_b,
        token="tök+en",
    ),
]


async def _account(running: Running) -> None:
    await running.add_token(await running.add_account())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
async def test_vector_is_accepted(vector: Vector, data: Path) -> None:
    """The signature verifies: the answer is the operation's own, here 200, 201 or 404 (19)."""
    async with running_cloud(data, vector.keys(), trusted_proxies=PROXIES) as running:
        await _account(running)
        reply = await running.send(vector.wire())
        assert reply.status == vector.status, reply
        assert reply.status != 404 or json.loads(reply.body)["code"] == "not_found"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
async def test_vector_with_another_signature_is_refused(vector: Vector, data: Path) -> None:
    """One character makes the difference (12, 13.2)."""
    async with running_cloud(data, vector.keys(), trusted_proxies=PROXIES) as running:
        await _account(running)
        reply = await running.send(vector.wire("A" + vector.signature[1:]))
        assert (reply.status, reply.code) == (401, "oauth_invalid")
