"""Reading and changing the one option that switches file sync off (D-Bus contract, 10.6, T4)."""

from __future__ import annotations

import os
import stat

import pytest

from u1tray.tray.gateway import optionfiles
from u1tray.vocabulary import places

pytestmark = pytest.mark.core

OFF = b"""; mine\r
[__main__]
autoconnect = False
files_sync_enabled = False   ; for now

[notifications]
files_sync_enabled = False
"""


def write(directory, content):
    path = places.config_home() / directory / "syncdaemon.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_without_files_nothing_is_off(home) -> None:
    """No file: the default is True."""
    assert not optionfiles.switched_off()
    optionfiles.switch_on()
    assert not places.config_home().exists()


@pytest.mark.parametrize("directory", ["u1tray", "ubuntuone", "magicicada"])
@pytest.mark.parametrize("value", [b"False", b"false", b"0", b"off", b"No"])
def test_any_daemons_file_may_say_off(home, directory, value) -> None:
    """10.6: all three user files, every spelling of false."""
    write(directory, b"[__main__]\nfiles_sync_enabled: " + value + b"\n")
    assert optionfiles.switched_off()


@pytest.mark.parametrize(
    "content",
    [
        b"[__main__]\nfiles_sync_enabled = True\n",
        b"[other]\nfiles_sync_enabled = False\n",
        b"[__main__]\n# files_sync_enabled = False\n",
        b"[__main__]\nfiles_sync_enabled_too = False\n",
        b"\xff\xfe garbage",
        b"",
    ],
)
def test_what_does_not_switch_off_is_left_alone(home, content) -> None:
    """Other sections, comments and garbage are no switch and are not touched."""
    path = write("u1tray", content)
    assert not optionfiles.switched_off()
    optionfiles.switch_on()
    assert path.read_bytes() == content


def test_switching_on_changes_one_value_and_nothing_else(home) -> None:
    """8.4 Turn on: byte for byte, also line ends and comments."""
    path = write("u1tray", OFF)
    optionfiles.switch_on()
    assert path.read_bytes() == OFF.replace(b"False   ; for now", b"True   ; for now")
    assert not optionfiles.switched_off()


def test_switching_on_changes_every_file_that_says_off(home) -> None:
    """Whichever daemon is installed, it is on afterwards."""
    for directory in ("u1tray", "ubuntuone", "magicicada"):
        write(directory, OFF)
    optionfiles.switch_on()
    assert not optionfiles.switched_off()


def test_mode_and_link_survive(home) -> None:
    """A linked file is written where it is; a private one stays private."""
    real = home / "dotfiles.conf"
    real.write_bytes(OFF)
    real.chmod(0o600)
    link = places.config_home() / "u1tray/syncdaemon.conf"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    optionfiles.switch_on()
    assert link.is_symlink()
    assert b"files_sync_enabled = True" in real.read_bytes()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_unreadable_file_is_one_log_line(home, caplog) -> None:
    """Never a traceback: a directory in the file's place."""
    (places.config_home() / "u1tray/syncdaemon.conf").mkdir(parents=True)
    assert not optionfiles.switched_off()
    assert len(caplog.records) == 1
    assert os.fspath(optionfiles.paths()[0]) in caplog.text
