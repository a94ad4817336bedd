"""What the cloud answers to a change becomes an observation of the remote tree.

An answer may be late: what news told of a later generation is newer, and stays. It may be of
another node than the one that was meant, for the cloud goes by paths; then nothing is noted, and
the news tell. Call all but `of` inside of `TreeStore.changing`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable
from dataclasses import dataclass

from u1tray.engine.core.values import Content, Node, Side
from u1tray.engine.ports import Changed, RemoteNode
from u1tray.engine.store.trees import TreeStore

_NO_NODE = 0


class WentBack(Changed):
    """The cloud is an older state of itself: what it had told does not count any more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was known of the cloud when it was asked."""

    epoch: int
    generation: int


class Answers:
    """The answers that concern one volume."""

    def __init__(self, trees: TreeStore) -> None:
        """For the operations of one volume."""
        self._trees = trees

    async def of(self, request: Awaitable[RemoteNode]) -> RemoteNode:
        """An answer of the cloud as it is known. Raises as `check`."""
        asked = self.ask()
        answer = await request
        self.check(asked, answer)
        return answer

    def ask(self) -> Asked:
        """The cloud as it is known now, for `check`."""
        return Asked(self._trees.epoch, self._trees.generation)

    def check(self, asked: Asked, answer: RemoteNode) -> None:
        """Raises Changed where the cloud was restored since it was asked, and WentBack where
        the answer shows that."""
        if self._trees.epoch != asked.epoch:
            raise gone()
        if answer.generation <= asked.generation and self._contradicts(answer, asked.generation):
            message = "the cloud has gone back"
            raise WentBack(message)

    def _contradicts(self, answer: RemoteNode, known: int) -> bool:
        """All up to the generation `known` was told, and the answer is none of it."""
        node_id = self._trees.remote_id(answer.key)
        if node_id is None:
            return self._trees.generation == known
        seen = self._trees.generation_of(node_id)
        return seen <= known and seen != answer.generation

    def made(self, parent: int, name: str, answer: RemoteNode) -> Node:
        """The node of an answer as it was made, of which the news may know more already.

        Its id is none of a node where it was deleted since. Raises Changed where its directory
        is gone: the server made another of its name.
        """
        trees = self._trees
        self._expect_parent(parent, answer)
        if answer.generation > trees.generation:
            try:
                return self._new(parent, name, answer)
            except sqlite3.IntegrityError:
                pass  # the news told of it, or something else is there
        node_id = trees.remote_id(answer.key)
        if node_id is None and answer.generation <= trees.generation:
            node_id = _NO_NODE
        elif node_id is None:
            self._expect_free(parent, name)
            node_id = self._new(parent, name, answer).id
        trees.reach(node_id, answer.generation, answer.changed_at)
        known = trees.node(Side.REMOTE, node_id)
        entry = None if known is None else known.entry
        return Node(Side.REMOTE, node_id, parent, name, answer.kind, answer.content, entry)

    def fill(self, node_id: int, content: Content, answer: RemoteNode) -> None:
        """A file was given a content. Raises Changed where it was another file."""
        self._expect(node_id, answer)
        if self._is_newest(node_id, answer):
            self._trees.fill(Side.REMOTE, node_id, content)
            self._trees.reach(node_id, answer.generation, answer.changed_at)

    def place(self, node_id: int, parent: int, name: str, answer: RemoteNode) -> None:
        """A node was moved. Raises Changed where another was, or the directory is gone."""
        self._expect(node_id, answer)
        self._expect_parent(parent, answer)
        if self._is_newest(node_id, answer):
            self._expect_free(parent, name, node_id)
            self._trees.place(Side.REMOTE, node_id, parent, name)
            self._trees.reach(node_id, answer.generation, answer.changed_at)

    def _new(self, parent: int, name: str, answer: RemoteNode) -> Node:
        return self._trees.add(
            Side.REMOTE,
            parent,
            name,
            answer.kind,
            answer.content,
            key=answer.key,
            generation=answer.generation,
            changed_at=answer.changed_at,
        )

    def _expect_parent(self, parent: int, answer: RemoteNode) -> None:
        """Raises Changed where the directory is gone, or the answer is of another one."""
        if answer.parent_key not in (None, self._key(parent)):
            raise gone()

    def _expect(self, node_id: int, answer: RemoteNode) -> None:
        if self._key(node_id) != answer.key:
            raise gone()

    def _expect_free(self, parent: int, name: str, but_for: int = _NO_NODE) -> None:
        there = self._trees.child(Side.REMOTE, parent, name)
        if there is not None and there.id != but_for:
            raise gone()

    def _is_newest(self, node_id: int, answer: RemoteNode) -> bool:
        return answer.generation >= self._trees.generation_of(node_id)

    def _key(self, node_id: int) -> str:
        try:
            return self._trees.key(node_id)
        except KeyError:
            raise gone() from None


def gone() -> Changed:
    """What an operation was about is not there any more."""
    message = "it is gone meanwhile"
    return Changed(message)
