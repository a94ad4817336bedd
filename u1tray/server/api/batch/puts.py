"""What a batch of contents asks for (REST contract, 16.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from u1tray.server.api.addresses import own_names
from u1tray.server.api.batch.form import (
    Operation,
    preconditions_of,
    read_operation,
    read_operations,
    read_stops,
)
from u1tray.server.api.batch.framing import parse_line, parted
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.files.space import Limit
from u1tray.server.files.values import Fingerprint, Names
from u1tray.server.messages.refusals import Code, Refusal


@dataclass(frozen=True)
class PutOperation(Operation):
    """One operation, its form checked; `size` in bytes."""

    size: int


@dataclass(frozen=True)
class Puts:
    """All of a request; a content for each operation."""

    operations: list[PutOperation]
    contents: list[bytes] = field(repr=False)
    stops: bool


@dataclass(frozen=True)
class Put:
    """An operation with its content; `target` is where it goes, or why it goes nowhere."""

    id: str | None
    target: Names | Refusal
    preconditions: Preconditions
    fingerprint: Fingerprint
    data: bytes = field(repr=False)


def parse_puts(body: bytes) -> Puts:
    """The operations in a body. Raises Refusal: then nothing of it is done."""
    line, start = parse_line(body)
    operations, stops = read_operations(line, _read), read_stops(line)
    sizes = [operation.size for operation in operations]
    return Puts(operations, list(parted(body, start, sizes)), stops)


def put_of(
    operation: PutOperation, fingerprint: Fingerprint, data: bytes, max_bytes: int | None
) -> Put:
    """What is to be done; a file has at most `max_bytes`."""
    target: Names | Refusal
    try:
        target = own_names(operation.segments)
        Limit(max_bytes, 0, None).check(operation.size)
    except Refusal as refusal:
        target = refusal
    return Put(operation.id, target, preconditions_of(operation), fingerprint, data)


def _read(given: Mapping[str, Any]) -> PutOperation:
    common, size = read_operation(given), given.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise Refusal(Code.BAD_VALUE, "The size is a number of bytes.")
    return PutOperation(common.id, common.path, common.headers, size)
