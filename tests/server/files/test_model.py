"""Random operations, compared with a model: tree, generations, deltas, used, public files.

The model is a dict of paths. It knows the contract's rules and nothing of databases.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from tests.server.files.client import API, Files, hash_of, magic_of

pytestmark = pytest.mark.end2end

NAMES = ("a", "b", "c d", "é")
CONTENTS = (b"", b"1", b"22", b"x" * 40_000)
STEPS = 250


@dataclass
class Thing:
    """One node of the model; `data` None is a directory or a file without content."""

    is_file: bool
    data: bytes | None = None
    is_public: bool = False


@dataclass
class Model:
    """One volume's tree by path, and how often it changed."""

    tree: dict[str, Thing] = field(default_factory=dict)
    changes: int = 0

    def below(self, path: str) -> list[str]:
        return [other for other in self.tree if other == path or other.startswith(path + "/")]

    def file_above(self, path: str) -> bool:
        return any(self.tree[above].is_file for above in parents(path) if above in self.tree)

    def make(self, path: str, thing: Thing) -> None:
        for above in parents(path):
            if above not in self.tree:
                self.tree[above] = Thing(False)
                self.changes += 1
        self.tree[path] = thing
        self.changes += 1

    def put_content(self, path: str, data: bytes) -> int:
        if self.file_above(path):
            return 400
        thing = self.tree.get(path)
        if thing is None:
            self.make(path, Thing(True, data))
            return 201
        if not thing.is_file:
            return 400
        self.changes += thing.data != data
        thing.data = data
        return 200

    def put_node(self, path: str, is_file: bool) -> int:
        if path in self.tree:
            return 200
        if self.file_above(path):
            return 400
        self.make(path, Thing(is_file))
        return 201

    def put_magic(self, path: str, data: bytes, is_known: bool) -> int:
        thing = self.tree.get(path)
        if self.file_above(path) or (thing is not None and not thing.is_file) or not is_known:
            return 400
        return self.put_content(path, data)

    def delete(self, path: str) -> int:
        if path not in self.tree:
            return 404
        for gone in self.below(path):
            del self.tree[gone]
        self.changes += 1
        return 200

    def move(self, path: str, target: str, may_replace: bool) -> int:
        refused = self.refusal_of_move(path, target)
        if refused is not None:
            return refused
        if target in self.tree:
            if not may_replace:
                return 412
            self.delete(target)
        for old in self.below(path):
            self.tree[target + old.removeprefix(path)] = self.tree.pop(old)
        self.changes += 1
        return 200

    def refusal_of_move(self, path: str, target: str) -> int | None:
        """The status of a move that does nothing; None where it can be done."""
        if path not in self.tree:
            return 404
        if path == target:
            return 200
        if target.startswith(path + "/") or path.startswith(target + "/"):
            return 400
        for above in parents(target)[-1:]:
            if above not in self.tree:
                return 404
            if self.tree[above].is_file:
                return 400
        return None

    def publish(self, path: str, is_public: bool) -> int:
        thing = self.tree.get(path)
        if thing is None:
            return 404
        if not thing.is_file:
            return 403
        self.changes += thing.is_public != is_public
        thing.is_public = is_public
        return 200

    def used(self) -> int:
        return sum(len(thing.data or b"") for thing in self.tree.values())


def parents(path: str) -> list[str]:
    """The paths of all directories above, the root not."""
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: depth + 1]) for depth in range(len(parts))]


@dataclass
class Client:
    """What a sync client knows: it starts empty and only applies deltas, by key (9)."""

    generation: int = 0
    nodes: dict[str, dict[str, object]] = field(default_factory=dict)

    async def catch_up(self, files: Files, volume: str) -> None:
        found = await files.delta(volume, self.generation)
        generations = [node["generation"] for node in found["delta"]["nodes"]]
        assert generations == sorted(set(generations))
        assert all(generation > self.generation for generation in generations)
        for node in found["delta"]["nodes"]:
            self.nodes[node["key"]] = node
        self.generation = found["generation"]

    def tree(self, root_key: str) -> dict[str, dict[str, object]]:
        """The live nodes by the path that their keys and parents' keys give (20)."""
        found = {}
        for node in self.nodes.values():
            names: list[str] = []
            current: dict[str, object] | None = node
            while current is not None and current["is_live"]:
                names.append(str(current["path"]).rpartition("/")[2])
                if current["parent_key"] == root_key:
                    found["/" + "/".join(reversed(names))] = node
                    break
                current = self.nodes.get(str(current["parent_key"]))
        return found


