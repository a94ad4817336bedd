"""The options of 10.6: where they are read, what is accepted, what a write leaves alone."""

from __future__ import annotations

import configparser
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.disk.ini import set_option
from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.vocabulary.errors import U1Error, UsageError

pytestmark = pytest.mark.core

DEFAULTS = {
    options.FILES_SYNC_ENABLED: True,
    options.AUTOCONNECT: True,
    options.USE_TRASH: True,
    options.UDF_AUTOSUBSCRIBE: False,
    options.SHARE_AUTOSUBSCRIBE: False,
    options.DEBUG: False,
    options.SEND_EVENTS_OVER_DBUS: False,
    options.HANDSHAKE_TIMEOUT: 50,
    options.SIMULT_TRANSFERS: 10,
    options.ROOT_DIR: "~/Ubuntu One",
    options.THROTTLING_ON: False,
    options.READ_LIMIT: 2097152,
    options.WRITE_LIMIT: 2097152,
    options.SHOW_ALL_NOTIFICATIONS: True,
}


@pytest.fixture
def ours(home):
    path = home / ".config/u1tray/syncdaemon.conf"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def originals(home):
    path = home / ".config/ubuntuone/syncdaemon.conf"
    path.parent.mkdir(parents=True)
    return path


def test_without_any_file_the_defaults_of_the_contract_hold():
    """10.6, the table."""
    configuration = Configuration.load()
    assert {option: configuration.get(option) for option in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("True", True),
        ("1", True),
        ("on", True),
        ("yes", True),
        ("TRUE", True),
        ("False", False),
        ("0", False),
        ("off", False),
        ("no", False),
    ],
)
def test_booleans_are_read_in_all_spellings(ours, text, value):
    """10.6: `True`/`False`, also `1/0`, `on/off`, `yes/no`."""
    ours.write_text(f"[__main__]\nautoconnect = {text}\n")
    assert Configuration.load().get(options.AUTOCONNECT) is value


def test_original_file_gives_defaults_only_while_ours_is_missing(ours, originals):
    """10.6: if ours is missing, known options of the original's file are read as defaults."""
    originals.write_text("[__main__]\nautoconnect = False\nunknown = 1\n[x]\ny = 2\n")
    assert Configuration.load().get(options.AUTOCONNECT) is False
    ours.write_text("[__main__]\ndebug = True\n")
    configuration = Configuration.load()
    assert configuration.get(options.AUTOCONNECT) is True
    assert configuration.get(options.DEBUG) is True


def test_first_write_keeps_what_the_original_said(ours, originals):
    """Our first file must not forget the original's options by merely existing."""
    originals.write_text("[__main__]\nautoconnect = False\nroot_dir = ~/Elsewhere\n")
    Configuration.load().set(options.UDF_AUTOSUBSCRIBE, True)
    assert originals.read_text() == "[__main__]\nautoconnect = False\nroot_dir = ~/Elsewhere\n"
    again = Configuration.load()
    assert again.get(options.AUTOCONNECT) is False
    assert again.get(options.ROOT_DIR) == "~/Elsewhere"
    assert again.get(options.UDF_AUTOSUBSCRIBE) is True


def test_own_file_wins_over_the_system_wide(ours, home):
    """10.6: the same names under each of $XDG_CONFIG_DIRS."""
    system = home / "etc/xdg/u1tray/syncdaemon.conf"
    system.parent.mkdir(parents=True)
    system.write_text("[__main__]\nautoconnect = False\nhandshake_timeout = 7\n")
    ours.write_text("[__main__]\nautoconnect = True\n")
    configuration = Configuration.load()
    assert configuration.get(options.AUTOCONNECT) is True
    assert configuration.get(options.HANDSHAKE_TIMEOUT) == 7


def test_setter_writes_at_once_and_leaves_the_rest_alone(ours):
    """5.3: every change is written at once; 10.6: unknown options survive a rewrite."""
    ours.write_text("# mine\n[__main__]\nfuture = 7\nautoconnect: yes\n\n[other]\nx = %(y)s\n")
    configuration = Configuration.load()
    configuration.set(options.AUTOCONNECT, False)
    assert ours.read_text() == (
        "# mine\n[__main__]\nfuture = 7\nautoconnect = False\n\n[other]\nx = %(y)s\n"
    )
    assert configuration.get(options.AUTOCONNECT) is False
    assert Configuration.load().get(options.AUTOCONNECT) is False


def test_setter_keeps_what_somebody_else_wrote_meanwhile(ours):
    """8.4 Turn on: the tray edits the same file."""
    ours.write_text("[__main__]\nfiles_sync_enabled = False\n")
    configuration = Configuration.load()
    ours.write_text("[__main__]\nfiles_sync_enabled = True\n")
    configuration.set(options.AUTOCONNECT, False)
    assert Configuration.load().get(options.FILES_SYNC_ENABLED) is True


@pytest.mark.parametrize(
    "content",
    [
        "no section\n",
        "[__main__]\nautoconnect = perhaps\n",
        "[__main__]\nhandshake_timeout = 0\n",
        "[__main__]\nhandshake_timeout = nan\n",
        "[__main__]\nsimult_transfers = -1\n",
        "[bandwidth_throttling]\nread_limit = much\n",
        "[__main__\n",
    ],
)
def test_senseless_file_is_named_in_the_error(ours, content):
    """10.1: a bad option or file ends the start; the text says which."""
    ours.write_text(content)
    with pytest.raises(UsageError, match=r"syncdaemon\.conf"):
        Configuration.load()


def test_file_that_is_no_text_is_an_error(ours):
    """Binary rubbish is a clear error, not a traceback."""
    ours.write_bytes(b"\xff\xfe[")
    with pytest.raises(UsageError, match="cannot be read"):
        Configuration.load()


def test_unwritable_place_is_an_error_and_changes_nothing(ours):
    """A setter that could not write says so; the value in force stays."""
    configuration = Configuration.load()
    os.rmdir(ours.parent)
    ours.parent.write_text("in the way")
    with pytest.raises(U1Error, match="cannot be written"):
        configuration.set(options.AUTOCONNECT, False)
    assert configuration.get(options.AUTOCONNECT) is True


def test_multi_line_option_is_replaced_whole():
    """The original's `ignore` goes over several lines."""
    content = "[__main__]\nignore = a\n    b\n    c\ndebug = True\n"
    assert set_option(content, "__main__", "ignore", "x\ny") == (
        "[__main__]\nignore = x\n    y\ndebug = True\n"
    )


NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
FILES = st.lists(
    st.one_of(
        st.builds("[{}]".format, NAMES),
        st.builds("{} = {}".format, NAMES, NAMES),
        st.builds("# {}".format, NAMES),
        st.just(""),
    ),
    max_size=20,
).map(lambda lines: "\n".join(["[first]", *lines]))


def parsed(content):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(content)
    return {section: dict(parser[section]) for section in parser.sections()}


@given(FILES, NAMES, NAMES, NAMES)
def test_any_option_of_any_file_can_be_set_alone(content, section, name, value):
    """Reading after writing gives the old content with that one option changed."""
    wanted = parsed(content)
    wanted.setdefault(section, {})[name] = value
    assert parsed(set_option(content, section, name, value)) == wanted
