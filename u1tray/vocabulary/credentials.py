"""Credentials: the five texts that let a program act for an account (D-Bus contract, 9.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Credentials:
    """A consumer and a token with their secrets. The repr shows no secret."""

    name: str
    consumer_key: str
    token: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token_secret: str = field(repr=False)

    @classmethod
    def from_wire(cls, found: Mapping[str, str]) -> Credentials | None:
        """Read a credentials dict; None when one of the four needed keys is missing or empty."""
        needed = ("consumer_key", "token", "consumer_secret", "token_secret")
        if not all(found.get(key) for key in needed):
            return None
        return cls(str(found.get("name", "")), *(str(found[key]) for key in needed))

    def to_wire(self) -> dict[str, str]:
        """The five keys of CredentialsFound."""
        return {
            "name": self.name,
            "consumer_key": self.consumer_key,
            "consumer_secret": self.consumer_secret,
            "token": self.token,
            "token_secret": self.token_secret,
        }


class CredentialsErrorType(str, Enum):
    """The errtypes of CredentialsError (D-Bus contract, 9.3)."""

    AUTHENTICATION = "AuthenticationError"
    GENERAL = "CredentialsError"
    USER_NOT_VALIDATED = "UserNotValidatedError"
    REGISTRATION = "RegistrationError"
    INVALID_EMAIL = "InvalidEmailError"
    INVALID_PASSWORD = "InvalidPasswordError"  # noqa: S105 - the name of an error
    GUI_NOT_AVAILABLE = "GUINotAvailableError"
    TWO_FACTOR_REQUIRED = "TwoFactorRequired"
    TWO_FACTOR_FAILURE = "TwoFactorFailure"
    CAPTCHA_REQUIRED = "CaptchaRequired"
    ACCOUNT_SUSPENDED = "AccountSuspended"
    ACCOUNT_DEACTIVATED = "AccountDeactivated"
    EMAIL_INVALIDATED = "EmailInvalidated"
    TOO_MANY_ATTEMPTS = "TooManyAttempts"
    INSECURE_CONNECTION = "InsecureConnection"
    KEYRING_LOCKED = "KeyringLocked"
    KEYRING_NOT_AVAILABLE = "KeyringNotAvailable"
    INVALID_CREDENTIALS = "InvalidCredentials"
    NETWORK = "NetworkError"
    SERVER = "ServerError"
