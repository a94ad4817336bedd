"""Our own interface: its XML and page are what is exported; what it tells, and when."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.rig.introspection import contract, members
from tests.syncdaemon.conftest import EMAIL
from u1tray.service.errors import CallError
from u1tray.syncdaemon.sync.bulletin import Bulletin
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

PAGE = Path(__file__).parents[2] / "docs/sync-interface.md"
FILES = 30
CALM = {
    "held": "0",
    "held_lost_in": "",
    "conflicts": "0",
    "waiting_for_room": "0",
    "troubles": "0",
    "spared": "0",
    "sparing": "",
    "unwatched": "0",
    "paused": "",
    "paused_until": "",
}


@pytest.fixture
async def changes(asking, listener):
    """Hears Changed beside everything else."""
    await asking.subscribe(
        *(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "Changed"),
        lambda *values: listener.note("Changed", *values),
    )
    return listener


@pytest.fixture
async def online(daemon, changes, cloud, credentials, configure):
    configure(autoconnect=True)
    await credentials.log_in(EMAIL)
    daemon.start("--debug")
    await changes.state("QUEUE_MANAGER")
    return daemon


async def own(daemon, member, signature="", *values):
    return await daemon.call(names.ROOT_PATH, names.SYNC_INTERFACE, member, signature, *values)


async def lose_many(changes, home):
    """A directory of files is synced, and gone at once."""
    docs = home / "Ubuntu One/docs"
    docs.mkdir()
    for number in range(FILES):
        (docs / f"{number}.txt").write_text(str(number))
    await changes.until(lambda: len(changes.of("UploadFinished")) == FILES, "the uploads")
    assert changes.of("Changed") == []
    docs.rename(home / "away")


async def test_xml_and_page_are_what_is_exported(daemon, configure):
    """10.7: new members in an interface of their own; whoever wants them can read of each."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    xml = await daemon.call("/", "org.freedesktop.DBus.Introspectable", "Introspect")
    ours = {one.shape for one in members(xml) if one.interface == names.SYNC_INTERFACE}
    assert ours == {one.shape for one in members(contract("sync.xml"))}
    page = PAGE.read_text()
    assert [shape[2] for shape in sorted(ours) if f"| `{shape[2]}`" not in page] == []
    assert await own(daemon, "summary") == CALM


async def test_held_deletions_are_told_and_told_again_when_restored(online, changes, home):
    """Nobody has to ask: Changed comes with what is held, and once it is no more."""
    await lose_many(changes, home)
    await changes.until(lambda: changes.of("Changed"), "Changed")
    assert await own(online, "summary") == CALM | {"held": str(FILES), "held_lost_in": "folder"}

    told = len(changes.of("Changed"))
    assert await own(online, "restore_held") == []
    await changes.until(lambda: len(changes.of("Changed")) > told, "Changed again")
    assert await own(online, "summary") == CALM


async def test_held_deletions_are_applied_at_once(online, changes, home):
    """apply_held needs no further change of the folder."""
    await lose_many(changes, home)
    await changes.until(lambda: changes.of("Changed"), "Changed")
    (held,) = await own(online, "held")
    assert await own(online, "apply_held", "s", held["shown"]) == []
    await changes.until(lambda: unlinked(changes) == FILES + 1, "the deletions")
    assert await own(online, "summary") == CALM


async def test_what_was_lost_after_an_answer_stays_held(online, changes, home):
    """`apply_held` means what was shown; the caller is told what is held beyond that."""
    others = home / "Ubuntu One/others"
    others.mkdir()
    for number in range(FILES):
        (others / f"{number}.txt").write_text(f"other {number}")
    await changes.until(lambda: len(changes.of("UploadFinished")) == FILES, "the uploads")
    docs = home / "Ubuntu One/docs"
    docs.mkdir()
    for number in range(2 * FILES):
        (docs / f"{number}.txt").write_text(str(number))
    await changes.until(lambda: len(changes.of("UploadFinished")) == 3 * FILES, "the uploads")

    docs.rename(home / "away")
    await changes.until(lambda: changes.of("Changed"), "Changed")
    (shown,) = await own(online, "held")
    told = len(changes.of("Changed"))
    others.rename(home / "away, too")
    await changes.until(lambda: len(changes.of("Changed")) > told, "Changed again")
    (left,) = await own(online, "apply_held", "s", shown["shown"])
    assert (shown["files"], shown["of"]) == (str(2 * FILES), str(3 * FILES))
    assert (left["files"], left["of"]) == (str(FILES), str(FILES))
    assert left["shown"] > shown["shown"]
    await changes.until(lambda: unlinked(changes) == 2 * FILES + 1, "the deletions")
    assert (await own(online, "summary"))["held"] == str(FILES)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "all", "9" * 30])
async def test_what_no_answer_can_have_shown_is_a_value_error(online, text):
    """docs/sync-interface.md, apply_held."""
    with pytest.raises(CallError) as caught:
        await own(online, "apply_held", "s", text)
    assert caught.value.name == names.VALUE_ERROR


