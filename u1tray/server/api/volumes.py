"""`API/volumes`: volumes listed, shown, made and removed (REST contract, 5), and deltas (9)."""

from __future__ import annotations

from sqlalchemy import Connection

from u1tray.server.api.addresses import public_prefix, rest_of
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.spool import spooled_response
from u1tray.server.files import deltas, paths, volumes
from u1tray.server.files.represent import volume_object
from u1tray.server.files.tombstones import check_remembered
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import JSON, Response, json_response
from u1tray.server.storage.metadata import volumes as rows


async def list_volumes(call: SignedCall) -> Response:
    """All volumes, the root first."""
    found = await call.cloud.workers.read(rows.of_account, call.account.id)
    return json_response([volume_object(volume) for volume in found])


async def show_volume(call: SignedCall) -> Response:
    """One volume, with a delta if one is asked for."""
    since = deltas.parse_generation(call.request.target.parameter("from_generation"))
    path = paths.volume_path(rest_of(call))
    if since is None:
        volume = await call.cloud.workers.find(volumes.find, call.account.id, path)
        return json_response(volume_object(volume))
    return await call.cloud.workers.read(_delta, call, path, since)


async def make_volume(call: SignedCall) -> Response:
    """A volume, new or there already."""
    segments = rest_of(call)
    path = paths.volume_path(segments)
    if path is None:
        raise Refusal(Code.BAD_NAME, "A volume's path is ~/ and one or more names.")
    volume, is_new = await call.cloud.workers.write(
        volumes.ensure, call.account.id, path, call.cloud.clock.now()
    )
    return json_response(volume_object(volume), 201 if is_new else 200)


async def remove_volume(call: SignedCall) -> Response:
    """A volume with its tree."""
    path = paths.volume_path(rest_of(call))
    workers = call.cloud.workers
    measured = await workers.read(volumes.measure, call.account.id, path)
    await workers.write(volumes.remove, call.account.id, path, measured)
    return json_response({})


def _delta(connection: Connection, call: SignedCall, path: str | None, since: int) -> Response:
    volume = volumes.find(connection, call.account.id, path)
    check_remembered(connection, volume, since)
    pieces = deltas.pieces(connection, volume, since, public_prefix(call))
    return spooled_response(pieces, JSON, call.cloud.directory)
