"""From an answer of the cloud to one of our errors, with a text that says what to do next.

Decided by status, then code (REST contract, 12, 14, 17). The server's own sentence is shown
behind ours; nothing we sent ever is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from types import MappingProxyType

from u1tray.vocabulary.errors import (
    BusyError,
    ConflictError,
    ContractError,
    NotFoundError,
    QuotaError,
    RefusedError,
    ServerError,
    SignedOutError,
    U1Error,
)
from u1tray.vocabulary.units import format_bytes

LONGEST_SENTENCE = 300  # characters of the server's text that are shown
SAYS = " The cloud says: "  # between our sentence and the server's
LONGEST_RETRY_AFTER_SECONDS = 86400.0


@dataclass(frozen=True)
class Reply:
    """One answer, read to its end. The repr shows neither headers nor body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_repeated: bool = False  # it answers a second or later attempt (17)

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"

    @property
    def is_success(self) -> bool:
        """Any 2xx (17)."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """A header's value; its name in any case."""
        wanted = name.lower()
        return next((v for k, v in self.headers.items() if k.lower() == wanted), None)


class FormRefusedError(RefusedError):
    """Log-in data refused field by field (14.2, `INVALID_DATA`); `fields` holds the complaints."""

    fields: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Failure:
    """A family, and our sentence for people; `shows` adds the server's."""

    kind: type[U1Error]
    text: str
    shows: bool = False


_LOG_IN_AGAIN = "The cloud does not accept this computer's credentials any more. Log in again."
_LATER = "The cloud is busy. Try again later."
_FULL = "There is not enough space left in the cloud. Delete something or get more space."
_BROKEN = "The cloud did not understand this program; one of the two should be updated."
_STRANGE = Failure(ContractError, "This does not answer like a cloud. Check its address.")

# By code: the codes of section 12, then those of 14.2.
BY_CODE: Mapping[str, Failure] = {
    "oauth_malformed": Failure(ContractError, _BROKEN, shows=True),
    "oauth_missing": Failure(SignedOutError, _LOG_IN_AGAIN),
    "oauth_invalid": Failure(SignedOutError, _LOG_IN_AGAIN),
    "oauth_timestamp_refused": Failure(
        RefusedError,
        "The clocks of this computer and of the cloud differ by more than five minutes. "
        "Set the clock and try again.",
    ),
    "oauth_nonce_used": Failure(RefusedError, "The cloud took this for a repetition. Try again."),
    "token_revoked": Failure(
        SignedOutError, "This computer was logged out of the cloud. Log in again."
    ),
    "token_not_accepted": Failure(
        SignedOutError, "The last log-in was not completed. Log in again."
    ),
    "account_disabled": Failure(
        RefusedError, "This account is disabled. Ask whoever runs the cloud."
    ),
    "tls_required": Failure(
        RefusedError, "The cloud accepts this only over https. Set its https address."
    ),
    "not_owner": Failure(RefusedError, "This belongs to another account."),
    "directory_not_publishable": Failure(RefusedError, "Folders cannot be published, only files."),
    "no_children": Failure(RefusedError, "This is a file, not a folder."),
    "magic_unknown": Failure(NotFoundError, "The cloud does not hold this content yet."),
    "no_content": Failure(NotFoundError, "This file has no content yet."),
    "offset_mismatch": Failure(ConflictError, "The upload went on elsewhere. Start it again."),
    "delta_gone": Failure(ConflictError, "Too much has changed; everything must be listed again."),
    "upload_expired": Failure(ConflictError, "The upload is too old. Start it again."),
    "too_large": Failure(RefusedError, "This is larger than the cloud accepts.", shows=True),
    "server_full": Failure(QuotaError, "The cloud's disk is full. Tell whoever runs the cloud."),
    "INVALID_CREDENTIALS": Failure(SignedOutError, "The e-mail address or the password is wrong."),
    "INVALID_DATA": Failure(FormRefusedError, "The cloud refused the log-in data.", shows=True),
    "TWOFACTOR_REQUIRED": Failure(SignedOutError, "The account needs a two-factor code as well."),
    "TWOFACTOR_FAILURE": Failure(SignedOutError, "The two-factor code is wrong. Try the next one."),
    "ACCOUNT_SUSPENDED": Failure(
        RefusedError, "This account is suspended. Ask whoever runs the cloud."
    ),
    "ACCOUNT_DEACTIVATED": Failure(
        RefusedError, "This account was deactivated. Ask whoever runs the cloud."
    ),
    "EMAIL_INVALIDATED": Failure(
        RefusedError, "This e-mail address is not valid for the account any more."
    ),
    "TLS_REQUIRED": Failure(
        RefusedError, "The cloud takes passwords only over https. Set its https address."
    ),
    "CAPTCHA_REQUIRED": Failure(
        RefusedError, "The cloud wants to see a person: log in on its web page first."
    ),
    "TOO_MANY_REQUESTS": Failure(BusyError, "Too many attempts. Wait before the next one."),
}

