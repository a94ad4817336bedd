"""u1sync status: one look, the indicator's sentence, an exit code, and nothing started (8.3)."""

from __future__ import annotations

import asyncio

import pytest

from tests.rig.daemon import state_dict
from u1tray.status.values import Indicator
from u1tray.u1sync.codes import STATUS_CODES, STATUS_HELP
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import MEANINGS

UPLOAD = {"running": "", "share_id": "", "size": "2000", "path": "/home/ana/Ubuntu One/big.bin"}


@pytest.mark.core
def test_every_indicator_has_a_code_of_its_own_kind():
    """The table is total; only what is well is 0; no code is an error's."""
    assert set(STATUS_CODES) == set(Indicator)
    errors = {meaning.exit_code for meaning in MEANINGS.values()}
    assert not errors & set(STATUS_CODES.values())
    well = {one for one, code in STATUS_CODES.items() if code == 0}
    assert well == {Indicator.UP_TO_DATE, Indicator.SYNCING}
    assert all(str(code) in STATUS_HELP for code in STATUS_CODES.values())


@pytest.mark.bus
async def test_no_bus_is_an_answer(u1sync):
    """8.3 row 1."""
    answer = await u1sync("status")
    assert (answer.code, answer.out) == (20, "The session bus cannot be reached\n")


@pytest.mark.bus
async def test_not_installed_and_not_running_are_told_apart(u1sync, bus):
    """8.3 row 3: nothing owned, nothing activatable."""
    answer = await u1sync("status", "--json")
    assert answer.code == 20
    assert answer.value["sentence"] == "No file sync service is installed"
    assert answer.value["state"] is None


@pytest.mark.bus
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[__main__]\nautoconnect = False\n", "File sync is not running"),
        ("[__main__]\nfiles_sync_enabled = False\n", "File sync is turned off"),
        ("nonsense", "File sync is not running"),
    ],
)
async def test_installed_daemon_is_never_started(u1sync, installed, content, sentence):
    """T1: looking starts nothing; 8.3 rows 2 and 4."""
    installed.write_text(content)
    for _ in range(2):
        answer = await u1sync("status")
        assert (answer.code, answer.out) == (20, sentence + "\n")


STATES = [
    (state_dict("QUEUE_MANAGER"), 0, "up-to-date", "File sync is up to date"),
    (state_dict("QUEUE_MANAGER", "WORKING"), 0, "syncing", "Syncing changes"),
    (state_dict("READY", connection="Not User With Network"), 22, "disconnected", None),
    (state_dict("READY", connection="With User Not Network"), 23, "offline", None),
    (state_dict("CHECK_VERSION"), 24, "connecting", "Connecting to the server"),
    (state_dict("LOCAL_RESCAN"), 21, "starting", "Looking at your files"),
    (state_dict("AUTH_FAILED"), 26, "needs-login", "The server did not accept your account"),
    (state_dict("ROOT_MISMATCH"), 27, "error", "This folder belongs to another account"),
    (state_dict("SHUTDOWN"), 20, "stopped", "File sync is shutting down"),
    (state_dict("NEW_NAME", connection="Strange"), 22, "disconnected", None),
]


@pytest.mark.bus
@pytest.mark.parametrize("row", STATES, ids=lambda row: row[0]["name"] + row[0]["connection"])
async def test_state_becomes_sentence_and_code(u1sync, driven, row):
    """8.3: the same table as the indicator's; the state dict is passed on in JSON."""
    state, code, indicator, sentence = row
    await driven.appear(state)
    answer = await u1sync("status", "--json")
    assert (answer.code, answer.value["indicator"]) == (code, indicator)
    assert answer.value["state"] == state
    if sentence:
        assert answer.value["sentence"] == sentence


@pytest.mark.bus
async def test_transfers_are_listed(u1sync, driven):
    """8.3 row 15: the sentence names the file; each transfer has a line."""
    driven.replies["current_uploads"] = [
        [{"path": "/home/ana/a.txt", "n_bytes_written": "25", "deflated_size": "100"}]
    ]
    await driven.appear(state_dict("QUEUE_MANAGER", "WORKING"))
    answer = await u1sync("status")
    assert answer.out == "Syncing a.txt (25 %)\n  Uploading a.txt (25 %)\n"
    (transfer,) = (await u1sync("status", "--json")).value["transfers"]
    assert transfer == {
        "direction": "upload",
        "path": "/home/ana/a.txt",
        "written": 25,
        "size": 100,
        "percent": 25,
    }


