"""`API/uploads/`: resumable uploads, tus 1.0.0 (REST contract, 16.3)."""

from __future__ import annotations

from u1tray.rest.urls import API, encode_path
from u1tray.server.api.calls import Call, SignedCall
from u1tray.server.api.contents import limit_of
from u1tray.server.clock import http_date
from u1tray.server.files import operations
from u1tray.server.files.operations import Address, Changed
from u1tray.server.files.paths import inside_text
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response, empty_response
from u1tray.server.storage.directory import disk_is_full, is_full
from u1tray.server.storage.hashing import Hashing
from u1tray.server.uploads import headers as tus
from u1tray.server.uploads.values import Upload

# On every answer of these URLs.
TUS_HEADERS: Headers = (("Tus-Resumable", tus.VERSION),)
_VERSIONS: Headers = (("Tus-Version", tus.VERSION),)


async def show_tus(call: Call) -> Response:
    """What of tus this server speaks."""
    limit = call.cloud.settings.max_upload_bytes
    sizes: Headers = () if limit is None else (("Tus-Max-Size", str(limit)),)
    return empty_response(204, (*_VERSIONS, ("Tus-Extension", tus.EXTENSIONS), *sizes))


async def create_upload(call: SignedCall) -> Response:
    """A new upload; one of no bytes is committed at once."""
    _check_version(call)
    asked = call.request.headers
    if "Upload-Length" not in asked:
        raise Refusal(Code.LENGTH_REQUIRED, "Say Upload-Length.")
    length = tus.parse_number("Upload-Length", asked.get("Upload-Length"))
    metadata = tus.parse_metadata(",".join(asked.getall("Upload-Metadata", [])))
    upload = call.cloud.uploads.new(
        account_id=call.account.id,
        target=tus.target_of(metadata),
        preconditions=tus.preconditions_of(metadata),
        length=length,
    )
    location = ("Location", f"{API}/uploads/{upload.id}")
    if length == 0:
        return empty_response(201, (location, *_committed(await _store_nothing(call, upload))))
    await call.cloud.uploads.create(upload, lambda old: _check_room(call, old, length))
    return empty_response(201, (location, _expires(upload)))


async def show_upload(call: SignedCall) -> Response:
    """How much of an upload is here."""
    _check_version(call)
    upload = await call.cloud.uploads.find(call.account.id, call.arguments["id"])
    return empty_response(
        200,
        (
            ("Upload-Offset", str(upload.received)),
            ("Upload-Length", str(upload.length)),
            _expires(upload),
            ("Cache-Control", "no-store"),
        ),
    )


async def append_upload(call: SignedCall) -> Response:
    """More bytes; with the last one the file has its new content."""
    _check_version(call)
    asked, body = call.request.headers, call.request.body
    if asked.get("Content-Type", "").strip().lower() != tus.CONTENT_TYPE:
        raise Refusal(Code.BAD_TYPE, f"The Content-Type is {tus.CONTENT_TYPE}.")
    if body.length is None and not body.is_chunked:
        raise Refusal(Code.LENGTH_REQUIRED, "Say Content-Length, or send the body in chunks.")
    offset = tus.parse_number("Upload-Offset", asked.get("Upload-Offset"))
    if is_full(call.cloud.directory):
        await call.cloud.uploads.find(call.account.id, call.arguments["id"])
        raise disk_is_full()
    appended = await call.cloud.uploads.append(call.account.id, call.arguments["id"], offset, body)
    upload = appended.upload
    if appended.changed is None:
        more: Headers = (_expires(upload),)
        return empty_response(204, (("Upload-Offset", str(upload.received)), *more))
    more = _committed(appended.changed)
    return empty_response(204, (("Upload-Offset", str(upload.length)), *more))


async def discard_upload(call: SignedCall) -> Response:
    """An upload given up."""
    _check_version(call)
    await call.cloud.uploads.discard(call.account.id, call.arguments["id"])
    return empty_response(204)


def _check_room(call: SignedCall, old_size: int, length: int) -> None:
    """Raises Refusal, QuotaError."""
    limit_of(call, old_size).check(length)
    if is_full(call.cloud.directory):
        raise disk_is_full()


async def _store_nothing(call: SignedCall, upload: Upload) -> Changed:
    return await call.cloud.workers.write(
        operations.put_content,
        Address(upload.account_id, upload.names),
        upload.preconditions,
        fingerprint=Hashing().fingerprint(),
        data=b"",
        now=call.cloud.clock.now(),
    )


def _check_version(call: SignedCall) -> None:
    if call.request.headers.get("Tus-Resumable", "").strip() != tus.VERSION:
        text = f"This server speaks tus {tus.VERSION}: say so in Tus-Resumable."
        raise Refusal(Code.TUS_VERSION, text, headers=_VERSIONS)


def _committed(changed: Changed) -> Headers:
    node_path = encode_path(f"/{changed.volume.path}{inside_text(changed.names)}")
    assert changed.node.tag is not None
    return (("ETag", changed.node.tag), ("Content-Location", API + node_path))


def _expires(upload: Upload) -> tuple[str, str]:
    return "Upload-Expires", http_date(upload.expires_at)
