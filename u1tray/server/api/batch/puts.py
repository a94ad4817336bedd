"""What a batch of contents asks for (REST contract, 16.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from u1tray.server.api.addresses import own_names
from u1tray.server.api.batch.form import (
    Operation,
    preconditions_of,
    read_operation,
    read_operations,
    read_stops,
)
from u1tray.server.api.batch.framing import check_sizes, read_line
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.files.space import Limit
from u1tray.server.files.values import Brought, Bytes, Fingerprint, Names
from u1tray.server.messages.refusals import Code, Refusal

# What is worked on at once, and is in memory then. Nobody else writes to SQLite meanwhile: 20 ms
# (measured, 4 KiB each).
_AT_ONCE = 250
PORTION_BYTES = 1024 * 1024


@dataclass(frozen=True)
class PutOperation(Operation):
    """One operation, its form checked; `size` in bytes."""

    size: int


@dataclass(frozen=True)
class Puts:
    """All of a request."""

    operations: list[PutOperation]
    stops: bool

    def portions(self) -> Iterator[list[PutOperation]]:
        """All operations in their order, some at a time."""
        portion: list[PutOperation] = []
        size = 0
        for operation in self.operations:
            size += operation.size
            if portion and (len(portion) == _AT_ONCE or size > PORTION_BYTES):
                yield portion
                portion, size = [], operation.size
            portion.append(operation)
        if portion:
            yield portion


@dataclass(frozen=True)
class Put:
    """An operation with its content; `target` is where it goes, or why it goes nowhere."""

    id: str | None
    target: Names | Refusal
    preconditions: Preconditions
    fingerprint: Fingerprint
    data: Bytes = field(repr=False)


def parse_puts(file: IO[bytes]) -> Puts:
    """The operations of a body, which lies in a file that is then at the contents.

    Raises Refusal: then nothing of it is done.
    """
    line = read_line(file)
    operations, stops = read_operations(line, _read), read_stops(line)
    check_sizes(file, [operation.size for operation in operations])
    return Puts(operations, stops)


def put_of(operation: PutOperation, brought: Brought, max_bytes: int | None) -> Put:
    """What is to be done; a file has at most `max_bytes`."""
    target: Names | Refusal
    try:
        target = own_names(operation.segments)
        Limit(max_bytes, 0, None).check(operation.size)
    except Refusal as refusal:
        target = refusal
    return Put(operation.id, target, preconditions_of(operation), *brought)


def _read(given: Mapping[str, Any]) -> PutOperation:
    common, size = read_operation(given), given.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise Refusal(Code.BAD_VALUE, "The size is a number of bytes.")
    return PutOperation(common.id, common.path, common.headers, size)
