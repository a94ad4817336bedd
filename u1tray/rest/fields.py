"""The fields of a JSON answer, each checked; whatever breaks the contract is a ContractError.

Nothing here trusts a type, a sign or a size in a body (REST contract, 2.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from u1tray.rest.failures import Reply, failure_of
from u1tray.vocabulary.errors import ContractError

LARGEST = 2**63 - 1

Object = Mapping[str, object]


def json_object(reply: Reply, now: float) -> Object:
    """The JSON object in a successful answer. Raises the error a failed one means."""
    raise_failure(reply, now)
    return parsed(reply)


def json_list(reply: Reply, now: float) -> list[Object]:
    """The JSON objects listed in a successful answer."""
    raise_failure(reply, now)
    return objects(_loaded(reply), what="a list")


def parsed(reply: Reply) -> Object:
    """The JSON object in an answer of any status."""
    body = _loaded(reply)
    if not isinstance(body, dict):
        raise broken(what="an answer that is no JSON object")
    return body


def raise_failure(reply: Reply, now: float) -> None:
    """Raise the error an answer means, if it means one. `now` in Unix seconds."""
    failure = failure_of(reply, now)
    if failure is not None:
        raise failure


def count(body: Object, key: str) -> int:
    """A number from 0 to 2^63-1."""
    value = body.get(key)
    # A bool is an int to Python, but not to the contract (2.2, 11).
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise broken(what=key)
    return value


def text(body: Object, key: str) -> str:
    """A string that must be there."""
    value = body.get(key)
    if not isinstance(value, str):
        raise broken(what=key)
    return value


def optional(body: Object, key: str) -> str:
    """A string, `''` for anything else."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def inner(body: Object, key: str) -> Object:
    """An object within an object, empty for anything else."""
    return mapping(body.get(key))


def mapping(value: object) -> Object:
    """An object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: object, *, what: str) -> list[Object]:
    """A list of objects and of nothing else."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise broken(what=what)
    return value


def broken(*, what: str) -> ContractError:
    """What an answer that makes no sense means to a person."""
    return ContractError(
        f"The cloud's answer makes no sense ({what}). Check its address; "
        "if it is right, the cloud or this program should be updated."
    )


def _loaded(reply: Reply) -> object:
    try:
        return json.loads(reply.body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise broken(what="an answer that is no JSON") from None
