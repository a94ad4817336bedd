"""Signer and verifier against the vectors of section 19 and against oauthlib."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature as oracle

from tests.rest.vectors import IN_HEADER, SET_A, TIMESTAMP, VECTORS, WITH_BASE, Vector
from u1tray.rest import signing
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import ContractError, RefusedError

pytestmark = pytest.mark.core

V1, V2, V3, V4, V5, V6, V7, V8 = VECTORS


def _received(vector: Vector) -> list[tuple[str, str]]:
    """What a verifier collects from the vector's request."""
    if vector is V4:
        return signing.collect_parameters([], vector.query)
    header = [*vector.own, ("oauth_signature", vector.signature)]
    return signing.collect_parameters(header, vector.query)


def _verifies(vector: Vector, parameters: list[tuple[str, str]], path: str = "") -> bool:
    return signing.verifies(
        vector.method,
        vector.scheme,
        vector.host,
        path or vector.path,
        parameters,
        consumer_secret=vector.keys.consumer_secret,
        token_secret=vector.keys.token_secret,
    )


@pytest.mark.parametrize("vector", WITH_BASE, ids=lambda v: v.name)
def test_vector_gives_its_base_string(vector):
    """13.2, 19: every base string is reproduced character by character."""
    base = signing.base_string(
        vector.method, vector.scheme, vector.host, vector.path, _received(vector)
    )
    assert base == vector.base


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
def test_vector_gives_its_signature(vector):
    """13.2, 19: every signature is reproduced from its base string."""
    keys = vector.keys
    made = signing.signature(
        vector.signature_method, vector.base, keys.consumer_secret, keys.token_secret
    )
    assert made == vector.signature


@pytest.mark.parametrize("vector", IN_HEADER, ids=lambda v: v.name)
def test_vector_signed_by_url_gives_its_header(vector):
    """19 as signer: the whole header, which a verifier reads back to the same parameters."""
    header = signing.authorization(
        vector.method,
        vector.url,
        vector.keys,
        signature_method=vector.signature_method,
        nonce=vector.nonce,
        timestamp=TIMESTAMP,
        extra=vector.extra,
    )
    pairs = signing.parse_authorization(header)
    assert pairs == [*vector.own, ("oauth_signature", vector.signature)]
    if vector.header and "realm=" not in vector.header:
        assert header == vector.header


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
def test_vector_verifies_until_anything_in_it_changes(vector):
    """19 as verifier; another secret, method, host, path or parameter breaks it."""
    good = _received(vector)
    assert _verifies(vector, good)
    broken = [(k, v[:-1] if k == "oauth_signature" else v) for k, v in good]
    assert not _verifies(vector, broken)
    if vector.signature_method != signing.PLAINTEXT:
        assert not _verifies(vector, good, path=vector.path + "x")
        assert not _verifies(vector, [*good, ("one", "more")])


def test_header_of_vector_6_drops_the_realm_and_keeps_the_body_hash():
    """13.1: realm is not signed, any other parameter is signed like the rest."""
    pairs = signing.parse_authorization(V6.header)
    assert pairs[0] == ("realm", "https://files.example.com")
    assert _verifies(V6, signing.collect_parameters(pairs, ""))
    assert not _verifies(V6, [pair for pair in pairs if pair[0] != "oauth_body_hash"])


def test_plaintext_encoded_twice_is_accepted():
    """13.2: two old clients encode the PLAINTEXT signature twice [X]."""
    twice = signing.encode(V1.signature)
    assert _verifies(V1, [*V1.own, ("oauth_signature", twice)])
    thrice = signing.encode(twice)
    assert not _verifies(V1, [*V1.own, ("oauth_signature", thrice)])


def test_path_signed_in_normal_form_but_sent_raw_is_accepted():
    """13.2: one old client signs the normal form and sends `(` and `,` raw [K]."""
    wire = "/content/~/Ubuntu%20One/caf%c3%a9,(1).txt"
    normal = "/content/~/Ubuntu%20One/caf%C3%A9%2C%281%29.txt"
    assert signing.normal_form(wire) == normal
    base = signing.base_string("GET", "https", "files.example.com", normal, V2.own)
    made = signing.signature("HMAC-SHA1", base, SET_A.consumer_secret, SET_A.token_secret)
    parameters = [*V2.own, ("oauth_signature", made)]
    assert signing.verifies(
        "GET",
        "https",
        "files.example.com",
        wire,
        parameters,
        consumer_secret=SET_A.consumer_secret,
        token_secret=SET_A.token_secret,
    )