@pytest.mark.bus
@pytest.mark.parametrize("form", ["json", "waybar"])
async def test_what_an_encoding_lacks_is_json_all_the_same(u1sync, driven, started, form):
    """Programs read it, whatever a person's encoding is."""
    driven.replies["current_uploads"] = [[{"path": "/home/ana/😀.txt"}]]
    await driven.appear(state_dict("QUEUE_MANAGER", "WORKING"))
    started.env["PYTHONIOENCODING"] = "latin-1"
    answer = await u1sync("status", "--format", form)
    assert "😀.txt" in str(answer.value)


@pytest.mark.bus
@pytest.mark.parametrize(("free", "code"), [(1999, 25), (2000, 0)])
async def test_full_storage_is_found_out(u1sync, driven, free, code):
    """8.2 quota test: a waiting upload larger than the free space."""
    driven.replies["waiting"] = [[("Upload", "1", UPLOAD)]]
    driven.replies["free_space"] = [free]
    await driven.appear(state_dict("QUEUE_MANAGER", "WORKING"))
    answer = await u1sync("status", "--json")
    assert answer.code == code
    assert answer.value["waiting"] == 1


@pytest.mark.bus
async def test_mute_daemon_is_told_in_time(u1sync, driven):
    """8.3 row 5: a daemon that does not answer, after one time-out."""
    driven.silent = True
    await driven.appear()
    answer = await u1sync("status")
    assert (answer.code, answer.out) == (27, "The file sync service does not answer\n")


@pytest.mark.bus
async def test_daemon_that_lacks_members_is_still_read(u1sync, driven):
    """T5: no objects yet means starting; T29: other members may be missing."""
    unknown = (names.UNKNOWN_METHOD, "no")
    driven.replies["waiting"] = unknown
    driven.replies["current_uploads"] = unknown
    await driven.appear(state_dict("QUEUE_MANAGER"))
    assert (await u1sync("status")).code == 0
    driven.replies["current_status"] = unknown
    answer = await u1sync("status")
    assert (answer.code, answer.out) == (21, "File sync is starting\n")


@pytest.mark.bus
@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("waybar", '"tooltip": "No file sync service is installed"}'),
        ("i3blocks", '"full_text": "No file sync service is installed"'),
        ("tmux", "× No file sync service is installed"),
        ("polybar", "× No file sync service is installed"),
    ],
)
async def test_bars_get_one_line_and_no_failure(u1sync, bus, form, line):
    """Status --format, also where nothing runs.

    Waybar hides a module whose program fails, and i3blocks shows the number instead.
    """
    answer = await u1sync("status", "--format", form)
    assert answer.code == 0
    assert line in answer.out
    assert answer.out.count("\n") == 1


@pytest.mark.bus
@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("waybar", "Syncing a&lt;b&gt; &amp; #{pid} %{F-} \ufffdx.txt (25 %)"),
        ("i3blocks", "Syncing a<b> & #{pid} %{F-} \ufffdx.txt (25 %)"),
        ("tmux", "Syncing a<b> & ##{pid} %{F-} \ufffdx.txt (25 %)"),
        ("polybar", "Syncing a<b> & #{pid} % {F-} \ufffdx.txt (25 %)"),
        ("text", "Syncing a<b> & #{pid} %{F-} \ufffdx.txt (25 %)"),
    ],
)
async def test_names_of_files_are_no_markup_of_bars(u1sync, driven, form, shown):
    """Pango's `<` and `&` (Waybar), tmux's `#`, polybar's `%{`; and no line ends in a name."""
    path = "/home/ana/a<b> & #{pid} %{F-} \nx.txt"
    driven.replies["current_uploads"] = [
        [{"path": path, "n_bytes_written": "25", "deflated_size": "100"}]
    ]
    await driven.appear(state_dict("QUEUE_MANAGER", "WORKING"))
    answer = await u1sync("status", "--format", form)
    text = answer.out
    if form in {"waybar", "i3blocks"}:
        text = answer.value["tooltip" if form == "waybar" else "full_text"]
    assert shown in text


@pytest.mark.bus
async def test_followed_status_is_printed_when_it_changes(started, driven):
    """--follow; json of waybar and i3blocks; a line a change."""
    process = started.start("u1sync", "status", "--follow", "--format", "waybar")
    await asyncio.to_thread(process.wait_for_line, '"alt": "stopped"')
    await driven.appear(state_dict("QUEUE_MANAGER"))
    await asyncio.to_thread(process.wait_for_line, '"alt": "up-to-date"')
    driven.change("READY", connection="Not User With Network")
    await asyncio.to_thread(process.wait_for_line, '"alt": "disconnected"')
    process.end()
