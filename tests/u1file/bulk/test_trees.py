"""put -r, get -r, several sources and patterns, against a real cloud."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.u1file.bare import Bare
from tests.u1file.bulk.conftest import contents, make_tree

pytestmark = pytest.mark.end2end

ROOT = "Ubuntu One"


def test_tree_there_and_back_is_the_same(person: Bare, home: Path):
    """6, 7, 16.5: names, contents and empty folders; what is named becomes the copy, in a
    volume or behind a slash the tree keeps its name; `folder/.` is what is in it."""
    tree = make_tree(home / "tree")
    person.done("put", "-r", str(tree), f"{ROOT}/copy")
    person.done("put", "-r", str(tree), ROOT)
    person.done("put", "-r", f"{tree}/.", f"{ROOT}/copy/inner")
    person.done("get", "-r", f"{ROOT}/copy", str(home / "back"))
    whole = contents(tree)
    inner = {f"inner/{name}": data for name, data in whole.items()}
    assert contents(home / "back") == {**whole, **inner, "inner": None}
    (home / "into").mkdir()
    person.done("get", "-r", f"{ROOT}/tree", f"{home}/into/")
    assert contents(home / "into/tree") == whole
    with person.api() as cloud:
        listed = {node.path: node for node in cloud.files.tree(f"/~/{ROOT}/tree").nodes}
    place = home / "into/tree/nothing"
    assert place.stat().st_mtime == listed["/tree/nothing"].changed_at
    assert place.stat().st_mode == (tree / "nothing").stat().st_mode


def test_one_failing_file_does_not_stop_the_others(person: Bare, home: Path):
    """The exit code of the worst family; what failed is told, in JSON too; links stay."""
    tree = make_tree(home / "tree", 5)
    (tree / os.fsdecode(b"caf\xe9")).write_text("no UTF-8")
    (tree / "link").symlink_to("nothing")
    person.store(tree__d0=b"a file where a folder should be")
    said = person.u1file("put", "-r", "--json", str(tree), ROOT)
    assert said.returncode == 5, said.stderr  # refused is worse than wrong use
    assert "link is a link and stays here" in said.stderr
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    by_status = {
        status: [x for x in lines if x["status"] == status] for status in ("failed", "stored")
    }
    assert sorted(x["exit_code"] for x in by_status["failed"]) == [2, 5, 5]
    assert {x["resource_path"] for x in by_status["stored"]} == {
        f"/~/{ROOT}/tree/{name}"
        for name in ("nothing", "d1/ünï code/f 1", "d1/ünï code/f 4", "d2/ünï code/f 2")
    }
    assert all(x["hash"].startswith("sha1:") and x["size"] >= 0 for x in by_status["stored"])


def test_existing_files_are_replaced_skipped_or_updated(person: Bare, home: Path):
    """--skip-existing leaves, --update carries what differs in content, neither replaces all."""
    tree = home / "tree"
    tree.mkdir()
    for name in ("same", "other", "new"):
        (tree / name).write_text(f"{name} here")
    person.store(tree__same=b"same here", tree__other=b"other htre")

    def statuses(*arguments: str) -> dict[str, str]:
        lines = person.done(*arguments, "--json").splitlines()
        values = [json.loads(line) for line in lines]
        return {Path(value["local"]).name: value["status"] for value in values}

    there = f"{ROOT}/tree"
    skipped = statuses("put", "-r", "--skip-existing", f"{tree}/.", there)
    assert skipped == {"same": "skipped", "other": "skipped", "new": "stored"}
    updated = statuses("put", "-ru", f"{tree}/.", there)
    assert updated == {"same": "skipped", "other": "stored", "new": "skipped"}
    assert set(statuses("put", "-r", f"{tree}/.", there).values()) == {"stored"}
    back = home / "back"
    back.mkdir()
    (back / "other").write_text("else")
    (back / "same").write_text("same here")
    files = [f"{there}/{name}" for name in ("same", "other", "new")]
    assert statuses("get", "--skip-existing", *files, str(back))["new"] == "written"
    assert (back / "other").read_text() == "else"
    got = statuses("get", "-u", *files, str(back))
    assert got == {"same": "skipped", "other": "written", "new": "skipped"}
    assert (back / "other").read_text() == "other here"
    assert "Choose one" in person.u1file("get", "-u", "--skip-existing", files[0], "x").stderr


def test_several_sources_go_into_a_folder_and_folders_need_recursive(person: Bare, home: Path):
    """Each is told; what can be done is done."""
    (home / "folder").mkdir()
    for name in ("a", "b"):
        (home / name).write_text(name)
    said = person.u1file(
        "put", str(home / "a"), str(home / "folder"), str(home / "b"), f"{ROOT}/in"
    )
    assert said.returncode == 2
    assert "add --recursive" in said.stderr
    assert person.done("ls", f"{ROOT}/in") == "a\nb\n"
    said = person.u1file("get", f"{ROOT}/in", f"{ROOT}/none", f"{ROOT}/in/a", str(home / "folder"))
    assert said.returncode == 5, said.stderr
    assert "add --recursive" in said.stderr
    assert "Not found: ~/Ubuntu One/none" in said.stderr
    assert contents(home / "folder") == {"a": b"a"}
    said = person.u1file("get", f"{ROOT}/in/a", f"{ROOT}/in/b", str(home / "nowhere"))
    assert said.returncode == 0, said.stderr
    assert contents(home / "nowhere") == {"a": b"a", "b": b"b"}
    assert person.u1file("put", "-r", str(home / "folder"), "Nowhere/x").returncode == 4


def test_patterns_are_expanded_by_us(person: Bare, home: Path):
    """`*`, `?`, `[..]`, `**`; a name that is exactly this goes first; two of one name: said."""
    files = {"a.txt": b"1", "b.txt": b"2", "c.jpg": b"3", "sub/d.txt": b"4", "sub/deep/a.txt": b"5"}
    person.store(**{name.replace("/", "__"): data for name, data in files.items()})
    person.store(**{"odd__*": b"star", "odd__x": b"x"})
    target = home / "target"

    def got(pattern: str, code: int = 0) -> set[str]:
        target.mkdir()
        person.done("get", "-q", f"{ROOT}/{pattern}", str(target), code=code)
        found = {place.name for place in target.iterdir()}
        for place in target.iterdir():
            place.unlink()
        target.rmdir()
        return found

    assert got("*.txt") == {"a.txt", "b.txt"}
    assert got("?.jp[g]") == {"c.jpg"}
    assert got("sub/**/?.txt") == {"d.txt", "a.txt"}
    assert got("**/*.txt", code=6) == {"a.txt", "b.txt", "d.txt"}
    assert got("odd/*") == {"*"}
    assert got("odd/[*x]") == {"*", "x"}
    assert got("none*", code=4) == set()
