"""What the log-in window says about what went wrong: a sentence that says what to do, and where.

Every msgid is English and complete. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from u1tray.credentials.dialog.messages import Problem
from u1tray.status.texts import N_, Translator
from u1tray.vocabulary.credentials import CredentialsErrorType


class Place(Enum):
    """Beside which field a complaint stands; PAGE: below all of them."""

    PAGE = "page"
    CLOUD = "cloud"
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105 - the name of a field
    CODE = "code"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a field


@dataclass(frozen=True)
class Complaint:
    """`{text}` in the sentence is the service's own English one."""

    place: Place
    sentence: str


_E = CredentialsErrorType
_PASSWORD = Complaint(Place.PASSWORD, N_("The e-mail address or the password is wrong."))
_NOTHING_TO_DO = N_("This account is suspended. Ask whoever runs the cloud.")

COMPLAINTS: Mapping[CredentialsErrorType | Problem, Complaint] = {
    _E.AUTHENTICATION: _PASSWORD,
    _E.GENERAL: Complaint(Place.PAGE, N_("The log-in failed: {text}")),
    _E.USER_NOT_VALIDATED: Complaint(
        Place.EMAIL, N_("Confirm this address first: follow the link in the message sent to it.")
    ),
    _E.REGISTRATION: Complaint(Place.PAGE, N_("The log-in failed: {text}")),
    _E.INVALID_EMAIL: Complaint(Place.EMAIL, N_("This is not an e-mail address.")),
    _E.INVALID_PASSWORD: Complaint(Place.PASSWORD, N_("This password cannot be right.")),
    _E.GUI_NOT_AVAILABLE: Complaint(Place.PAGE, N_("The log-in failed: {text}")),
    _E.TWO_FACTOR_REQUIRED: Complaint(Place.CODE, N_("Type a code.")),
    _E.TWO_FACTOR_FAILURE: Complaint(
        Place.CODE, N_("This code is wrong or was used before. Type the next one.")
    ),
    _E.CAPTCHA_REQUIRED: Complaint(
        Place.PAGE, N_("The cloud wants to see a person: log in on its web page first.")
    ),
    _E.ACCOUNT_SUSPENDED: Complaint(Place.PAGE, _NOTHING_TO_DO),
    _E.ACCOUNT_DEACTIVATED: Complaint(
        Place.PAGE, N_("This account was deactivated. Ask whoever runs the cloud.")
    ),
    _E.EMAIL_INVALIDATED: Complaint(
        Place.EMAIL, N_("This address is not valid for the account any more. Use the new one.")
    ),
    _E.TOO_MANY_ATTEMPTS: Complaint(Place.PAGE, N_("Too many attempts.")),
    _E.INSECURE_CONNECTION: Complaint(
        Place.CLOUD, N_("Passwords are sent over https only. Write an address with https.")
    ),
    _E.KEYRING_LOCKED: Complaint(
        Place.PAGE, N_("The keyring is locked. Unlock it when it asks, and log in again.")
    ),
    _E.KEYRING_NOT_AVAILABLE: Complaint(
        Place.PAGE, N_("The log-in cannot be kept on this computer: {text}")
    ),
    _E.INVALID_CREDENTIALS: Complaint(Place.PAGE, N_("The log-in failed: {text}")),
    _E.NETWORK: Complaint(
        Place.PAGE, N_("The cloud cannot be reached. Check the network, then try again.")
    ),
    _E.SERVER: Complaint(Place.PAGE, N_("The cloud has met an error. Try again later.")),
    Problem.BAD_ADDRESS: Complaint(
        Place.CLOUD, N_("This is not an address. Write for example https://cloud.example.com")
    ),
    Problem.NO_ADDRESS: Complaint(Place.CLOUD, N_("Write the address of your cloud.")),
    Problem.NOT_A_CLOUD: Complaint(
        Place.CLOUD, N_("What answers there is not a cloud. Check the address.")
    ),
    Problem.NOT_TRUSTED: Complaint(
        Place.CLOUD,
        N_(
            "The connection is not secure: the cloud's certificate is not trusted. "
            "Check the address, or ask whoever runs the cloud."
        ),
    ),
    Problem.NOT_SAVED: Complaint(Place.PAGE, N_("The log-in failed: {text}")),
    Problem.WRONG_PASSPHRASE: Complaint(
        Place.PASSPHRASE, N_("This passphrase does not open the file.")
    ),
}
_BY_NAME = {kind.value: complaint for kind, complaint in COMPLAINTS.items()}


def place_of(problem: str) -> Place:
    """Where to complain."""
    return _complaint(problem).place


def sentence(problem: str, text: str, oops_id: str, translator: Translator) -> str:
    """The whole complaint."""
    said = translator.gettext(_complaint(problem).sentence).format(text=text)
    if oops_id:
        report = translator.gettext("The report is {name}.").format(name=oops_id)
        said = f"{said} {report}"
    return said


def waiting(seconds: int, translator: Translator) -> str:
    """How long until the next attempt, such as `Try again in 1:05 minutes.`"""
    minutes, rest = divmod(seconds, 60)
    if minutes:
        text = translator.gettext("Try again in {minutes}:{seconds:02} minutes.")
        return text.format(minutes=minutes, seconds=rest)
    text = translator.ngettext(
        "Try again in {seconds} second.", "Try again in {seconds} seconds.", rest
    )
    return text.format(seconds=rest)


def _complaint(problem: str) -> Complaint:
    return _BY_NAME.get(problem, COMPLAINTS[CredentialsErrorType.GENERAL])