@pytest.mark.parametrize(("dialect", "seed"), [("sqlite", 1), ("sqlite", 2), ("postgresql", 3)])
async def test_random_operations_do_what_the_model_does(files: Files, seed: int) -> None:
    """Same statuses, same tree; a client that follows deltas knows the same (6 to 11)."""
    chance = random.Random(seed)
    model, client = Model(), Client()
    root_key = (await files.get("~/Docs"))["key"]
    for step in range(STEPS):
        before, generation = model.changes, await files.generation("~/Docs")
        expected, found, what = await one_step(files, model, chance)
        assert found == expected, (seed, step, what)
        # Each change takes at least one generation, and none is taken for nothing (9).
        assert await files.generation("~/Docs") - generation == model.changes - before, what
        if step % 10 == 0:
            await client.catch_up(files, "~/Docs")
            await compare(files, model, client.tree(str(root_key)))
    await client.catch_up(files, "~/Docs")
    fresh = Client()
    await fresh.catch_up(files, "~/Docs")
    for known in (client, fresh):
        await compare(files, model, known.tree(str(root_key)))


async def one_step(files: Files, model: Model, chance: random.Random) -> tuple[int, int, str]:
    """One random operation: the status expected, the status found, and what it was."""
    path, target = (
        "".join("/" + chance.choice(NAMES) for _ in range(chance.randint(1, 3))) for _ in range(2)
    )
    data = chance.choice(CONTENTS)
    what = chance.choice(("content", "content", "node", "magic", "delete", "move", "publish"))
    where, told = "~/Docs" + path, f"{what} {path}"
    if what == "content":
        reply = await files.content("PUT", where, data)
        return model.put_content(path, data), reply.status, told
    if what == "node":
        kind = chance.choice(("file", "directory"))
        reply = await files.node("PUT", where, {"kind": kind})
        return model.put_node(path, kind == "file"), reply.status, told
    if what == "magic":
        is_known = any(thing.data == data for thing in model.tree.values())
        body = {"kind": "file", "hash": hash_of(data), "magic_hash": magic_of(data)}
        reply = await files.node("PUT", where, body)
        return model.put_magic(path, data, is_known), reply.status, told
    if what == "delete":
        return model.delete(path), (await files.node("DELETE", where)).status, told
    if what == "move":
        may_replace = chance.random() < 0.7
        headers = {} if may_replace else {"Overwrite": "F"}
        reply = await files.node("PUT", where, {"path": target}, **headers)
        return model.move(path, target, may_replace), reply.status, f"{told} to {target}"
    is_public = chance.random() < 0.7
    reply = await files.node("PUT", where, {"is_public": is_public})
    return model.publish(path, is_public), reply.status, told


async def compare(files: Files, model: Model, known: dict[str, dict[str, object]]) -> None:
    """The server's numbers and a client's knowledge beside the model."""
    assert await files.used() == model.used()
    assert set(known) == set(model.tree)
    for path, thing in model.tree.items():
        node = known[path]
        assert (node["kind"] == "file") is thing.is_file, path
        if thing.is_file:
            expected = None if thing.data is None else hash_of(thing.data)
            assert (node["hash"], node["is_public"]) == (expected, thing.is_public), path
    public = (await files.ask("GET", f"{API}/public_files")).json
    wanted = sorted(path for path, thing in model.tree.items() if thing.is_public)
    assert [node["path"] for node in public] == wanted
    if model.tree:
        path = max(model.tree)
        thing = model.tree[path]
        got = await files.content("GET", "~/Docs" + path)
        assert (got.body == thing.data) if thing.data is not None else (got.status in (400, 404))
