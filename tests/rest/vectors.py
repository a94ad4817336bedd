"""The test vectors of section 19, and an independent OAuth implementation to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from u1tray.vocabulary.credentials import Credentials

SET_A = Credentials("A", "kW3xQ7a", "tokenA", "consumerSecretA", "tokenSecretA")
SET_B = Credentials("B", "kW3xQ7a", "tök+en", "s&c%r=t /é", "~sh-h.h_+!")
TIMESTAMP = 1325376000
VECTOR_6_EXTRA = (("oauth_body_hash", "Kq5sNclPz7QV2+lfQIuc6R7oRu0="),)


@dataclass(frozen=True)
class Vector:
    """One request of section 19; `scheme`, `host`, `path`, `query` are those on the wire."""

    name: str
    keys: Credentials
    signature_method: str
    method: str
    scheme: str
    host: str
    path: str
    signature: str
    base: str = ""
    query: str = ""
    header: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}"

    @property
    def nonce(self) -> str:
        return f"n000{self.name[1]}"

    @property
    def own(self) -> list[tuple[str, str]]:
        """The parameters section 19 puts into the header, decoded, without the signature."""
        return [
            ("oauth_nonce", self.nonce),
            ("oauth_timestamp", str(TIMESTAMP)),
            ("oauth_version", "1.0"),
            ("oauth_signature_method", self.signature_method),
            ("oauth_consumer_key", self.keys.consumer_key),
            ("oauth_token", self.keys.token),
            *self.extra,
        ]


VECTORS = (
    Vector(
        name="V1",
        keys=SET_B,
        signature_method="PLAINTEXT",
        method="GET",
        scheme="https",
        host="one.example.com",
        path="/api/quota/",
        signature="s%26c%25r%3Dt%20%2F%C3%A9&~sh-h.h_%2B%21",
        header=(
            'OAuth oauth_nonce="n0001", oauth_timestamp="1325376000", oauth_version="1.0'
            '", oauth_signature_method="PLAINTEXT", oauth_consumer_key="kW3xQ7a", oauth_'
            'token="t%C3%B6k%2Ben", oauth_signature="s%2526c%2525r%253Dt%2520%252F%25C3%'
            '25A9%26~sh-h.h_%252B%2521"'
        ),
    ),
    Vector(
        name="V2",
        keys=SET_A,
        signature_method="HMAC-SHA1",
        method="GET",
        scheme="https",
        host="one.example.com",
        path="/api/quota/",
        signature="ivCAsluvUkiM+4hOpGryKGBBn/g=",
        base=(
            "GET&https%3A%2F%2Fone.example.com%2Fapi%2Fquota%2F&oauth_consumer_key%3DkW3"
            "xQ7a%26oauth_nonce%3Dn0002%26oauth_signature_method%3DHMAC-SHA1%26oauth_tim"
            "estamp%3D1325376000%26oauth_token%3DtokenA%26oauth_version%3D1.0"
        ),
    ),
    Vector(
        name="V3",
        keys=SET_A,
        signature_method="HMAC-SHA1",
        method="GET",
        scheme="https",
        host="one.example.com",
        path="/api/file_storage/v1/~/Docs",
        signature="Fz+bvEmrB778V0HQxv+yKgJZUDk=",
        base=(
            "GET&https%3A%2F%2Fone.example.com%2Fapi%2Ffile_storage%2Fv1%2F~%2FDocs&a%3D"
            "~%252Bx%26b%3Dtwo%2520words%26empty%3D%26include_children%3Dtrue%26oauth_co"
            "nsumer_key%3DkW3xQ7a%26oauth_nonce%3Dn0003%26oauth_signature_method%3DHMAC-"
            "SHA1%26oauth_timestamp%3D1325376000%26oauth_token%3DtokenA%26oauth_version%"
            "3D1.0"
        ),
        query="include_children=true&b=two+words&a=%7E%2Bx&empty=",
    ),
    Vector(
        name="V4",
        keys=SET_A,
        signature_method="HMAC-SHA1",
        method="GET",
        scheme="https",
        host="one.example.com",
        path="/api/file_storage/v1/volumes/~/Docs",
        signature="EzuCg2AWA0RwKJEHbAnxDp9iCFw=",
        base=(
            "GET&https%3A%2F%2Fone.example.com%2Fapi%2Ffile_storage%2Fv1%2Fvolumes%2F~%2"
            "FDocs&from_generation%3D17%26oauth_consumer_key%3DkW3xQ7a%26oauth_nonce%3Dn"
            "0004%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1325376000%26"
            "oauth_token%3DtokenA%26oauth_version%3D1.0"
        ),
        query=(
            "from_generation=17&oauth_nonce=n0004&oauth_timestamp=1325376000&oauth_versi"
            "on=1.0&oauth_signature_method=HMAC-SHA1&oauth_consumer_key=kW3xQ7a&oauth_to"
            "ken=tokenA&oauth_signature=EzuCg2AWA0RwKJEHbAnxDp9iCFw%3D"
        ),
    ),
    Vector(
        name="V5",
        keys=SET_A,
        signature_method="HMAC-SHA1",
        method="PUT",
        scheme="https",
        host="files.example.com",
        path="/content/~/Ubuntu%20One/caf%C3%A9%20(1)/a~b%2Bc%25.txt",
        signature="OcTk88pMiceVnQ0wgUgeHeESt6Y=",
        base=(
            "PUT&https%3A%2F%2Ffiles.example.com%2Fcontent%2F~%2FUbuntu%2520One%2Fcaf%25"
            "C3%25A9%2520%281%29%2Fa~b%252Bc%2525.txt&oauth_consumer_key%3DkW3xQ7a%26oau"
            "th_nonce%3Dn0005%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1"
            "325376000%26oauth_token%3DtokenA%26oauth_version%3D1.0"
        ),
    ),
    Vector(
        name="V6",
        keys=SET_A,
        signature_method="HMAC-SHA1",
        method="PUT",
        scheme="http",
        host="127.0.0.1:8080",
        path="/content/~/Ubuntu%20One/dir%2Fname.txt",
        signature="9zWvuAGRpOJ3cWvfJuEqjjEHu1w=",
        base=(
            "PUT&http%3A%2F%2F127.0.0.1%3A8080%2Fcontent%2F~%2FUbuntu%2520One%2Fdir%252F"
            "name.txt&oauth_body_hash%3DKq5sNclPz7QV2%252BlfQIuc6R7oRu0%253D%26oauth_con"
            "sumer_key%3DkW3xQ7a%26oauth_nonce%3Dn0006%26oauth_signature_method%3DHMAC-S"
            "HA1%26oauth_timestamp%3D1325376000%26oauth_token%3DtokenA%26oauth_version%3"
            "D1.0"
        ),
        header=(
            'OAuth realm="https://files.example.com", oauth_nonce="n0006", oauth_timesta'
            'mp="1325376000", oauth_version="1.0", oauth_signature_method="HMAC-SHA1", o'
            'auth_consumer_key="kW3xQ7a", oauth_token="tokenA", oauth_body_hash="Kq5sNcl'
            'Pz7QV2%2BlfQIuc6R7oRu0%3D", oauth_signature="9zWvuAGRpOJ3cWvfJuEqjjEHu1w%3D'
            '"'
        ),
        extra=VECTOR_6_EXTRA,
    ),
    Vector(
        name="V7",
        keys=SET_A,
        signature_method="HMAC-SHA1",
        method="DELETE",
        scheme="HTTPS",
        host="One.Example.COM:443",
        path="/api/file_storage/v1//~/Docs/Old%20Name/",
        signature="CECi1zNeVDap6rrWTTan8BgjRww=",
        base=(
            "DELETE&https%3A%2F%2Fone.example.com%2Fapi%2Ffile_storage%2Fv1%2F%2F~%2FDoc"
            "s%2FOld%2520Name%2F&oauth_consumer_key%3DkW3xQ7a%26oauth_nonce%3Dn0007%26oa"
            "uth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1325376000%26oauth_tok"
            "en%3DtokenA%26oauth_version%3D1.0"
        ),
    ),
    Vector(
        name="V8",
        keys=SET_B,
        signature_method="HMAC-SHA256",
        method="GET",
        scheme="https",
        host="one.example.com:8443",
        path="/api/file_storage/v1/~/Docs/r%C3%A9sum%C3%A9.txt",
        signature="lZ09ebxSLHQ5+t0RrQhZ/Hr5GaRy+///vj8CQhqEsoA=",
        base=(
            "GET&https%3A%2F%2Fone.example.com%3A8443%2Fapi%2Ffile_storage%2Fv1%2F~%2FDo"
            "cs%2Fr%25C3%25A9sum%25C3%25A9.txt&oauth_consumer_key%3DkW3xQ7a%26oauth_nonc"
            "e%3Dn0008%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D132537"
            "6000%26oauth_token%3Dt%25C3%25B6k%252Ben%26oauth_version%3D1.0"
        ),
    ),
)
IN_HEADER = tuple(vector for vector in VECTORS if "oauth_signature" not in vector.query)
WITH_BASE = tuple(vector for vector in VECTORS if vector.base)
