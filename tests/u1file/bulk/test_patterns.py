"""Globs of remote paths and of --exclude."""

from __future__ import annotations

import pytest

from u1tray.u1file.bulk.patterns import compiled, excluder, is_pattern

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("pattern", "fits", "others"),
    [
        ("*.txt", ["a.txt", ".txt", "new\nline.txt"], ["a/b.txt", "a.txtx", "atxt"]),
        ("a?c", ["abc", "a.c"], ["ac", "a/c", "abbc"]),
        ("[ab]*", ["a", "bz"], ["c", "a/b"]),
        ("[!a]x", ["bx"], ["ax", "bbx"]),
        ("[*]", ["*"], ["a"]),
        ("[]x]", ["]", "x"], ["a"]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[", ["["], ["a"]),
        ("[a-c]1", ["b1"], ["d1", "-1"]),
        ("a\\b[\\[]", ["a\\b[", "a\\b\\"], ["ab["]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax", "a/xb"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "b/a/z"]),
        ("a/**", ["a/b", "a/b/c"], ["b", "ab"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_pattern_takes_what_it_says(pattern, fits, others):
    """`*`, `?`, `[..]` stay within a name; `**` goes over folders."""
    found = compiled(pattern)
    assert [path for path in fits if not found.fullmatch(path)] == []
    assert [path for path in others if found.fullmatch(path)] == []


def test_only_magic_characters_make_a_pattern():
    """A plain path asks for no listing."""
    assert not is_pattern("/~/Docs/a b+c.txt")
    assert all(is_pattern(f"/~/Docs/{name}") for name in ("*", "a?", "[ab]"))


def test_exclusion_is_by_name_or_by_path():
    """Without a slash any name is meant, with one the path below the folder."""
    is_excluded = excluder(["*.tmp", "build/out", "cache/"])
    assert [
        path
        for path in ("a.tmp", "x/b.tmp", "build/out", "x/build/out", "cache", "x/cache", "b")
        if is_excluded(path)
    ] == ["a.tmp", "x/b.tmp", "build/out", "cache", "x/cache"]