# By status, for codes we do not know and for answers of proxies.
BY_STATUS: Mapping[int, Failure] = {
    400: Failure(RefusedError, "The cloud refused this.", shows=True),
    401: Failure(SignedOutError, _LOG_IN_AGAIN),
    402: Failure(QuotaError, _FULL),
    403: Failure(RefusedError, "The cloud does not allow this.", shows=True),
    404: Failure(NotFoundError, "The cloud does not have this.", shows=True),
    405: Failure(ContractError, _BROKEN),
    409: Failure(ConflictError, "It changed in the cloud meanwhile. Look and try again."),
    410: Failure(ConflictError, "It is gone from the cloud. Start again."),
    411: Failure(ContractError, _BROKEN),
    412: Failure(ConflictError, "It changed in the cloud meanwhile. Look and try again."),
    413: Failure(RefusedError, "This is larger than the cloud accepts.", shows=True),
    415: Failure(ContractError, _BROKEN),
    416: Failure(RefusedError, "The cloud does not have this part of the file."),
    424: Failure(RefusedError, "Skipped after an earlier failure."),
    429: Failure(BusyError, "Too many requests. Wait before the next one."),
    502: Failure(BusyError, _LATER),
    503: Failure(BusyError, _LATER, shows=True),
    504: Failure(BusyError, _LATER),
    507: Failure(QuotaError, _FULL),
}
# What they say stands in the word for their family, too.
GENERAL = frozenset(BY_STATUS[status].text for status in (400, 403, 404))

# With a page instead of our JSON they come from another server: nothing is said about the cloud.
_OF_OTHERS = (404, 501)
_REDIRECT = Failure(
    ContractError, "The cloud's address leads elsewhere. Check the address in the settings."
)
_OTHER_4XX = Failure(RefusedError, "The cloud refused this.", shows=True)
_OTHER_5XX = Failure(ServerError, "The cloud failed. Try again later.")


def code_of(reply: Reply) -> str:
    """The `code` in a JSON error body (12, 14.2), else `''`."""
    code = _error_body(reply).get("code", "")
    return code if isinstance(code, str) else ""


def failure_of(reply: Reply, now: float) -> U1Error | None:
    """The error an answer means, None for a success. `now` in Unix seconds, for Retry-After."""
    if reply.is_success:
        return None
    body = _error_body(reply)
    code = code_of(reply)
    failure = BY_CODE.get(code) or BY_STATUS.get(reply.status) or _by_class(reply.status)
    if reply.status in _OF_OTHERS and reply.body and not body:
        failure = _STRANGE
    text = failure.text
    sentence = _sentence(body.get("error") or body.get("message"))
    if failure.shows and sentence:
        text += SAYS + sentence
    if failure.kind is QuotaError:
        text += _missing(body)
    oops_id = _sentence(reply.header("x-oops-id") or body.get("oops_id"))
    if oops_id:
        text = f"{text} (The cloud's report: {oops_id})"
    if failure.kind is BusyError:
        after = retry_after_seconds(reply.header("retry-after"), now)
        return BusyError(text, code=code, oops_id=oops_id, retry_after=after)
    error = failure.kind(text, code=code, oops_id=oops_id)
    if isinstance(error, FormRefusedError):
        error.fields = _complaints(body.get("extra"))
    return error


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Seconds to wait, from a Retry-After of seconds or of an HTTP date; at most a day."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER_SECONDS)
    moment = http_date(text)
    if moment is None:
        return None
    return min(max(0.0, moment - now), LONGEST_RETRY_AFTER_SECONDS)


def http_date(text: str | None) -> float | None:
    """Unix seconds of an HTTP date (RFC 9110, 5.6.7), or None."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - few answers have one we need

    try:
        moment = parsedate_to_datetime(text or "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def _by_class(status: int) -> Failure:
    classes = {3: _REDIRECT, 4: _OTHER_4XX, 5: _OTHER_5XX}
    return classes.get(status // 100, _STRANGE)


def _error_body(reply: Reply) -> Mapping[str, object]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _missing(body: Mapping[str, object]) -> str:
    """How much an upload is too large for what is free, `''` if that is not said (12)."""
    free, needed = body.get("free_bytes"), body.get("needed_bytes")
    if type(free) is not int or type(needed) is not int or not 0 <= free < needed:
        return ""
    return f" ({format_bytes(needed - free)} are missing; {format_bytes(free)} are free.)"


def _complaints(extra: object) -> dict[str, str]:
    """The `extra` of an SSO error: lists of messages by field, as one line each."""
    listed = extra if isinstance(extra, dict) else {}
    return {
        _sentence(field): " ".join(_sentence(message) for message in messages)
        for field, messages in listed.items()
        if isinstance(messages, list)
    }


def _sentence(text: object) -> str:
    """One printable line of a text from outside, or `''`."""
    if not isinstance(text, str):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST_SENTENCE else line[: LONGEST_SENTENCE - 1] + "…"
