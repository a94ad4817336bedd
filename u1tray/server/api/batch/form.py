"""The form of a list of operations (REST contract, 16.4, 16.8 and 20).

One malformed operation refuses the whole list, before anything is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from multidict import CIMultiDict, CIMultiDictProxy

from u1tray.server.accounts.rules import is_utf8
from u1tray.server.api.batch.limits import MAX_OPERATIONS
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.messages.refusals import Code, Refusal

_PRECONDITIONS = ("if-match", "if-none-match")
_NONE = Preconditions()
T = TypeVar("T")


@dataclass(frozen=True)
class Operation:
    """What every operation has. `path` is plain text as in JSON, never decoded."""

    id: str | None
    path: str
    headers: Mapping[str, str]

    @property
    def segments(self) -> tuple[str, ...]:
        """The path in parts; the first begins with a ~."""
        return tuple(filter(None, self.path.split("/")))


def read_operations(body: Mapping[str, Any], read: Callable[[dict[str, Any]], T]) -> list[T]:
    """What `read` makes of each operation, an object without its null members. Raises Refusal."""
    listed = body.get("operations")
    if not isinstance(listed, list):
        raise Refusal(Code.BAD_VALUE, "operations is a list.")
    if len(listed) > MAX_OPERATIONS:
        raise Refusal(Code.TOO_LARGE, f"A batch has at most {MAX_OPERATIONS} operations.")
    return [read(_object(one, "An operation")) for one in listed]


def read_stops(body: Mapping[str, Any]) -> bool:
    """Whether the first failure stops. Raises Refusal."""
    stops = body.get("stop_on_error", False)
    if not isinstance(stops, bool):
        raise Refusal(Code.BAD_VALUE, "stop_on_error is true or false.")
    return stops


def read_operation(given: Mapping[str, Any]) -> Operation:
    """What every operation has. Raises Refusal."""
    number, path = given.get("id"), given.get("path")
    # It is told back once everything was done: too late to find that it cannot be.
    if not (number is None or (isinstance(number, str) and is_utf8(number))):
        raise Refusal(Code.BAD_VALUE, "The id is a string of valid Unicode.")
    if not isinstance(path, str) or not path.startswith("/~"):
        raise Refusal(Code.BAD_VALUE, "The path is the resource_path of a node.")
    headers = _object(given.get("headers", {}), "What stands in headers")
    if not all(isinstance(value, str) for value in headers.values()):
        raise Refusal(Code.BAD_VALUE, "A header is a string.")
    return Operation(number, path, headers)


def headers_of(given: Mapping[str, str], names: Sequence[str]) -> CIMultiDictProxy[str]:
    """The headers that may matter to an operation; names in any case."""
    every = CIMultiDict(given)
    return CIMultiDictProxy(
        CIMultiDict((name, value) for name in names for value in every.getall(name, []))
    )


def preconditions_of(operation: Operation) -> Preconditions:
    """The preconditions of an operation on a content."""
    given = operation.headers.items()
    if not given:
        return _NONE
    # As `read_preconditions`, in a quarter of the time that headers made for it take.
    values = [[value for name, value in given if name.lower() == one] for one in _PRECONDITIONS]
    return Preconditions(*(", ".join(found) if found else None for found in values))


def skipped() -> Refusal:
    """424 for one that was not tried."""
    return Refusal(Code.SKIPPED, "An operation before this one failed.")


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(Code.BAD_VALUE, f"{what} is an object.")
    if None not in value.values():
        return value
    return {name: member for name, member in value.items() if member is not None}
