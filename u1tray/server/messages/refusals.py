"""Errors of the REST contract, section 12: one code, one status, one body."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import Enum
from typing import Any

from u1tray.server.messages.response import Headers, Response, json_response
from u1tray.vocabulary.errors import BusyError, U1Error

NO_STORE = ("Cache-Control", "no-store")
OAUTH_CHALLENGE = ("WWW-Authenticate", 'OAuth realm="Ubuntu One"')


class Code(str, Enum):
    """The slug of an error; stable."""

    BAD_REQUEST = "bad_request"
    BAD_JSON = "bad_json"
    BAD_NAME = "bad_name"
    PATH_TOO_LONG = "path_too_long"
    BAD_KIND = "bad_kind"
    BAD_VALUE = "bad_value"
    BAD_HASH = "bad_hash"
    MAGIC_UNKNOWN = "magic_unknown"
    NESTED_VOLUME = "nested_volume"
    ROOT_VOLUME = "root_volume"
    VOLUME_ROOT = "volume_root"
    NOT_A_DIRECTORY = "not_a_directory"
    IS_DIRECTORY = "is_directory"
    BAD_MOVE = "bad_move"
    OAUTH_MALFORMED = "oauth_malformed"
    OAUTH_MISSING = "oauth_missing"
    OAUTH_INVALID = "oauth_invalid"
    OAUTH_TIMESTAMP_REFUSED = "oauth_timestamp_refused"
    OAUTH_NONCE_USED = "oauth_nonce_used"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an error
    TOKEN_NOT_ACCEPTED = "token_not_accepted"  # noqa: S105 - the name of an error
    ACCOUNT_DISABLED = "account_disabled"
    NOT_OWNER = "not_owner"
    DIRECTORY_NOT_PUBLISHABLE = "directory_not_publishable"
    NO_CHILDREN = "no_children"
    TLS_REQUIRED = "tls_required"
    NOT_FOUND = "not_found"
    NO_CONTENT = "no_content"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    OFFSET_MISMATCH = "offset_mismatch"
    UPLOAD_EXPIRED = "upload_expired"
    LENGTH_REQUIRED = "length_required"
    PRECONDITION_FAILED = "precondition_failed"
    TUS_VERSION = "tus_version"
    TOO_LARGE = "too_large"
    BAD_TYPE = "bad_type"
    BAD_RANGE = "bad_range"
    DELTA_GONE = "delta_gone"
    SKIPPED = "skipped"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    BUSY = "busy"
    MAINTENANCE = "maintenance"
    QUOTA_EXCEEDED = "quota_exceeded"
    SERVER_FULL = "server_full"


STATUS: Mapping[Code, int] = {
    Code.BAD_REQUEST: 400,
    Code.BAD_JSON: 400,
    Code.BAD_NAME: 400,
    Code.PATH_TOO_LONG: 400,
    Code.BAD_KIND: 400,
    Code.BAD_VALUE: 400,
    Code.BAD_HASH: 400,
    Code.MAGIC_UNKNOWN: 400,
    Code.NESTED_VOLUME: 400,
    Code.ROOT_VOLUME: 400,
    Code.VOLUME_ROOT: 400,
    Code.NOT_A_DIRECTORY: 400,
    Code.IS_DIRECTORY: 400,
    Code.BAD_MOVE: 400,
    Code.OAUTH_MALFORMED: 400,
    Code.OAUTH_MISSING: 401,
    Code.OAUTH_INVALID: 401,
    Code.OAUTH_TIMESTAMP_REFUSED: 401,
    Code.OAUTH_NONCE_USED: 401,
    Code.TOKEN_REVOKED: 403,
    Code.TOKEN_NOT_ACCEPTED: 403,
    Code.ACCOUNT_DISABLED: 403,
    Code.NOT_OWNER: 403,
    Code.DIRECTORY_NOT_PUBLISHABLE: 403,
    Code.NO_CHILDREN: 403,
    Code.TLS_REQUIRED: 403,
    Code.NOT_FOUND: 404,
    Code.NO_CONTENT: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.OFFSET_MISMATCH: 409,
    Code.UPLOAD_EXPIRED: 410,
    Code.LENGTH_REQUIRED: 411,
    Code.PRECONDITION_FAILED: 412,
    Code.TUS_VERSION: 412,
    Code.TOO_LARGE: 413,
    Code.BAD_TYPE: 415,
    Code.DELTA_GONE: 410,
    Code.BAD_RANGE: 416,
    Code.SKIPPED: 424,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.BUSY: 503,
    Code.MAINTENANCE: 503,
    Code.QUOTA_EXCEEDED: 507,
    Code.SERVER_FULL: 507,
}


class Refusal(Exception):  # noqa: N818 - the contract's word for an answer, not a fault of ours
    """A request that is answered with an error."""

    def __init__(
        self,
        code: Code,
        text: str,
        *,
        status: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        **more: Any,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = STATUS[code] if status is None else status
        self.headers = headers
        self.more = more

    def response(self) -> Response:
        """What the client gets."""
        headers = self.headers
        if self.status == 401:
            headers = (*headers, OAUTH_CHALLENGE)
        body = {"error": self.text, "code": self.code.value, **self.more}
        return json_response(body, self.status, headers)


def refusal_of(error: U1Error) -> Refusal | None:
    """What an error of the rules or of the storage is for whoever asked; None: a fault of ours."""
    try:
        code = Code(error.code)
    except ValueError:
        return None
    headers: Headers = ()
    if isinstance(error, BusyError):
        headers = (("Retry-After", str(int(error.retry_after or 1))),)
    return Refusal(code, error.text, headers=headers)


def internal_refusal() -> tuple[str, Refusal]:
    """A fresh oops id, for the log, and the 500 that shows it in header and body (12)."""
    oops_id = "OOPS-" + secrets.token_hex(16)
    text = f"The server failed. Please report {oops_id}."
    headers = (("x-oops-id", oops_id), NO_STORE)
    return oops_id, Refusal(Code.INTERNAL, text, headers=headers, oops_id=oops_id)
