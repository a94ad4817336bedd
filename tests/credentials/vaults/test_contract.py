"""What every vault must do, and what the encrypted file must do besides (9.4 and 9.5)."""

from __future__ import annotations

import base64
import json
import os

import pytest
import pytest_asyncio

from tests.rig.keyring import start_keyring
from u1tray.credentials.vaults import Asking
from u1tray.credentials.vaults.automatic import AutomaticVault
from u1tray.credentials.vaults.encrypted_file import EncryptedFileVault, vault_file
from u1tray.credentials.vaults.memory import MemoryVault
from u1tray.credentials.vaults.secret_service import SecretServiceVault
from u1tray.disk.sealed import BrokenSealError, WrongPassphraseError, seal, unseal
from u1tray.service.connection import Connection
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError

pytestmark = pytest.mark.bus

# Long enough not to stand in random bytes by chance.
KEYS = Credentials("Ubuntu One @ kiwi [u1tray]", "CK", "TÖ&=+ K", "consumer secret", "token secret")
OTHER = Credentials("other", "C2", "T2", "S2", "U2")


@pytest.fixture
def passphrase_file(home):
    file = home / "passphrase"
    file.write_bytes(b"open sesame\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def file_vault(passphrase_file):
    def make(host="kiwi", **environ):
        return EncryptedFileVault(
            vault_file(), {"U1TRAY_PASSPHRASE_FILE": str(passphrase_file), **environ}, host
        )

    return make


@pytest.fixture
def connection_of(bus):
    """Opens connections that are closed after the test."""
    return lambda: Connection.open(bus.address)


@pytest_asyncio.fixture(params=["memory", "file", "keyring", "automatic"])
async def vault(request):
    """Every kind of vault."""
    if request.param == "memory":
        yield MemoryVault()
        return
    file = request.getfixturevalue("file_vault")()
    if request.param == "file":
        yield file
        return
    start_keyring(request.getfixturevalue("started"))
    connection = await request.getfixturevalue("connection_of")()
    keyring = SecretServiceVault(connection, "kiwi")
    yield keyring if request.param == "keyring" else AutomaticVault(keyring, file)
    await connection.close()


@pytest.fixture(autouse=True)
def _bus_first(request):
    """The bus is up before a keyring or a connection needs it."""
    request.getfixturevalue("bus")


async def test_empty_vault_has_none(vault):
    """9.4."""
    assert await vault.find(Asking.NEVER) is None


async def test_stored_credentials_come_back_unchanged(vault):
    """9.4: name included."""
    await vault.store(KEYS, Asking.NEVER)
    assert await vault.find(Asking.NEVER) == KEYS


async def test_store_replaces(vault):
    """9.1: replace; there is one set, not a history."""
    await vault.store(OTHER, Asking.NEVER)
    await vault.store(KEYS, Asking.NEVER)
    assert await vault.find(Asking.NEVER) == KEYS
    await vault.clear(Asking.NEVER)
    assert await vault.find(Asking.NEVER) is None


async def test_clearing_an_empty_vault_is_no_error(vault):
    """9.1: also Cleared when there was none."""
    await vault.clear(Asking.NEVER)
    await vault.clear(Asking.NEVER)


async def test_nobody_is_waited_for_while_it_is_open(vault):
    """9.2: the answer is at hand."""
    waited = []
    await vault.store(KEYS, Asking.ALWAYS, lambda: waited.append(1))
    await vault.find(Asking.ALWAYS, lambda: waited.append(1))
    assert waited == []


# --- the encrypted file ------------------------------------------------------------------------


async def code_of(awaitable) -> str:
    with pytest.raises(KeyringError) as caught:
        await awaitable
    assert "sesame" not in caught.value.text
    return caught.value.code


async def test_wrong_passphrase_is_locked(file_vault, passphrase_file):
    """9.5: missing or wrong: KeyringLocked."""
    await file_vault().store(KEYS, Asking.NEVER)
    passphrase_file.write_text("open barley")
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringLocked"
    passphrase_file.write_text("")
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringLocked"
    passphrase_file.unlink()
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringLocked"
    assert await code_of(file_vault(U1TRAY_PASSPHRASE_FILE="").find(Asking.NEVER)) == (
        "KeyringLocked"
    )


async def test_passphrase_file_others_may_read_is_not_used(file_vault, passphrase_file, home):
    """9.5: owner-only; a link is not followed."""
    passphrase_file.chmod(0o640)
    assert await code_of(file_vault().store(KEYS, Asking.NEVER)) == "KeyringLocked"
    passphrase_file.chmod(0o600)
    link = home / "link"
    link.symlink_to(passphrase_file)
    linked = file_vault(U1TRAY_PASSPHRASE_FILE=str(link))
    assert await code_of(linked.store(KEYS, Asking.NEVER)) == "KeyringLocked"
    assert not vault_file().exists()


async def test_vault_is_owner_only_and_hides_everything(file_vault):
    """9.5: file 0600 in a 0700 directory; nothing of the credentials in it."""
    old = os.umask(0)
    try:
        await file_vault().store(KEYS, Asking.NEVER)
    finally:
        os.umask(old)
    assert vault_file().stat().st_mode & 0o777 == 0o600
    assert vault_file().parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in vault_file().parent.iterdir()] == ["credentials.vault"]
    data = base64.b64decode(json.loads(vault_file().read_text())["data"])
    assert not [text for text in (b"secret", b"consumer", b"kiwi") if text in data]


