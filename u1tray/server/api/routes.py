"""The table of all routes (REST contract, 1). What is not here is 404."""

from __future__ import annotations

from u1tray.server.api.account import show_account
from u1tray.server.api.addresses import refuse_other_owner
from u1tray.server.api.batch.download import download_contents
from u1tray.server.api.batch.nodes import run_batch
from u1tray.server.api.batch.upload import upload_contents
from u1tray.server.api.changes import stream_changes
from u1tray.server.api.contents import get_content, get_joined, put_content, put_joined
from u1tray.server.api.features import show_features
from u1tray.server.api.nodes import NODE, list_public
from u1tray.server.api.ping import ping
from u1tray.server.api.public import show_public
from u1tray.server.api.quota import show_quota
from u1tray.server.api.routing import Route, Router
from u1tray.server.api.sso_v1 import authenticate
from u1tray.server.api.sso_v2 import create_token
from u1tray.server.api.time import show_time
from u1tray.server.api.tokens import list_tokens, revoke_token
from u1tray.server.api.uploads import (
    TUS_HEADERS,
    append_upload,
    create_upload,
    discard_upload,
    show_tus,
    show_upload,
)
from u1tray.server.api.user import show_user
from u1tray.server.api.volumes import list_volumes, make_volume, remove_volume, show_volume
from u1tray.server.web.routes import WEB_ROUTES

# Everything below these needs credentials, whether there is such a URL or not (2.1).
SIGNED_ROOTS = frozenset({"api", "content"})

PINGS = frozenset(
    {"/oauth/sso-finished-so-get-tokens/", "/oauth/sso-finished-so-get-tokens/{email}"}
)

_FILES = "/api/file_storage/v1"
_CONTENT = {"GET": get_content, "PUT": put_content}
_JOINED = {"GET": get_joined, "PUT": put_joined}

ROUTES = (
    Route(_FILES, signed={"GET": show_user}),
    Route(f"{_FILES}/volumes", signed={"GET": list_volumes}),
    Route(
        f"{_FILES}/volumes/{{path...}}",
        signed={"GET": show_volume, "PUT": make_volume, "DELETE": remove_volume},
    ),
    Route(f"{_FILES}/public_files", signed={"GET": list_public}),
    Route(f"{_FILES}/changes", signed={"GET": stream_changes}),
    Route(f"{_FILES}/content/~/{{path...}}", signed=_CONTENT, joined=_JOINED),
    Route(
        f"{_FILES}/uploads/",
        signed={"POST": create_upload},
        open={"OPTIONS": show_tus},
        headers=TUS_HEADERS,
        takes_override=True,
    ),
    Route(
        f"{_FILES}/uploads/{{id}}",
        signed={"HEAD": show_upload, "PATCH": append_upload, "DELETE": discard_upload},
        headers=TUS_HEADERS,
        takes_override=True,
    ),
    Route("/content/~/{path...}", signed=_CONTENT, joined=_JOINED),
    Route(f"{_FILES}/batch", signed={"POST": run_batch}),
    Route(f"{_FILES}/batch/upload", signed={"POST": upload_contents}),
    Route(f"{_FILES}/batch/download", signed={"POST": download_contents}),
    Route(f"{_FILES}/~/{{path...}}", signed=NODE),
    Route(
        f"{_FILES}/~{{owner}}/{{path...}}",
        signed=dict.fromkeys(NODE, refuse_other_owner),
    ),
    Route("/api/account/", signed={"GET": show_account}),
    Route("/api/quota/", signed={"GET": show_quota}),
    Route("/api/tokens/", signed={"GET": list_tokens}),
    Route("/api/tokens/{id}", signed={"DELETE": revoke_token}),
    Route("/api/time", open={"GET": show_time}),
    Route("/api/features/", open={"GET": show_features}),
    Route("/api/1.0/authentications", open={"GET": authenticate}),
    Route("/api/v2/tokens/oauth", open={"POST": create_token}),
    Route("/{id}", open={"GET": show_public}, reserved=SIGNED_ROOTS),
    *(Route(pattern, signed={"GET": ping}) for pattern in sorted(PINGS)),
    *WEB_ROUTES,
)

ROUTER = Router(ROUTES)
