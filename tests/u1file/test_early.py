"""The vault's key, derived before it is asked for: the same key, or nothing is begun."""

from __future__ import annotations

import os
import threading
from contextvars import copy_context
from pathlib import Path

import pytest

from u1tray.disk import sealed, vault
from u1tray.disk.vault_files import PASSPHRASE_VARIABLE, vault_file
from u1tray.u1file import early

pytestmark = pytest.mark.core

PASSPHRASE, SECRET = b"open sesame", b"secret"


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a bus, with a vault and an owner-only file with its passphrase."""
    file = tmp_path / "passphrase"
    file.write_bytes(PASSPHRASE + b"\n")
    file.chmod(0o600)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, str(file))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "U1_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    vault.save(vault_file(), SECRET, PASSPHRASE)
    return file


def counted(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Who derives a key from now on."""
    seen: list[threading.Thread] = []
    derive = sealed.derive

    def noting(passphrase: bytes, salt: bytes) -> bytes:
        seen.append(threading.current_thread())
        return derive(passphrase, salt)

    monkeypatch.setattr(sealed, "derive", noting)
    return seen


def opened(*arguments: str) -> bytes | None:
    """What is in the vault, after such a command line began."""

    def run() -> bytes | None:
        early.begin([*arguments])
        return vault.load(vault_file(), lambda: PASSPHRASE, early.derive)

    return copy_context().run(run)


def test_key_is_derived_once_and_beside(passphrase: Path, monkeypatch):
    """D-Bus contract, 9.5: the vault opens with it."""
    seen = counted(monkeypatch)
    assert opened("query", "Docs") == SECRET
    (thread,) = seen
    assert thread is not threading.current_thread()


def test_what_goes_wrong_beside_is_not_told(passphrase: Path, monkeypatch):
    """Such as too little memory: it is told, if it still is so, by who opens the vault."""
    derive = sealed.derive

    def failing_beside(passphrase: bytes, salt: bytes) -> bytes:
        if threading.current_thread() is not threading.main_thread():
            raise MemoryError
        return derive(passphrase, salt)

    monkeypatch.setattr(sealed, "derive", failing_beside)
    assert opened("query", "Docs") == SECRET


def test_user_without_a_home_begins_nothing(passphrase: Path, monkeypatch):
    """Whoever opens the vault says so."""
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_242_424)
    seen = counted(monkeypatch)
    copy_context().run(early.begin, ["query", "Docs"])
    assert seen == []


def test_vault_that_changed_meanwhile_opens_too(passphrase: Path, monkeypatch):
    """Another salt is another key."""

    def run() -> bytes | None:
        early.begin(["query"])
        vault.save(vault_file(), b"another", b"other")
        return vault.load(vault_file(), lambda: b"other", early.derive)

    assert copy_context().run(run) == b"another"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-p", "x", "ls"), ("--profile=x", "ls")])
def test_what_needs_no_key_or_another_one_begins_nothing(
    passphrase: Path, monkeypatch, arguments: tuple[str, ...]
):
    """Nor does it cost the time of a processor."""
    seen = counted(monkeypatch)
    copy_context().run(early.begin, [*arguments])
    assert seen == []


@pytest.mark.parametrize("trouble", ["bus", "empty", "link", "missing", "no vault", "readable"])
def test_trouble_is_left_to_who_opens_the_vault(passphrase: Path, monkeypatch, trouble: str):
    """The checks are the same; nothing is begun and nothing said."""
    file = passphrase
    if trouble == "bus":
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    elif trouble == "empty":
        file.write_bytes(b"\n")
    elif trouble == "link":
        file.rename(file.with_suffix(".real"))
        file.symlink_to(file.with_suffix(".real"))
    elif trouble == "missing":
        file.unlink()
    elif trouble == "no vault":
        vault_file().write_bytes(b"{}")
    else:
        file.chmod(0o644)
    seen = counted(monkeypatch)
    copy_context().run(early.begin, ["query"])
    assert seen == []
