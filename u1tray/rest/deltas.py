"""What changed in a volume after a generation, as plain values (REST contract, 9). Asks nothing."""

from __future__ import annotations

from dataclasses import dataclass

from u1tray.rest import fields, nodes
from u1tray.rest.failures import Reply
from u1tray.rest.nodes import Node
from u1tray.rest.requests import Request
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import API, encode_path


@dataclass(frozen=True)
class VolumeDelta:
    """The volume's generation, and its nodes that changed after another one, in order."""

    generation: int
    nodes: tuple[Node, ...]


def request(settings: CloudSettings, volume_path: str, generation: int) -> Request:
    """`GET API/volumes/{vol}?from_generation=N`; `volume_path` such as `~/Docs`."""
    path = encode_path(volume_path)
    url = f"{settings.api_url}{API}/volumes/{path}?from_generation={generation}"
    return Request("GET", url)


def read(reply: Reply, now: float) -> VolumeDelta:
    """Read the answer. `now` in Unix seconds. Raises the families' errors."""
    body = fields.json_object(reply, now)
    listed = fields.objects(fields.inner(body, "delta").get("nodes"), what="delta")
    return VolumeDelta(
        fields.count(body, "generation"), tuple(nodes.node_of(one) for one in listed)
    )
