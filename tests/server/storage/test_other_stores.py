"""Object stores that are not S3: what a URL and the options make of them, and what is refused."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from obstore.store import AzureStore, GCSStore, S3Store

from u1tray.server.settings.options import load_settings
from u1tray.server.storage.blobs.address import BucketAddress, ObjectAccess, parse_content_url
from u1tray.server.storage.blobs.bucket import OPTIONS, Bucket
from u1tray.server.storage.blobs.choose import open_contents
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.core

SECRET = base64.b64encode(b"k" * 32).decode()
GIVEN = {
    "endpoint": "http://127.0.0.1:9",  # nobody listens at the discard port
    "region": "eu-1",
    "access_key_id": "ana",
    "secret_access_key": SECRET,
}
STORES = {"s3": S3Store, "az": AzureStore, "gs": GCSStore}
UNKNOWN = [
    (scheme, name) for scheme in sorted(STORES) for name in sorted({*GIVEN} - {*OPTIONS[scheme]})
]


def store_of(url: str, **options: Any) -> Any:
    address = parse_content_url(url)
    assert isinstance(address, BucketAddress)
    return Bucket(address, ObjectAccess(**options))._store


def opened(home: Path, url: str, **options: str) -> None:
    given = {f"object_store_{name}": value for name, value in options.items()}
    open_contents(home, load_settings(None, {}, {"content_url": url, **given})).close()


@pytest.mark.parametrize("scheme", sorted(STORES))
def test_each_scheme_makes_its_store(scheme: str) -> None:
    """With the prefix, and our options under the names that the library has for them."""
    names = OPTIONS[scheme]
    store = store_of(f"{scheme}://files/some/prefix", **{name: GIVEN[name] for name in names})
    assert type(store) is STORES[scheme]
    assert store.prefix == "some/prefix"
    config = dict(store.config)
    for option, name in names.items():
        assert GIVEN[option] in config.values(), name


@pytest.mark.parametrize(("scheme", "option"), UNKNOWN)
def test_option_that_a_store_does_not_know_is_refused(home: Path, scheme: str, option: str) -> None:
    """In words that name it; it would be left out without a word otherwise."""
    with pytest.raises(UsageError, match=f"object_store_{option} means nothing to {scheme}://"):
        opened(home, f"{scheme}://files", **{option: GIVEN[option]})


def test_store_without_what_it_needs_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start, with the library's own reason, and no secret."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(UsageError, match="cannot use the contents in az://files") as caught:
        opened(home, "az://files", secret_access_key=SECRET)
    assert "ccount" in caught.value.text
    assert SECRET not in caught.value.text


def test_wrong_key_is_refused_and_not_told(home: Path) -> None:
    """One that is no base64."""
    with pytest.raises(UsageError, match="cannot use the contents in az://files") as caught:
        opened(home, "az://files", access_key_id="ana", secret_access_key="top secret")
    assert "top secret" not in caught.value.text
