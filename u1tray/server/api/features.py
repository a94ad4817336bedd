"""`/api/features/`: the extensions this server really has (REST contract, 16.1)."""

from __future__ import annotations

from u1tray import __version__
from u1tray.rest.signing import SIGNATURE_METHODS
from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES, MAX_OPERATIONS
from u1tray.server.api.calls import Call
from u1tray.server.messages.response import Response, json_response


async def show_features(call: Call) -> Response:
    """Clients rely on an extension only if it is listed here."""
    return json_response(
        {
            "server": {"name": call.cloud.settings.name, "version": __version__},
            "signature_methods": list(SIGNATURE_METHODS),
            "features": {
                "changes": {"url": "/api/file_storage/v1/changes"},
                "batch": {"url": "/api/file_storage/v1/batch"},
                "uploads": {"url": "/api/file_storage/v1/uploads/", "protocol": "tus 1.0.0"},
                "tokens": {"url": "/api/tokens/"},
                "batch_upload": {"url": "/api/file_storage/v1/batch/upload"},
                "batch_download": {"url": "/api/file_storage/v1/batch/download"},
                "recursive": {},
                "preconditions": {},
                "overwrite": {},
                "delete_empty": {},
            },
            "limits": {
                "max_upload_bytes": call.cloud.settings.max_upload_bytes,
                "max_batch_operations": MAX_OPERATIONS,
                "max_batch_bytes": MAX_BYTES,
                "max_batch_content_bytes": MAX_CONTENT_BYTES,
            },
        }
    )
