"""Whole trees out of NDJSON as it comes (REST contract, 16.5). Asks for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from u1tray.rest import fields
from u1tray.rest.lines import NEWLINE, Lines
from u1tray.rest.nodes import Node
from u1tray.vocabulary.errors import ContractError

FEATURE = "recursive"
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Tree:
    """A node and all below, parents before children, as of one generation of its volume."""

    generation: int
    nodes: tuple[Node, ...]


class TreeReader(Generic[_Value]):
    """Feed it what arrives; nothing it gave counts before `finish` gave the generation.

    `read` makes of each JSON object what is given.
    """

    def __init__(self, read: Callable[[fields.Object], _Value]) -> None:
        self._read = read
        self._lines = Lines(NEWLINE)
        self._count = 0
        self._generation: int | None = None

    def feed(self, data: bytes) -> Iterator[_Value]:
        """What was read of the nodes that are whole by now. Raises ContractError."""
        for line in self._lines.feed(data):
            body = _object(line)
            if self._generation is not None:
                raise fields.broken(what="a listing that goes on behind its end")
            if body.get("end") is True:
                self._end(body)
                continue
            self._count += 1
            yield self._read(body)

    def finish(self) -> int:
        """The generation of the volume. Raises ContractError for a listing that is not whole."""
        if self._generation is None or self._lines.rest:
            raise incomplete()
        return self._generation

    def _end(self, body: fields.Object) -> None:
        self._generation = fields.count(body, "generation")
        if fields.count(body, "count") != self._count:
            raise incomplete()


def incomplete() -> ContractError:
    """What a listing without its end means to a person."""
    text = "The cloud's listing broke off before its end. Try again."
    return ContractError(text)


def _object(line: bytes) -> fields.Object:
    try:
        body = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise fields.broken(what="a line of a listing that is no JSON") from None
    if not isinstance(body, dict):
        raise fields.broken(what="a line of a listing that is no JSON object")
    return body