def test_bytes_that_are_not_utf8_are_signed_as_they_came():
    """3, 13.2: names are kept byte for byte, so `%FF` in a query stays `%FF`."""
    pairs = signing.parse_query("name=%FF%C3%A9")
    assert signing.encode(pairs[0][1]) == "%FF%C3%A9"


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        ('OAuth a="1",b="2"', [("a", "1"), ("b", "2")]),
        ('oauth\t a = "1" , , b="%26" ,', [("a", "1"), ("b", "&")]),
        ('OAUTH realm="a, b=c", k=""', [("realm", "a, b=c"), ("k", "")]),
        ('OAuth a="1", a="2"', [("a", "1"), ("a", "2")]),
        ('OAuth a="1+2"', [("a", "1+2")]),
        ("OAuth ", []),
        ("Basic YTpi", []),
        ('OAuthX a="1"', []),
        ("", []),
    ],
)
def test_authorization_header_gives_its_pairs(header, pairs):
    """13.1: scheme in any case, optional blanks, `+` is no space in a header."""
    assert signing.parse_authorization(header) == pairs


@pytest.mark.parametrize(
    "header",
    ['OAuth a="1" b="2"', "OAuth a=1", 'OAuth a="1', "OAuth a", 'OAuth ="1"', 'OAuth a="1";b="2"'],
)
def test_unparsable_header_is_malformed(header):
    """13.1: an unparsable header is `oauth_malformed`."""
    with pytest.raises(ContractError) as caught:
        signing.parse_authorization(header)
    assert caught.value.code == "oauth_malformed"


def test_unknown_signature_method_is_malformed():
    """13.1: methods other than the three are `oauth_malformed`."""
    with pytest.raises(ContractError) as caught:
        signing.signature("RSA-SHA1", "base", "secret", "secret")
    assert caught.value.code == "oauth_malformed"


@pytest.mark.parametrize("host", ["one.example.com", "10.0.0.1:8080", "127.0.0.1.example.com"])
def test_plaintext_over_plain_http_is_refused_and_names_no_secret(host):
    """13.3: our clients refuse PLAINTEXT over anything but TLS or loopback."""
    with pytest.raises(RefusedError) as caught:
        signing.authorization(
            "GET",
            f"http://{host}/api/quota/",
            SET_A,
            signature_method="PLAINTEXT",
            nonce="n",
            timestamp=1,
        )
    assert caught.value.code == "tls_required"
    assert SET_A.token_secret not in str(caught.value)


@pytest.mark.parametrize("root", ["https://c.example", "http://127.0.0.9:8080", "http://[::1]:80"])
def test_plaintext_over_tls_or_loopback_is_signed(root):
    """13.3: TLS and loopback may carry PLAINTEXT."""
    header = signing.authorization(
        "GET", f"{root}/", SET_A, signature_method="PLAINTEXT", nonce="n", timestamp=1
    )
    assert "consumerSecretA%26tokenSecretA" in header


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(_TEXT, _TEXT), max_size=6))
def test_any_parameters_normalise_as_in_oauthlib(pairs):
    """RFC 5849, 3.4.1.3.2: an independent implementation agrees."""
    pairs = [(k, v) for k, v in pairs if k not in ("realm", "oauth_signature")]
    base = signing.base_string("GET", "http", "h", "/", pairs)
    expected = oracle.signature_base_string(
        "GET", "http://h/", oracle.normalize_parameters([*pairs])
    )
    assert base == expected


@given(_TEXT, _TEXT, _TEXT)
def test_any_secrets_sign_as_in_oauthlib(text, consumer_secret, token_secret):
    """RFC 5849, 3.4.2: an independent implementation agrees."""
    client = Client("ck", client_secret=consumer_secret, resource_owner_secret=token_secret)
    for name, sign in (
        ("HMAC-SHA1", oracle.sign_hmac_sha1_with_client),
        ("HMAC-SHA256", oracle.sign_hmac_sha256_with_client),
    ):
        made = signing.signature(name, text, consumer_secret, token_secret)
        assert made == sign(text, client)


@given(_TEXT, st.lists(st.tuples(_TEXT, _TEXT), max_size=4), _TEXT, _TEXT)
def test_any_signed_request_verifies(segment, query, consumer_secret, token_secret):
    """13: what our signer sends, our verifier accepts, whatever the names and secrets hold."""
    query = [(k, v) for k, v in query if k and not k.startswith("oauth_") and k != "realm"]
    encoded = "&".join(f"{signing.encode(k)}={signing.encode(v)}" for k, v in query)
    url = f"http://127.0.0.1:8080/~/{signing.encode(segment)}?{encoded}"
    keys = Credentials("", "ck", "tk", consumer_secret, token_secret)
    for method in signing.SIGNATURE_METHODS:
        header = signing.authorization(
            "PUT", url, keys, signature_method=method, nonce="n", timestamp=1
        )
        parts = urlsplit(url)
        parameters = signing.collect_parameters(signing.parse_authorization(header), parts.query)
        assert signing.verifies(
            "PUT",
            parts.scheme,
            parts.netloc,
            parts.path,
            parameters,
            consumer_secret=consumer_secret,
            token_secret=token_secret,
        )
