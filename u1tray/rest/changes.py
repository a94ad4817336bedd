"""What a change stream tells, as plain values (REST contract, 16.2). Asks for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from u1tray.rest import fields
from u1tray.rest.events import Message
from u1tray.rest.fields import Object
from u1tray.rest.requests import Request

FEATURE = "changes"
SILENCE_SECONDS = 60.0  # of nothing, not even a heartbeat: the connection is dead


@dataclass(frozen=True)
class Hello:
    """The first event: the generation of every volume by its path, such as `~/Docs`."""

    volumes: Mapping[str, int]


@dataclass(frozen=True)
class GenerationChanged:
    """A volume moved on."""

    path: str
    generation: int


@dataclass(frozen=True)
class VolumeCreated:
    """There is a new volume."""

    path: str
    generation: int


@dataclass(frozen=True)
class VolumeDeleted:
    """A volume is gone."""

    path: str


@dataclass(frozen=True)
class Bye:
    """The last event: `shutdown`, `max_age`, `token_revoked`, `account_disabled` or another."""

    reason: str


Change = Hello | GenerationChanged | VolumeCreated | VolumeDeleted | Bye


def request(url: str) -> Request:
    """`GET API/changes`; `url` as announced (16.1)."""
    return Request("GET", url, {"Accept": "text/event-stream", "Cache-Control": "no-store"})


def read(message: Message) -> Change | None:
    """The change in an event; None for one that we do not know (17). Raises ContractError."""
    reader = _READERS.get(message.name)
    if reader is None:
        return None
    try:
        body = json.loads(message.data)
    except (ValueError, RecursionError):
        raise fields.broken(what=f"a {message.name} event that is no JSON") from None
    if not isinstance(body, dict):
        raise fields.broken(what=f"a {message.name} event that is no JSON object")
    return reader(body)


def _hello(body: Object) -> Hello:
    volumes = fields.objects(body.get("volumes"), what="volumes")
    return Hello({fields.text(one, "path"): fields.count(one, "generation") for one in volumes})


def _generation(body: Object) -> GenerationChanged:
    return GenerationChanged(fields.text(body, "path"), fields.count(body, "generation"))


def _volume(body: Object) -> Change | None:
    path, change = fields.text(body, "path"), fields.text(body, "change")
    if change == "created":
        return VolumeCreated(path, fields.count(body, "generation"))
    return VolumeDeleted(path) if change == "deleted" else None


def _bye(body: Object) -> Bye:
    return Bye(fields.optional(body, "reason"))


_READERS: Mapping[str, Callable[[Object], Change | None]] = {
    "hello": _hello,
    "generation": _generation,
    "volume": _volume,
    "bye": _bye,
}