def unlinked(changes):
    """How much was deleted in the cloud."""
    return sum(name == "Unlink" for name, *_ in changes.of("RequestQueueRemoved"))


async def test_what_is_not_in_sync_is_counted_whether_or_not_its_turn_has_come(
    online, changes, home
):
    """outstanding: also what is not in the queue, for there is no connection; 0 in peace."""
    assert await own(online, "outstanding") == 0
    await online.root("disconnect")
    await changes.state("READY", "Not User With Network")
    docs = home / "docs"
    docs.mkdir()
    for number in range(FILES):
        (docs / str(number)).write_text(str(number))
    docs.rename(home / "Ubuntu One/docs")

    async def counted():
        while await own(online, "outstanding") != FILES + 1:
            pass

    await asyncio.wait_for(counted(), 60)
    assert await online.status("waiting") == []
    found = await own(online, "explain", "s", str(home / "Ubuntu One"))
    assert found["state"] == "waiting"
    assert f"In it are {FILES + 1} things not in sync yet, such as " in found["sentence"]
    await online.root("connect")
    await changes.until(lambda: len(changes.of("UploadFinished")) == FILES, "the uploads")
    assert await online.root("wait_for_nirvana", "d", 0.1) is True
    assert await own(online, "outstanding") == 0
    assert (await own(online, "explain", "s", str(home / "Ubuntu One")))["state"] == "in sync"


async def test_conflict_copy_is_counted_until_it_is_gone(online, changes, home):
    """A copy that is deleted is no conflict any more; no polling finds that out."""
    copy = home / "Ubuntu One/notes (conflict kiwi 2026-11-22 08.30).txt"
    copy.write_text("mine")
    await changes.until(lambda: len(changes.of("Changed")) == 1, "Changed")
    assert await own(online, "summary") == CALM | {"conflicts": "1"}
    assert await own(online, "conflicts") == [str(copy)]
    copy.unlink()
    await changes.until(lambda: len(changes.of("Changed")) == 2, "Changed again")
    assert await own(online, "summary") == CALM


@pytest.mark.core
async def test_what_was_answered_and_is_not_so_any_more_is_told():
    """Whoever asked between two signals learns that it is as it was before."""
    value, told = 0, asyncio.Event()
    bulletin = Bulletin(lambda: value, told.set)
    value = 1
    bulletin.note()
    bulletin.answered()
    value = 0
    await asyncio.wait_for(told.wait(), 15)
    bulletin.end()


@pytest.mark.core
async def test_bulletin_merges_what_comes_in_one_second_and_tells_no_change_of_nothing():
    """At most about one signal a second, none when nothing changed."""
    loop = asyncio.get_running_loop()
    value, looked, told = 0, asyncio.Semaphore(0), []

    def look():
        looked.release()
        return value

    async def next_look():
        await asyncio.wait_for(looked.acquire(), 15)

    bulletin = Bulletin(look, lambda: told.append((value, loop.time())))
    await next_look()
    bulletin.note()
    await next_look()
    assert told == []
    for value in range(1, 50):  # noqa: B007 - read by `look`
        bulletin.note()
    await next_look()
    value = 50
    bulletin.note()
    await next_look()
    (first, one), (last, two) = told
    assert (first, last, two - one >= 0.9) == (49, 50, True)
    value = 51
    bulletin.note()
    bulletin.end()
    bulletin.note()
    assert len(told) == 2


@pytest.mark.parametrize("text", ["-1", "-" + "9" * 30, "one", ""])
async def test_id_that_is_none_is_a_value_error(online, text):
    """docs/sync-interface.md, journal_after: also where no database could hold the number."""
    with pytest.raises(CallError) as caught:
        await online.call(
            *(names.ROOT_PATH, names.SYNC_INTERFACE, "journal_after", "a{ss}", {"": text})
        )
    assert caught.value.name == names.VALUE_ERROR


async def test_id_beyond_all_that_can_be_has_nothing_after_it(online):
    """It is a number all the same."""
    seen = {"": "9" * 30}
    asked = (names.ROOT_PATH, names.SYNC_INTERFACE, "journal_after", "a{ss}", seen)
    assert await online.call(*asked) == []


async def test_what_the_cloud_cannot_name_is_told_no_more_once_it_is_gone(online, changes, home):
    """troubles: nothing is planned without a connection, so what was stuck stays so."""
    path = home / "Ubuntu One" / os.fsdecode(b"caf\xe9")
    path.write_text("coffee")
    await changes.until(lambda: changes.of("Changed"), "Changed")
    assert (await own(online, "summary"))["troubles"] == "1"
    await online.root("disconnect")
    await changes.state("READY", "Not User With Network")
    path.unlink()

    async def told():
        while await own(online, "troubles"):
            pass

    await asyncio.wait_for(told(), 60)
    assert await own(online, "summary") == CALM
