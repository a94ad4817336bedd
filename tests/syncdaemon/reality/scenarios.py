"""The table of what happens on two computers at once, and what must come of it.

Every scenario is run apart (both work without the cloud), with the daemons stopped meanwhile, and
together (everything is connected, so that the two race). Apart, the outcome is exact; together,
nothing is lost: `keeps` are the contents that must be somewhere in the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.syncdaemon.reality.verbs import (
    Step,
    append,
    copy,
    each,
    make,
    move,
    nothing,
    remove,
    save_in_place,
    save_like_gedit,
    save_like_office,
    save_like_vim,
    set_time,
    write,
)

Tree = dict[str, bytes | None]


@dataclass(frozen=True)
class Scenario:
    """`before` is on both sides; then `here` and `there` happen; `gives` is what both have then.

    Conflict copies are `a (conflict).txt` in `gives`. None: only `keeps` is asked for.
    """

    name: str
    before: Tree
    here: Step
    there: Step = nothing
    gives: Tree | None = None
    keeps: tuple[bytes, ...] = field(default=())


SCENARIOS = (
    # Files and directories take each other's names
    Scenario(
        "file becomes folder here",
        {"a": b"1"},
        each(remove("a"), make("a"), write("a/in", b"2")),
        gives={"a": None, "a/in": b"2"},
    ),
    Scenario(
        "folder becomes file here",
        {"a": None, "a/in": b"1"},
        each(remove("a"), write("a", b"2")),
        gives={"a": b"2"},
    ),
    Scenario(
        "file becomes folder here and is edited there",
        {"a": b"1"},
        each(remove("a"), write("a/in", b"2")),
        write("a", b"3"),
        keeps=(b"2", b"3"),
    ),
    Scenario(
        "folder becomes file here and gets a file there",
        {"a": None, "a/in": b"1"},
        each(remove("a"), write("a", b"2")),
        write("a/new", b"3"),
        keeps=(b"2", b"3"),
    ),
    Scenario(
        "file becomes folder on both sides",
        {"a": b"1"},
        each(remove("a"), write("a/here", b"2")),
        each(remove("a"), write("a/there", b"3")),
        gives={"a": None, "a/here": b"2", "a/there": b"3"},
    ),
    Scenario(
        "folder becomes file on both sides",
        {"a": None, "a/in": b"1"},
        each(remove("a"), write("a", b"2")),
        each(remove("a"), write("a", b"3")),
        gives={"a": b"2", "a (conflict)": b"3"},
    ),
    Scenario(
        "file here and folder there get the same name",
        {},
        write("a", b"1"),
        write("a/in", b"2"),
        keeps=(b"1", b"2"),
    ),
    # Names change
    Scenario(
        "case of a name",
        {"readme.TXT": b"1"},
        move("readme.TXT", "README.txt"),
        gives={"README.txt": b"1"},
    ),
    Scenario(
        "case of a folder's name",
        {"Docs": None, "Docs/a": b"1"},
        move("Docs", "docs"),
        write("Docs/b", b"2"),
        gives={"docs": None, "docs/a": b"1", "docs/b": b"2"},
    ),
    Scenario(
        "swap of two files",
        {"a": b"1", "b": b"2"},
        each(move("a", "t"), move("b", "a"), move("t", "b")),
        gives={"a": b"2", "b": b"1"},
    ),
    Scenario(
        "swap of two folders",
        {"a": None, "b": None, "a/1": b"1", "b/2": b"2"},
        each(move("a", "t"), move("b", "a"), move("t", "b")),
        gives={"a": None, "b": None, "a/2": b"2", "b/1": b"1"},
    ),
    Scenario(
        "rotation of logs",
        {"log": b"3", "log.1": b"2", "log.2": b"1"},
        each(move("log.1", "log.2"), move("log", "log.1"), write("log", b"4")),
        gives={"log": b"4", "log.1": b"3", "log.2": b"2"},
    ),
    Scenario(
        "chain of renames",
        {"a": b"1", "b": b"2", "c": b"3"},
        each(move("c", "d"), move("b", "c"), move("a", "b")),
        gives={"b": b"1", "c": b"2", "d": b"3"},
    ),
    Scenario(
        "swap here and edit there",
        {"a": b"1", "b": b"2"},
        each(move("a", "t"), move("b", "a"), move("t", "b")),
        write("a", b"3"),
        gives={"a": b"2", "b": b"3"},
    ),
    Scenario(
        "the same rename on both sides",
        {"a": b"1"},
        move("a", "b"),
        move("a", "b"),
        gives={"b": b"1"},
    ),
    Scenario(
        "different renames on both sides",
        {"a": b"1"},
        move("a", "b"),
        move("a", "c"),
        keeps=(b"1",),
    ),
    Scenario(
        "both rename different files to one name",
        {"a": b"1", "b": b"2"},
        move("a", "c"),
        move("b", "c"),
        keeps=(b"1", b"2"),
    ),
    Scenario(
        "rename onto a name that the other makes",
        {"a": b"1"},
        move("a", "b"),
        write("b", b"2"),
        keeps=(b"1", b"2"),
    ),
    # Edits, renames, deletions against each other
    Scenario("rename and edit", {"a": b"1"}, move("a", "b"), write("a", b"2"), gives={"b": b"2"}),
    Scenario("rename and delete", {"a": b"1"}, move("a", "b"), remove("a"), keeps=()),
    Scenario("edit and delete", {"a": b"1"}, write("a", b"2"), remove("a"), gives={"a": b"2"}),
    Scenario("delete and edit", {"a": b"1"}, remove("a"), write("a", b"2"), gives={"a": b"2"}),
    Scenario("both delete", {"a": b"1"}, remove("a"), remove("a"), gives={}),
    Scenario(
        "both edit",
        {"a.txt": b"1"},
        write("a.txt", b"2"),
        write("a.txt", b"3"),
        gives={"a.txt": b"2", "a (conflict).txt": b"3"},
    ),
    Scenario("both edit alike", {"a": b"1"}, write("a", b"2"), write("a", b"2"), gives={"a": b"2"}),
    Scenario(
        "both create alike",
        {},
        write("d/a", b"1"),
        write("d/a", b"1"),
        gives={"d": None, "d/a": b"1"},
    ),
    Scenario(
        "both create differently",
        {},
        write("d/a.tar.gz", b"1"),
        write("d/a.tar.gz", b"2"),
        gives={"d": None, "d/a.tar.gz": b"1", "d/a (conflict).tar.gz": b"2"},
    ),
    Scenario("both create empty", {}, write("a", b""), write("a", b""), gives={"a": b""}),
    Scenario(
        "emptied and edited",
        {"a": b"1"},
        write("a", b""),
        write("a", b"2"),
        keeps=(b"2",),
    ),
    # Folders
    Scenario(
        "deep move while the other edits inside",
        {"a": None, "a/b": None, "a/b/c": None, "a/b/c/d": b"1", "x": None, "x/y": None},
        move("a/b", "x/y/b"),
        write("a/b/c/d", b"2"),
        gives={
            "a": None,
            "x": None,
            "x/y": None,
            "x/y/b": None,
            "x/y/b/c": None,
            "x/y/b/c/d": b"2",
        },
    ),
    Scenario(
        "folder moves into its sibling that the other renames",
        {"a": None, "a/1": b"1", "b": None, "b/2": b"2"},
        move("a", "b/a"),
        move("b", "c"),
        gives={"c": None, "c/2": b"2", "c/a": None, "c/a/1": b"1"},
    ),
    Scenario(
        "two folders move into each other",
        {"a": None, "a/1": b"1", "b": None, "b/2": b"2"},
        move("a", "b/a"),
        move("b", "a/b"),
        keeps=(b"1", b"2"),
    ),
    Scenario(
        "both move one folder to different places",
        {"a": None, "a/1": b"1", "x": None, "y": None},
        move("a", "x/a"),
        move("a", "y/a"),
        keeps=(b"1",),
    ),
    Scenario(
        "folder deleted here and a new file in it there",
        {"a": None, "a/1": b"1"},
        remove("a"),
        write("a/2", b"2"),
        gives={"a": None, "a/2": b"2"},
    ),
    Scenario(
        "folder deleted here and a file in it edited there",
        {"a": None, "a/1": b"1", "a/2": b"2"},
        remove("a"),
        write("a/1", b"3"),
        gives={"a": None, "a/1": b"3"},
    ),
    Scenario(
        "folder deleted here and a file moved out of it there",
        {"a": None, "a/1": b"1", "a/2": b"2"},
        remove("a"),
        move("a/1", "kept"),
        keeps=(),
    ),
    Scenario(
        "folder deleted here and renamed there",
        {"a": None, "a/1": b"1"},
        remove("a"),
        move("a", "b"),
        keeps=(),
    ),
    Scenario(
        "file moved into a folder that the other deletes",
        {"a": None, "a/1": b"1", "f": b"2"},
        move("f", "a/f"),
        remove("a"),
        keeps=(b"2",),
    ),
    Scenario(
        "the parent of a folder takes its place",
        {"a": None, "a/a": None, "a/a/1": b"1"},
        each(move("a/a", "t"), remove("a"), move("t", "a")),
        gives={"a": None, "a/1": b"1"},
    ),
    Scenario(
        "inside out",
        {"a": None, "a/b": None, "a/b/1": b"1", "a/2": b"2"},
        each(move("a/b", "b"), move("a", "b/a")),
        gives={"b": None, "b/1": b"1", "b/a": None, "b/a/2": b"2"},
    ),
    Scenario(
        "copied and the first deleted",
        {"a": None, "a/1": b"1"},
        each(copy("a", "b"), remove("a")),
        gives={"b": None, "b/1": b"1"},
    ),
    Scenario(
        "deleted and put back",
        {"a": None, "a/1": b"1"},
        each(copy("a", "t"), remove("a"), move("t", "a")),
        gives={"a": None, "a/1": b"1"},
    ),
    Scenario(
        "two new trees of one name",
        {},
        each(write("d/e/1", b"1"), write("d/f", b"2")),
        each(write("d/e/2", b"3"), write("d/f/4", b"4")),
        keeps=(b"1", b"2", b"3", b"4"),
    ),
    Scenario(
        "empty folders",
        {},
        make("a/b/c"),
        make("a/b/d"),
        gives={"a": None, "a/b": None, "a/b/c": None, "a/b/d": None},
    ),
    # Programs that save
    Scenario("saved by vim", {"a.txt": b"1"}, save_like_vim("a.txt", b"2"), gives={"a.txt": b"2"}),
    Scenario(
        "saved by gedit", {"a.txt": b"1"}, save_like_gedit("a.txt", b"2"), gives={"a.txt": b"2"}
    ),
    Scenario(
        "saved by LibreOffice",
        {"a.odt": b"1"},
        save_like_office("a.odt", b"2"),
        gives={"a.odt": b"2"},
    ),
    Scenario(
        "saved in place",
        {"a.txt": b"1"},
        save_in_place("a.txt", b"0123456789" * 9),
        gives={"a.txt": b"0123456789" * 9},
    ),
    Scenario(
        "saved by vim here and by gedit there",
        {"a.txt": b"1"},
        save_like_vim("a.txt", b"2"),
        save_like_gedit("a.txt", b"3"),
        gives={"a.txt": b"2", "a (conflict).txt": b"3"},
    ),
    Scenario(
        "saved again and again",
        {"a": b"0"},
        each(*(write("a", b"%d" % number) for number in range(200))),
        gives={"a": b"199"},
    ),
    Scenario(
        "appended again and again",
        {"a": b""},
        each(*(append("a", b"%d\n" % number) for number in range(200))),
        gives={"a": b"".join(b"%d\n" % number for number in range(200))},
    ),
    # Times
    Scenario(
        "times far away",
        {},
        each(
            write("old", b"1"),
            set_time("old", 0),
            write("new", b"2"),
            set_time("new", 4_102_444_800),
            write("older", b"3"),
            set_time("older", -86400),
        ),
        gives={"old": b"1", "new": b"2", "older": b"3"},
    ),
    Scenario(
        "edited with a time of the past",
        {"a": b"1"},
        each(write("a", b"2"), set_time("a", 86400)),
        gives={"a": b"2"},
    ),
    Scenario(
        "edited with a time of the future on both sides",
        {"a": b"1"},
        each(write("a", b"2"), set_time("a", 4_102_444_800)),
        each(write("a", b"3"), set_time("a", 86400)),
        gives={"a": b"2", "a (conflict)": b"3"},
    ),
    Scenario(
        "only touched", {"a": b"1"}, set_time("a", 86400), write("a", b"2"), gives={"a": b"2"}
    ),
)
