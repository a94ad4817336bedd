"""What one writer's part of the cloud should hold: a plain value, changed by plain functions.

Paths are relative to the writer's place; "" is the place itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Thing:
    """One node; `data` None is a directory or a file without content."""

    is_file: bool
    data: bytes | None = None
    is_public: bool = False


Tree = Mapping[str, Thing]
DIRECTORY = Thing(False)
EMPTY: Tree = {}


def above(path: str) -> list[str]:
    """The paths of all directories above, the place itself first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def below(tree: Tree, path: str) -> list[str]:
    """A path and all that lie below it."""
    return [other for other in tree if other == path or other.startswith(path + "/")]


def is_free(tree: Tree, path: str) -> bool:
    """Whether nothing above is a file."""
    return not any(tree[one].is_file for one in above(path) if one in tree)


def made(tree: Tree, path: str, thing: Thing) -> Tree:
    """With one more node, and the directories above it."""
    return {**dict.fromkeys(above(path), DIRECTORY), **tree, path: thing}


def written(tree: Tree, path: str, data: bytes) -> Tree:
    """With other content in a file that may be there already."""
    known = tree.get(path, Thing(True))
    return made(tree, path, replace(known, data=data))


def removed(tree: Tree, path: str) -> Tree:
    gone = set(below(tree, path))
    return {other: thing for other, thing in tree.items() if other not in gone}


def moved(tree: Tree, path: str, target: str) -> Tree:
    """With a node elsewhere, in place of what was there."""
    rest = removed(removed(tree, target), path)
    return {**rest, **{target + old.removeprefix(path): tree[old] for old in below(tree, path)}}


def size(tree: Tree) -> int:
    """What counts as used, in bytes."""
    return sum(len(thing.data or b"") for thing in tree.values())
