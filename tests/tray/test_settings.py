"""The settings file: total reading, careful writing, one announcement for each change."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from u1tray.tray.desktop import autostart
from u1tray.tray.settings import IconStyle, Settings, SettingsStore, file_path, read, written

pytestmark = pytest.mark.core

SETTINGS = st.builds(
    Settings,
    icon_style=st.sampled_from(IconStyle),
    notify_needs_login=st.booleans(),
    notify_storage_full=st.booleans(),
    notify_sync_error=st.booleans(),
    notify_file_not_synced=st.booleans(),
    start_file_sync=st.booleans(),
)


def test_no_file_gives_the_defaults():
    """A new person gets every notification and an automatic icon, and nothing starts by itself."""
    assert SettingsStore().load() == Settings()
    assert not Settings().start_with_session
    assert not Settings().start_file_sync


@given(SETTINGS)
def test_any_settings_written_and_read_are_the_same(settings):
    """Writing and reading are inverse."""
    assert read(written(settings, "")) == (settings, ())


@given(st.text())
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_as_file_loads_without_an_exception(tmp_path, text):
    """Whatever stands in the file, there are settings."""
    path = tmp_path / "u1tray.conf"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    assert isinstance(SettingsStore(path).load(), Settings)


def test_unknown_options_survive_a_rewrite():
    """A newer version's options, sections and their case are still there after a save."""
    path = file_path()
    path.parent.mkdir(parents=True)
    path.write_text("[indicator]\nicon_style = dark\nFutureOption = 7\n[Later]\nkey = 100%\n")
    store = SettingsStore()
    store.save(replace(store.load(), start_file_sync=True))
    text = path.read_text()
    assert "FutureOption = 7" in text
    assert "[Later]" in text
    assert "key = 100%" in text
    assert SettingsStore().load() == Settings(icon_style=IconStyle.DARK, start_file_sync=True)


def test_bad_values_are_defaults_with_one_log_line(caplog):
    """Two bad values and a good one: the good one counts, and the log gets a single line."""
    path = file_path()
    path.parent.mkdir(parents=True)
    path.write_text(
        "[indicator]\nicon_style = purple\n[notifications]\nsync_error = maybe\nneeds_login = off\n"
    )
    with caplog.at_level(logging.WARNING):
        settings = SettingsStore().load()
    assert settings == Settings(notify_needs_login=False)
    assert len(caplog.records) == 1
    assert "purple" in caplog.text
    assert "maybe" in caplog.text


def test_file_that_is_no_ini_is_kept_aside_by_a_save(caplog):
    """Not a byte that a person wrote is lost."""
    path = file_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe this is no INI")
    store = SettingsStore()
    with caplog.at_level(logging.WARNING):
        assert store.load() == Settings()
        store.save(Settings(icon_style=IconStyle.LIGHT))
    assert path.with_name("u1tray.conf.broken").read_bytes() == b"\xff\xfe this is no INI"
    assert SettingsStore().load().icon_style is IconStyle.LIGHT


def test_save_leaves_nothing_beside_the_file_and_keeps_a_link(tmp_path):
    """The new file takes the old one's place in one step; a linked file stays a link."""
    real = tmp_path / "dotfiles.conf"
    real.write_text("")
    link = tmp_path / "config" / "u1tray.conf"
    link.parent.mkdir()
    link.symlink_to(real)
    SettingsStore(link).save(Settings(start_file_sync=True))
    assert link.is_symlink()
    assert "start_file_sync = True" in real.read_text()
    assert [path.name for path in link.parent.iterdir()] == ["u1tray.conf"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config", "dotfiles.conf"]


def test_changed_settings_are_announced_once():
    """A save that changes nothing announces nothing."""
    store = SettingsStore()
    heard = []
    store.on_changed(heard.append)
    store.save(Settings(icon_style=IconStyle.DARK))
    store.save(Settings(icon_style=IconStyle.DARK))
    assert heard == [Settings(icon_style=IconStyle.DARK)]


def test_start_with_session_is_the_autostart_file():
    """The choice has one truth: the file that the desktop reads."""
    store = SettingsStore()
    store.save(Settings(start_with_session=True))
    assert autostart.file_path().exists()
    assert SettingsStore().load().start_with_session
    store.save(Settings())
    assert not autostart.file_path().exists()
    assert not SettingsStore().load().start_with_session


def test_foreign_autostart_file_does_not_lose_the_other_choices():
    """All but the refused choice is saved and announced."""
    autostart.file_path().parent.mkdir(parents=True)
    autostart.file_path().write_text("[Desktop Entry]\nExec=/bin/other\nHidden=true\n")
    store = SettingsStore()
    with pytest.raises(autostart.ConflictError):
        store.save(Settings(start_with_session=True, icon_style=IconStyle.DARK))
    assert store.settings == Settings(icon_style=IconStyle.DARK)
    assert SettingsStore().load() == Settings(icon_style=IconStyle.DARK)
