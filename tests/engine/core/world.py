"""A folder and a volume as the planner's tests see them: real trees, real contents, no disk.

Either side can be disturbed at random; the operations of a plan are carried out with their
preconditions, and everything that ever was a content is remembered.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

from u1tray.engine.core import operations as op
from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import Content, Kind, Node, Side
from u1tray.engine.store.trees import TreeStore

NAMES = ("a", "b", "c", "d")
_numbers = itertools.count(1)


def content(number: int) -> Content:
    """The content of a number."""
    return Content(number.to_bytes(20, "big"), number)


@dataclass
class World:
    """The observations are always up to date here: `store` is what both sides look like."""

    store: TreeStore
    trash: set[Content] = field(default_factory=set)
    keys: itertools.count = field(default_factory=lambda: itertools.count(1))
    contents: itertools.count = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def new(cls) -> World:
        store = TreeStore.open(":memory:")
        with store.changing():
            store.plant("root")
        return cls(store)

    # What people do

    def nodes(self, side: Side) -> list[Node]:
        """All nodes but the root, by id."""
        found, todo = [], [self.store.root(side)]
        while todo:
            for node in self.store.children(side, todo.pop().id):
                found.append(node)
                if node.is_directory:
                    todo.append(node)
        return sorted(found, key=lambda node: node.id)

    def directories(self, side: Side) -> list[Node]:
        return [self.store.root(side), *(n for n in self.nodes(side) if n.is_directory)]

    def add(self, side, parent: Node, name: str, kind: Kind, what=None) -> Node:
        with self.store.changing():
            return self.store.add(side, parent.id, name, kind, what, key=f"k{next(self.keys)}")

    def new_file(self, side, parent: Node, name: str) -> Node:
        return self.add(side, parent, name, Kind.FILE, content(next(self.contents)))

    def disturb(self, side: Side, chance: random.Random) -> None:
        """One change of a person or another device."""
        store = self.store
        parent = chance.choice(self.directories(side))
        name = chance.choice(NAMES)
        free = store.child(side, parent.id, name) is None
        nodes = self.nodes(side)
        action = chance.choice(("file", "file", "directory", "edit", "move", "move", "delete"))
        if action == "file" and free:
            # Equal contents arise on both sides now and then.
            number = next(self.contents) if chance.random() < 0.7 else chance.randint(1, 3)
            self.add(side, parent, name, Kind.FILE, content(number))
        elif action == "directory" and free:
            self.add(side, parent, name, Kind.DIRECTORY)
        elif not nodes:
            return
        node = chance.choice(nodes) if nodes else None
        if node is None:
            return
        with store.changing():
            if action == "edit" and not node.is_directory:
                store.fill(side, node.id, content(next(self.contents)))
            elif action == "move" and free and not store.is_within(parent, node):
                store.place(side, node.id, parent.id, name)
            elif action == "delete":
                store.remove(side, node.id)

    # What the engine does

    def carry_out(self, operation) -> None:
        """Do what was decided; a precondition that does not hold is a fault of the planner."""
        with self.store.changing():
            _DO[type(operation)](self, operation)

    def step(self, chance: random.Random) -> bool:
        """Decide about every difference in a random order; whether anything was done."""
        subjects = sorted(self.store.differences(), key=lambda s: (str(s.side), s.id))
        chance.shuffle(subjects)
        done = False
        for subject in subjects:
            decision = decide(self.store, subject)
            if decision is None or isinstance(decision, op.Blocked | op.Stuck):
                continue
            self.carry_out(decision)
            done = True
        return done

    def picture(self, side: Side, node: Node | None = None) -> dict:
        """Names to contents or pictures."""
        node = node or self.store.root(side)
        return {
            child.name: self.picture(side, child) if child.is_directory else child.content
            for child in self.store.children(side, node.id)
        }

    def worth_keeping(self) -> set[Content]:
        """The contents that must be somewhere afterwards: all but what a person replaced."""
        kept = set()
        for side in Side:
            for node in self.nodes(side):
                entry = None if node.entry is None else self.store.entry(node.entry)
                other = (
                    None if entry is None else self.store.node(side.other, entry.node(side.other))
                )
                is_old = entry is not None and node.content == entry.content
                if not (is_old and other is not None and other.content != node.content):
                    kept.add(node.content)
        return kept - {None}

    def all_contents(self, side: Side) -> set[Content]:
        return {node.content for node in self.nodes(side) if node.content is not None}


def _node(world: World, side: Side, number: int) -> Node:
    found = world.store.node(side, number)
    assert found is not None, (side, number)
    return found


def _free(world: World, side: Side, parent: int, name: str) -> None:
    assert _node(world, side, parent).is_directory
    assert world.store.child(side, parent, name) is None, "the place is taken"


def _link(world: World, side: Side, source: Node, made: Node) -> None:
    local, remote = (made, source) if side is Side.LOCAL else (source, made)
    world.store.link(local.id, remote.id, made)


def _meet(world: World, link: op.Link) -> None:
    world.store.link(link.local, link.remote, _node(world, Side.REMOTE, link.remote))


def _make(world: World, made: op.Make) -> None:
    source = _node(world, made.side.other, made.source)
    _free(world, made.side, made.parent, made.name)
    key = f"k{next(world.keys)}"
    node = world.store.add(made.side, made.parent, made.name, Kind.DIRECTORY, key=key)
    _link(world, made.side, source, node)


def _transfer(world: World, transfer: op.Transfer) -> None:
    source = _node(world, transfer.side.other, transfer.source)
    assert source.content == transfer.content
    if transfer.target is None:
        _free(world, transfer.side, transfer.parent, transfer.name)
        key = f"k{next(world.keys)}"
        node = world.store.add(
            transfer.side, transfer.parent, transfer.name, Kind.FILE, transfer.content, key=key
        )
        _link(world, transfer.side, source, node)
        return
    target = _node(world, transfer.side, transfer.target)
    assert target.content == transfer.replaces
    entry = world.store.entry(target.entry)
    # What is replaced here was agreed, so the cloud has had it, or nobody wrote it.
    assert target.content in (entry.content, None)
    world.store.fill(transfer.side, target.id, transfer.content)
    world.store.agree_content(target.entry, transfer.content)


def _move(world: World, move: op.Move) -> None:
    node = _node(world, move.side, move.node)
    _free(world, move.side, move.parent, move.name)
    assert not world.store.is_within(_node(world, move.side, move.parent), node), "into itself"
    world.store.place(move.side, node.id, move.parent, move.name)
    world.store.agree_place(node.entry, _node(world, move.side, move.parent).entry, move.name)


def _delete(world: World, delete: op.Delete) -> None:
    node = _node(world, delete.side, delete.node)
    assert node.content == delete.content
    if delete.side is Side.REMOTE and node.is_directory:
        assert not list(world.store.children(Side.REMOTE, node.id)), "not empty"
    todo = [node]
    while todo:
        current = todo.pop()
        entry = world.store.entry(current.entry)
        assert entry.node(delete.side.other) is None, "the other side still has it"
        assert entry.content == current.content, "changed since it was agreed"
        if current.content is not None:
            world.trash.add(current.content)
        todo.extend(world.store.children(delete.side, current.id))
    world.store.remove(delete.side, node.id)


def _set_aside(world: World, aside: op.SetAside) -> None:
    node = _node(world, Side.LOCAL, aside.node)
    name = f"{node.name} conflict {next(_numbers)}"
    world.store.place(Side.LOCAL, node.id, node.parent, name)
    if aside.is_parted:
        world.store.part(node.entry)


def _agree_content(world: World, agree: op.AgreeContent) -> None:
    entry = world.store.entry(agree.entry)
    remote = _node(world, Side.REMOTE, entry.remote)
    assert _node(world, Side.LOCAL, entry.local).content == remote.content
    world.store.agree_content(entry.id, remote.content)


def _agree_place(world: World, agree: op.AgreePlace) -> None:
    node = _node(world, Side.LOCAL, world.store.entry(agree.entry).local)
    parent = _node(world, Side.LOCAL, node.parent)
    world.store.agree_place(agree.entry, parent.entry, node.name)


def _adopt(world: World, adopt: op.Adopt) -> None:
    entry = world.store.entry(adopt.entry)
    assert entry.node(adopt.side) is None, "it was not lost"
    left = _node(world, adopt.side.other, entry.node(adopt.side.other))
    node = _node(world, adopt.side, adopt.node)
    assert (node.entry, node.kind, node.name) == (None, left.kind, left.name)
    if entry.content is not None and entry.content in (left.content, node.content):
        # A person has deleted it and it did not change since, or made it again as it was.
        world.trash.add(entry.content)
    world.store.adopt(adopt.entry, adopt.side, adopt.node)


_DO = {
    op.Make: _make,
    op.Transfer: _transfer,
    op.Move: _move,
    op.Delete: _delete,
    op.SetAside: _set_aside,
    op.Link: _meet,
    op.Adopt: _adopt,
    op.AgreePlace: _agree_place,
    op.AgreeContent: _agree_content,
    op.Revive: lambda world, revive: world.store.revive(revive.entry),
    op.Forget: lambda world, forget: world.store.forget(forget.entry),
}
