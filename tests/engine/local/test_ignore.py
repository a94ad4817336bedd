"""What is ignored: patterns of names, `.u1ignore` at any level, names of ours."""

from __future__ import annotations

import pytest

from u1tray.engine.core.values import Kind
from u1tray.engine.local.ignore import Ignore, temporary_name
from u1tray.engine.ports import Stat
from u1tray.syncdaemon.options import IGNORE

pytestmark = pytest.mark.core

STAT = Stat(Kind.FILE, 0, 1)


def ignores(ignore: Ignore, path: str) -> bool:
    """Whether a path is ignored; with a slash at its end it is a directory."""
    *names, name = path.rstrip("/").split("/")
    return ignore.within(tuple(names))(name, path.endswith("/"))


@pytest.mark.parametrize(
    "name",
    ["#notes#", ".#notes", "notes~", ".notes.swp", ".~lock.a.odt#", "~$a.doc", "film.mkv.part"],
)
def test_editors_files_are_ignored_by_default(name) -> None:
    """Option `ignore` (D-Bus contract, 10.6)."""
    assert ignores(Ignore(IGNORE.default), name)
    assert not ignores(Ignore(IGNORE.default), f"x{name}x")


@pytest.mark.parametrize("name", [temporary_name(7), ".u1tray-trash"])
def test_names_of_ours_are_always_ignored(name) -> None:
    """But not those for a moment in which two nodes change places."""
    assert ignores(Ignore(), name)
    assert not ignores(Ignore(), ".u1tray-7.moving")


def test_pattern_that_is_none_is_left_out(caplog) -> None:
    """With one line in the log; the others count."""
    ignore = Ignore(("(", r".*\.o\Z"))
    assert ignores(ignore, "a.o")
    assert not ignores(ignore, "(")
    assert caplog.text.count("no regular expression") == 1


def test_rules_count_below_their_directory() -> None:
    """The syntax of gitignore."""
    ignore = Ignore()
    ignore.learn(("d",), STAT, "*.o\n!keep.o\n/build/\nlogs/**/old\n# comment\n")
    assert [ignores(ignore, path) for path in ("d/a.o", "d/e/a.o", "d/keep.o", "a.o")] == [
        True,
        True,
        False,
        False,
    ]
    assert ignores(ignore, "d/build/")
    assert not ignores(ignore, "d/build")
    assert not ignores(ignore, "d/e/build/")
    assert ignores(ignore, "d/logs/a/b/old")


def test_nearest_rule_with_an_opinion_counts() -> None:
    """As with git."""
    ignore = Ignore()
    ignore.learn((), STAT, "*.o\n")
    ignore.learn(("d",), STAT, "!*.o\n")
    assert ignores(ignore, "a.o")
    assert not ignores(ignore, "d/a.o")
    assert not ignores(ignore, "d/e/a.o")
    ignore.forget(("d",))
    assert ignores(ignore, "d/a.o")


def test_nothing_below_an_ignored_directory_is_taken_in_again() -> None:
    """As with git."""
    ignore = Ignore()
    ignore.learn((), STAT, "/build/\n!/build/keep\n")
    assert ignores(ignore, "build/keep")
    assert ignores(ignore, "build/a/b")


def test_line_that_is_no_pattern_is_left_out(caplog) -> None:
    """It is named in the log; the others count."""
    ignore = Ignore()
    ignore.learn((), STAT, "!\n*.o\n")
    assert ignores(ignore, "a.o")
    assert "line 1" in caplog.text


def test_rule_that_ignores_is_told() -> None:
    """Which line of which file, or which option: for whoever wonders."""
    ignore = Ignore((r".*~\Z",))
    ignore.learn((), STAT, "# ours\n\n*.o\n!keep.o\nbuild/\n")
    ignore.learn(("d",), STAT, "!*.o\nkeep.o")
    assert ignore.rule(("a.o",)) == "`*.o` in .u1ignore, line 3"
    assert ignore.rule(("x", "build", "a", "b")) == "`build/` in .u1ignore, line 5"
    assert ignore.rule(("d", "keep.o")) == "`keep.o` in d/.u1ignore, line 2"
    assert ignore.rule(("d", "notes~")) == "the option `ignore` has a pattern for notes~"
    assert [ignore.rule(names) for names in (("keep.o",), ("d", "a.o"), ("b.c",))] == ["", "", ""]


async def test_rules_are_read_again_when_they_change(folder, root) -> None:
    """And everything below is looked at again."""
    (root / "a.o").write_bytes(b"x")
    hints = folder.hints()
    await anext(hints)
    (listing,) = await folder.list([()])
    assert "a.o" in listing.stats
    (root / ".u1ignore").write_text("*.o\n")
    (listing,) = await folder.list([()])
    assert set(listing.stats) == {".u1ignore"}
    assert set(listing.ignored) == {"a.o"}
    while not (hint := await anext(hints)).is_deep:
        pass
    assert hint.names == ()
    (root / ".u1ignore").unlink()
    (listing,) = await folder.list([()])
    assert set(listing.stats) == {"a.o"}
    await hints.aclose()