async def test_link_in_the_vaults_place_is_refused_and_not_followed(file_vault, home):
    """9.5: never through a link, neither the file nor its directory."""
    target = home / "target"
    target.write_text("precious")
    vault_file().parent.mkdir(parents=True)
    vault_file().symlink_to(target)
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringNotAvailable"
    assert await code_of(file_vault().store(KEYS, Asking.NEVER)) == "KeyringNotAvailable"
    assert target.read_text() == "precious"
    await file_vault().clear(Asking.NEVER)
    assert target.read_text() == "precious"
    vault_file().parent.rmdir()
    vault_file().parent.symlink_to(home)
    assert await code_of(file_vault().store(KEYS, Asking.NEVER)) == "KeyringNotAvailable"
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringNotAvailable"


async def test_vault_others_may_read_is_refused(file_vault):
    """9.5: 0600."""
    await file_vault().store(KEYS, Asking.NEVER)
    vault_file().chmod(0o644)
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringNotAvailable"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 50000])
async def test_broken_vault_is_said_so_and_can_be_replaced(file_vault, content):
    """A file somebody broke is neither a traceback nor "not found"."""
    await file_vault().store(OTHER, Asking.NEVER)
    vault_file().write_bytes(content)
    assert await code_of(file_vault().find(Asking.NEVER)) == "KeyringNotAvailable"
    await file_vault().store(KEYS, Asking.NEVER)
    assert await file_vault().find(Asking.NEVER) == KEYS


async def test_vault_steps_in_only_for_an_absent_keyring(file_vault):
    """9.5: auto: the keyring, then the vault; a locked keyring stays locked."""
    keyring = MemoryVault(OTHER)
    automatic = AutomaticVault(keyring, file_vault())
    assert await automatic.find(Asking.NEVER) == OTHER
    keyring.failure = KeyringError("x", code="KeyringNotAvailable")
    assert await automatic.find(Asking.NEVER) is None
    await automatic.store(KEYS, Asking.NEVER)
    assert await automatic.find(Asking.NEVER) == KEYS
    keyring.failure = KeyringError("x", code="KeyringLocked")
    assert await code_of(automatic.find(Asking.NEVER)) == "KeyringLocked"
    keyring.failure = None
    await automatic.store(KEYS, Asking.NEVER)
    assert keyring.credentials == KEYS
    assert not vault_file().exists()


async def test_without_a_vault_set_up_an_absent_keyring_is_told(file_vault):
    """9.5: else KeyringNotAvailable, never NotFound."""
    keyring = MemoryVault()
    keyring.failure = KeyringError("x", code="KeyringNotAvailable")
    automatic = AutomaticVault(keyring, file_vault(U1TRAY_PASSPHRASE_FILE=""))
    for action in (automatic.find(Asking.NEVER), automatic.store(KEYS, Asking.ALWAYS)):
        assert await code_of(action) == "KeyringNotAvailable"


# --- the seal ----------------------------------------------------------------------------------


def test_seal_uses_what_the_contract_names():
    """9.5: scrypt N=2^15, r=8, p=1, a fresh 16-byte salt, an authenticated cipher."""
    one, two = (json.loads(seal(b"data", b"pass")) for _ in range(2))
    assert (one["kdf"], one["n"], one["r"], one["p"]) == ("scrypt", 32768, 8, 1)
    assert len(one["salt"]) == 24
    assert one["salt"] != two["salt"]
    assert one["nonce"] != two["nonce"]


def test_anything_changed_in_a_seal_opens_nothing():
    """Authenticated, and no costs but ours are ever paid."""
    sealed = json.loads(seal(b"data", b"pass"))
    assert unseal(json.dumps(sealed).encode(), b"pass") == b"data"
    with pytest.raises(WrongPassphraseError):
        unseal(json.dumps(sealed).encode(), b"Pass")
    flipped = ("A" if sealed["data"][0] != "A" else "B") + sealed["data"][1:]
    with pytest.raises(WrongPassphraseError):
        unseal(json.dumps({**sealed, "data": flipped}).encode(), b"pass")
    for key, value in {"n": 2**40, "version": 2, "cipher": "none", "salt": "", "nonce": 5}.items():
        with pytest.raises(BrokenSealError):
            unseal(json.dumps({**sealed, key: value}).encode(), b"pass")
