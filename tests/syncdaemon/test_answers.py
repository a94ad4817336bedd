"""What the daemon answers when asked: queue, transfers, options, folders (5.2 to 5.4)."""

from __future__ import annotations

import pytest

from u1tray.service.errors import CallError
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus


@pytest.fixture
async def running(daemon, configure):
    configure(autoconnect=False)
    await daemon.start_and_rest()
    return daemon


async def test_nothing_waits_or_runs_before_there_is_sync(running):
    """5.2: the truth about queue and transfers is that they are empty."""
    assert await running.status("waiting") == []
    assert await running.status("current_uploads") == []
    assert await running.status("current_downloads") == []
    assert await running.status("sync_menu") == {"recent-transfers": [], "uploading": []}


@pytest.mark.parametrize("volume_id", ["", "nope"])
async def test_free_space_before_the_first_rescan_is_a_value_error(running, volume_id):
    """10.4: before the first rescan `...ValueError`, and no side effect."""
    with pytest.raises(CallError) as caught:
        await running.status("free_space", "s", volume_id)
    assert caught.value.name == names.VALUE_ERROR
    assert running.listener.of("RequestQueueAdded") == []


SWITCHES = [
    ("bandwidth_throttling_enabled", "enable_bandwidth_throttling", "disable_bandwidth_throttling"),
    ("files_sync_enabled", "enable_files_sync", "disable_files_sync"),
    ("autoconnect_enabled", "enable_autoconnect", "disable_autoconnect"),
    ("udf_autosubscribe_enabled", "enable_udf_autosubscribe", "disable_udf_autosubscribe"),
    ("share_autosubscribe_enabled", "enable_share_autosubscribe", "disable_share_autosubscribe"),
    (
        "show_all_notifications_enabled",
        "enable_show_all_notifications",
        "disable_show_all_notifications",
    ),
]


@pytest.mark.parametrize(("asked", "on", "off"), SWITCHES)
async def test_switch_is_answered_and_written_at_once(running, home, asked, on, off):
    """5.3: every change is written to the user's file at once."""
    file = home / ".config/u1tray/syncdaemon.conf"
    for member, value in ((on, True), (off, False), (on, True)):
        before = file.read_text()
        was = await running.config(asked)
        assert await running.config(member) == []
        assert await running.config(asked) is value
        assert (file.read_text() != before) or was is value


@pytest.mark.parametrize(
    ("setter", "asked"),
    [
        ("set_files_sync_enabled", "files_sync_enabled"),
        ("set_autoconnect_enabled", "autoconnect_enabled"),
    ],
)
async def test_setters_with_a_value_do_the_same(running, setter, asked):
    """5.3: set_files_sync_enabled and set_autoconnect_enabled of the original."""
    for value in (True, False, True):
        await running.config(setter, "b", value)
        assert await running.config(asked) is value


async def test_switching_file_sync_off_does_not_stop_the_daemon(running):
    """5.3: it works at the next start, which then ends."""
    await running.config("disable_files_sync")
    assert (await running.status("current_status"))["name"] == "READY"
    await running.root("quit")
    running.start()
    await running.ended(0)


async def test_throttling_limits_are_kept(running, home):
    """5.3: download and upload in bytes a second, -1 for none."""
    assert await running.config("get_throttling_limits") == {
        "download": 2097152,
        "upload": 2097152,
    }
    await running.config("set_throttling_limits", "ii", 1000, -1)
    assert await running.config("get_throttling_limits") == {"download": 1000, "upload": -1}
    content = (home / ".config/u1tray/syncdaemon.conf").read_text()
    assert "[bandwidth_throttling]\nread_limit = 1000\nwrite_limit = -1" in content
    with pytest.raises(CallError) as caught:
        await running.config("set_throttling_limits", "ii", -2, 5)
    assert caught.value.name == names.VALUE_ERROR


async def test_option_that_cannot_be_written_is_an_error(running, home):
    """A setter that failed says so, and the old value stays."""
    file = home / ".config/u1tray/syncdaemon.conf"
    file.unlink()
    file.mkdir()
    with pytest.raises(CallError) as caught:
        await running.config("enable_autoconnect")
    assert caught.value.name == names.FAILED
    assert "syncdaemon.conf" in caught.value.text
    assert await running.config("autoconnect_enabled") is False


async def test_without_a_connection_no_folder_can_be_made(running):
    """5.4: the outcome of create is FolderCreateError, after the reply."""
    assert await running.folders("get_folders") == []
    assert await running.folders("create", "s", "~/Documents") == []
    listener = running.listener
    await listener.until(lambda: listener.of("FolderCreateError"), "FolderCreateError")
    ((info, error),) = listener.of("FolderCreateError")
    assert info == {"path": "~/Documents"}
    assert "no connection" in error


async def test_rescan_of_an_unknown_volume_is_an_error(running):
    """5.1 and 10.5: the root is rescanned; an unknown id is VolumeDoesNotExist."""
    assert await running.root("rescan_from_scratch", "s", "") == []
    with pytest.raises(CallError) as caught:
        await running.root("rescan_from_scratch", "s", "bad-id")
    assert caught.value.name == names.VOLUME_DOES_NOT_EXIST


async def test_unknown_folder_cannot_be_deleted(running):
    """5.4 and 10.5: the exact error, text DOES_NOT_EXIST."""
    with pytest.raises(CallError) as caught:
        await running.folders("delete", "s", "bad-id")
    assert caught.value.name == names.VOLUME_DOES_NOT_EXIST
    assert caught.value.text == "DOES_NOT_EXIST"


@pytest.mark.parametrize(
    ("member", "signal"),
    [("subscribe", "FolderSubscribeError"), ("unsubscribe", "FolderUnSubscribeError")],
)
async def test_unknown_folder_cannot_be_subscribed(running, member, signal):
    """5.4: unknown id: only the error signal."""
    assert await running.folders(member, "s", "bad-id") == []
    listener = running.listener
    await listener.until(lambda: listener.of(signal), signal)
    assert listener.of(signal) == [({"volume_id": "bad-id", "id": "bad-id"}, "DOES_NOT_EXIST")]


async def test_paths_that_may_become_folders(running, home):
    """5.4 validate_path: below the home, outside the root folder, through no link or file."""
    (home / "file").write_text("")
    (home / "real").mkdir()
    (home / "link").symlink_to(home / "real")
    answers = {
        "~/Documents": True,
        str(home / "Documents/Work"): True,
        str(home / "real"): True,
        "~": False,
        str(home): False,
        "/etc": False,
        "Documents": False,
        "": False,
        "~/Ubuntu One": False,
        "~/Ubuntu One/inside": False,
        "~/file": False,
        "~/file/below": False,
        "~/link": False,
        "~/link/below": False,
        "~/../etc": False,
        "~/" + "x" * 300: False,
    }
    found = {path: await running.folders("validate_path", "s", path) for path in answers}
    assert found == answers


async def test_info_of_paths(running, home):
    """5.4 get_info: {} outside any folder, KeyError for what is not known."""
    assert await running.folders("get_info", "s", str(home / "Ubuntu One")) == {}
    with pytest.raises(CallError) as caught:
        await running.folders("get_info", "s", "/nowhere")
    assert caught.value.name == names.KEY_ERROR
    assert caught.value.text == "/nowhere"


async def test_nirvana_without_a_number_is_refused(running):
    """wait_for_nirvana: what is no number of seconds is a value error, not a wait."""
    for seconds in (float("nan"), float("inf")):
        with pytest.raises(CallError) as caught:
            await running.root("wait_for_nirvana", "d", seconds)
        assert caught.value.name == names.VALUE_ERROR
