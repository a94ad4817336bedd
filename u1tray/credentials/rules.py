"""What the Credentials service decides without a bus, a disk or a cloud (D-Bus contract, 9).

Pure: names and attributes of stored items, their secret as text, and which errtype an error
travels as.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode

from u1tray.rest.failures import FormRefusedError
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import BusyError, KeyringError, RefusedError, U1Error, meaning_of

Attributes = dict[str, str]

APPLICATION = "Ubuntu One"
LABEL = "Ubuntu One"
CONTENT_TYPE = "application/octet-stream"
KEY_TYPE = "Ubuntu SSO credentials"
NAME_PREFIX = f"{APPLICATION} @ "

# --- items (9.4) -----------------------------------------------------------------------------


def default_name(host: str) -> str:
    """The name made up for credentials that come without one."""
    return NAME_PREFIX + host


def attributes(host: str) -> Attributes:
    """The attributes of our item. The separator inside a host name is written ` AT `."""
    return {"key-type": KEY_TYPE, "token-name": NAME_PREFIX + host.replace(" @ ", " AT ")}


def any_host() -> Attributes:
    """What finds our items of every host."""
    return {"key-type": KEY_TYPE}


def is_ours(found: Mapping[str, str]) -> bool:
    """Whether an item found by `any_host` belongs to Ubuntu One on some host."""
    return found.get("token-name", "").startswith(NAME_PREFIX)


def old_attributes(host: str) -> tuple[Attributes, ...]:
    """The two kinds of items from before, which are read and never written."""
    return (
        {"key-type": KEY_TYPE, "token-name": f"{quote(APPLICATION)} - {quote(host)}"},
        {"oauth-consumer-key": "ubuntuone", "ubuntuone-realm": "https://ubuntuone.com"},
    )


def encode_secret(credentials: Credentials) -> bytes:
    """The dict as `application/x-www-form-urlencoded`, UTF-8."""
    return urlencode(credentials.to_wire()).encode()


def decode_secret(secret: bytes, host: str) -> Credentials | None:
    """Credentials in an item's secret, of ours or of the two old kinds; None if incomplete."""
    try:
        found = dict(parse_qsl(secret.decode("utf-8"), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError):
        return None
    if "oauth_token" in found:
        found = {
            "consumer_key": found.get("oauth_consumer_key", "ubuntuone"),
            "consumer_secret": found.get("oauth_consumer_secret", "hammertime"),
            "token": found["oauth_token"],
            "token_secret": found.get("oauth_token_secret", ""),
        }
    return named(Credentials.from_wire(found), host)


def named(credentials: Credentials | None, host: str) -> Credentials | None:
    """The credentials with a name, made up if they have none."""
    if credentials is None or credentials.name:
        return credentials
    return replace(credentials, name=default_name(host))


# --- errors (9.3) ----------------------------------------------------------------------------

_BY_CODE: Mapping[str, CredentialsErrorType] = {
    "INVALID_CREDENTIALS": CredentialsErrorType.AUTHENTICATION,
    "INVALID_DATA": CredentialsErrorType.REGISTRATION,
    "TWOFACTOR_REQUIRED": CredentialsErrorType.TWO_FACTOR_REQUIRED,
    "TWOFACTOR_FAILURE": CredentialsErrorType.TWO_FACTOR_FAILURE,
    "CAPTCHA_REQUIRED": CredentialsErrorType.CAPTCHA_REQUIRED,
    "ACCOUNT_SUSPENDED": CredentialsErrorType.ACCOUNT_SUSPENDED,
    "ACCOUNT_DEACTIVATED": CredentialsErrorType.ACCOUNT_DEACTIVATED,
    "EMAIL_INVALIDATED": CredentialsErrorType.EMAIL_INVALIDATED,
    "TOO_MANY_REQUESTS": CredentialsErrorType.TOO_MANY_ATTEMPTS,
    "TLS_REQUIRED": CredentialsErrorType.INSECURE_CONNECTION,
    "account_disabled": CredentialsErrorType.ACCOUNT_SUSPENDED,
    "tls_required": CredentialsErrorType.INSECURE_CONNECTION,
}
_BY_FIELD: Mapping[str, CredentialsErrorType] = {
    "email": CredentialsErrorType.INVALID_EMAIL,
    "password": CredentialsErrorType.INVALID_PASSWORD,
}


def errtype_of(error: U1Error) -> str:
    """The errtype an error travels as: its own, the one of the server's code, or its family's."""
    own = {member.value for member in CredentialsErrorType}
    if error.code in own:
        return error.code
    if isinstance(error, FormRefusedError) and len(error.fields) == 1:
        return _BY_FIELD.get(next(iter(error.fields)), CredentialsErrorType.REGISTRATION).value
    known = _BY_CODE.get(error.code)
    return known.value if known is not None else meaning_of(error).errtype


def error_dict(error: U1Error) -> dict[str, str]:
    """The dict of CredentialsError: `errtype`, `message`, and what the error knows besides."""
    complaints = dict(error.fields) if isinstance(error, FormRefusedError) else {}
    found = complaints | {"errtype": errtype_of(error), "message": error.text}
    if error.oops_id:
        found["oops_id"] = error.oops_id
    if isinstance(error, BusyError) and error.retry_after is not None:
        found["retry_after"] = str(round(error.retry_after))
    return found


def refused(kind: CredentialsErrorType, text: str) -> RefusedError:
    """An error with an errtype of its own."""
    return RefusedError(text, code=kind.value)


def locked(text: str) -> KeyringError:
    """`KeyringLocked` (9.5)."""
    return KeyringError(text, code=CredentialsErrorType.KEYRING_LOCKED.value)


def not_available(text: str) -> KeyringError:
    """`KeyringNotAvailable` (9.5)."""
    return KeyringError(text, code=CredentialsErrorType.KEYRING_NOT_AVAILABLE.value)


def is_not_available(error: KeyringError) -> bool:
    """Whether there is no store at all, so that another may be tried."""
    return error.code == CredentialsErrorType.KEYRING_NOT_AVAILABLE.value
