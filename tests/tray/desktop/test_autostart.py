"""The autostart file: ours is written and removed, another program's never."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from u1tray.tray.desktop import autostart
from u1tray.tray.desktop.programs import desktop_exec, program, service_exec
from u1tray.tray.embedded import manifest
from u1tray.vocabulary.errors import ConflictError, NotFoundError

pytestmark = pytest.mark.core


def test_enable_then_disable_leaves_nothing():
    """The file is there exactly while the person wants it."""
    assert not autostart.is_enabled()
    path = autostart.enable()
    assert autostart.is_enabled()
    assert path == autostart.file_path()
    autostart.disable()
    assert not path.exists()
    assert not autostart.is_enabled()
    autostart.disable()


def test_exec_is_the_absolute_running_program():
    """The desktop starts this installation, whatever its PATH is."""
    lines = autostart.enable().read_text().splitlines()
    command = next(line for line in lines if line.startswith("Exec="))
    assert command == f"Exec={Path(sys.executable).parent / 'u1tray'}"


def test_program_started_by_path_is_preferred(monkeypatch, tmp_path):
    """A program beside the one that was started wins over the interpreter's directory."""
    for name in ("u1tray", "u1server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "u1tray")])
    assert program("u1server") == tmp_path / "u1server"


def test_missing_program_is_named():
    """The error says what is missing and what to do."""
    with pytest.raises(NotFoundError, match=r"u1tray-nonsense.*install"):
        program("u1tray-nonsense")


@pytest.mark.parametrize(
    "text",
    ["[Desktop Entry]\nExec=/usr/bin/other --tray\n", "not a desktop file", "[Desktop Entry]\n"],
)
def test_foreign_file_is_neither_replaced_nor_removed(text):
    """What another program or the person wrote stays byte for byte."""
    path = autostart.file_path()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    for act in (autostart.enable, autostart.disable):
        with pytest.raises(ConflictError, match="left as it is"):
            act()
    assert path.read_text() == text


def test_system_file_is_hidden_rather_than_removed(home):
    """Where the distribution starts us, the person's file with Hidden=true says no."""
    system = Path(os.environ["XDG_CONFIG_DIRS"]) / "autostart/u1tray.desktop"
    system.parent.mkdir(parents=True)
    system.write_text("[Desktop Entry]\nExec=/usr/bin/u1tray\n")
    assert autostart.is_enabled()
    autostart.disable()
    assert not autostart.is_enabled()
    assert system.exists()
    autostart.enable()
    assert autostart.is_enabled()


def test_file_switched_off_by_gnome_is_off():
    """GNOME's own switch counts."""
    path = autostart.enable()
    path.write_text(path.read_text().replace("enabled=true", "enabled=false"))
    assert not autostart.is_enabled()
    autostart.enable()
    assert autostart.is_enabled()


@pytest.mark.parametrize("word", ["/a b/u1tray", "/it's/u1", '/"q"/u1', "/$x`y`\\z/u1", "/ü/u1"])
def test_service_exec_is_read_back_by_shell_rules(word):
    """The bus splits Exec as a shell does (D-Bus specification)."""
    assert shlex.split(service_exec([word, "--flag"])) == [word, "--flag"]


def test_desktop_exec_quotes_blanks_and_doubles_percent():
    """The Desktop Entry Specification's quoting."""
    assert desktop_exec(["/opt/u1tray"]) == "/opt/u1tray"
    assert desktop_exec(["/my apps/100%/u1tray"]) == '"/my apps/100%%/u1tray"'
    assert desktop_exec(["/a$b"]) == '"/a\\\\$b"'


def test_private_cloud_is_started_with_the_session_and_forgotten_with_it():
    """While there is a private cloud the session starts it too, else the indicator alone."""
    autostart.refresh()
    assert not autostart.file_path().exists(), "refresh enables nothing"
    autostart.enable()
    manifest.save(manifest.Manifest("ana@u1.localhost", "p"))
    autostart.refresh()
    assert "/u1tray --embedded\n" in autostart.file_path().read_text()
    assert autostart.is_enabled()
    manifest.file_path().unlink()
    autostart.refresh()
    assert "/u1tray\n" in autostart.file_path().read_text()


def test_file_of_another_program_is_not_our_start():
    """A file of our name that starts something else does not start the indicator."""
    autostart.file_path().parent.mkdir(parents=True)
    autostart.file_path().write_text("[Desktop Entry]\nExec=/bin/other\n")
    assert not autostart.is_enabled()


def test_own_file_in_a_directory_with_blanks_is_recognised(monkeypatch, tmp_path):
    """What enable writes, disable may remove."""
    directory = tmp_path / "my apps $1 100%"
    directory.mkdir()
    (directory / "u1tray").write_text("#!/bin/sh\n")
    (directory / "u1tray").chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(directory / "u1tray")])
    path = autostart.enable()
    autostart.disable()
    assert not path.exists()
