"""The one place where states become sentences for people, in their language.

Text for logs and protocols is not made here. Every msgid is English and complete; places are
named (`{count}`), so that a translation may move them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from u1tray.status.commands import Notice, Notify
from u1tray.status.names import last_part, one_line, shortened
from u1tray.status.values import (
    Action,
    Direction,
    Indicator,
    Sentence,
    Storage,
    StorageProblem,
    Transfer,
    View,
)
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.units import format_bytes

OLD_SECONDS = 600.0
"""A quota older than this is shown with its age."""


class Translator(Protocol):
    """What `gettext.NullTranslations` and its like can do."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str: ...


def N_(message: str) -> str:  # noqa: N802 - the name that extractors of messages know
    """The message itself, marked for extraction."""
    return message


INDICATORS: Mapping[Indicator, str] = {
    Indicator.STOPPED: N_("stopped"),
    Indicator.STARTING: N_("starting"),
    Indicator.DISCONNECTED: N_("disconnected"),
    Indicator.OFFLINE: N_("offline"),
    Indicator.CONNECTING: N_("connecting"),
    Indicator.SYNCING: N_("syncing"),
    Indicator.UP_TO_DATE: N_("up to date"),
    Indicator.OVER_QUOTA: N_("storage full"),
    Indicator.NEEDS_LOGIN: N_("log-in needed"),
    Indicator.ERROR: N_("error"),
    Indicator.WAITING_FOR_KEYRING: N_("waiting for the keyring"),
    Indicator.PAUSED: N_("paused"),
}

ACTIONS: Mapping[Action, str] = {
    Action.TURN_ON: N_("Turn on"),
    Action.HELP: N_("Help"),
    Action.START: N_("Start"),
    Action.STOP: N_("Stop"),
    Action.RESTART: N_("Restart"),
    Action.LOG_IN: N_("Log in"),
    Action.UNLOCK_KEYRING: N_("Unlock keyring"),
    Action.CONNECT: N_("Connect"),
    Action.DISCONNECT: N_("Disconnect"),
    Action.PAUSE: N_("Pause"),
    Action.RESUME: N_("Resume"),
    Action.OPEN_FOLDER: N_("Open folder"),
    Action.FREE_UP_SPACE: N_("Free up space"),
    Action.APPLY_HELD: N_("Delete them on both sides"),
    Action.RESTORE_HELD: N_("Bring them back"),
    Action.SPARE_NOTHING: N_("Sync them all the same"),
}

# 8.3 word for word; those with a number of files are written out in `sentence`.
SENTENCES: Mapping[Sentence, str] = {
    Sentence.NO_BUS: N_("The session bus cannot be reached"),
    Sentence.TURNED_OFF: N_("File sync is turned off"),
    Sentence.NOT_INSTALLED: N_("No file sync service is installed"),
    Sentence.NOT_RUNNING: N_("File sync is not running"),
    Sentence.MUTE: N_("The file sync service does not answer"),
    Sentence.STARTING: N_("File sync is starting"),
    Sentence.SHUTTING_DOWN: N_("File sync is shutting down"),
    Sentence.ACCOUNT_REFUSED: N_("The server did not accept your account"),
    Sentence.LOGIN_REFUSED: N_("The server did not accept your log-in"),
    Sentence.OTHER_ACCOUNT: N_("This folder belongs to another account"),
    Sentence.NOT_UNDERSTOOD: N_("File sync and the server do not understand each other"),
    Sentence.FAILED: N_("File sync has met an error"),
    Sentence.LOOKING: N_("Looking at your files"),
    Sentence.STORAGE_FULL: N_("Your storage is full"),
    Sentence.SYNCING_CHANGES: N_("Syncing changes"),
    Sentence.UP_TO_DATE: N_("File sync is up to date"),
    Sentence.ASKING_CHANGES: N_("Asking the server for changes"),
    Sentence.CONNECTING: N_("Connecting to the server"),
    Sentence.PAUSED: N_("File sync is paused"),
    Sentence.PAUSED_UNTIL: N_("File sync is paused until {until}"),
    Sentence.KEYRING: N_("Waiting for the keyring"),
    Sentence.LOG_IN: N_("Log in to start syncing"),
    Sentence.DISCONNECTED: N_("File sync is disconnected"),
    Sentence.OFFLINE: N_("There is no network connection"),
    Sentence.UNREACHABLE: N_("The server cannot be reached, trying again"),
    Sentence.REPORTS: N_("File sync reports: {description}"),
    Sentence.RESTART_FAILED: N_("The old file sync service does not stop"),
}

PROBLEMS: Mapping[StorageProblem, str] = {
    StorageProblem.NOT_ASKED: N_("Storage not known yet"),
    StorageProblem.NO_CLOUD: N_("No cloud is set up"),
    StorageProblem.SIGNED_OUT: N_("Log in to see your storage"),
    StorageProblem.OFFLINE: N_("The cloud cannot be reached"),
    StorageProblem.TLS: N_("No secure connection to the cloud"),
    StorageProblem.SERVER: N_("The cloud has met an error"),
    StorageProblem.NOT_A_CLOUD: N_("The cloud's answer was not understood"),
}

NOTICES: Mapping[Notice, tuple[str, str]] = {
    Notice.NEEDS_LOGIN: (
        N_("File sync needs you to log in"),
        N_("Your files are not synced until then."),
    ),
    Notice.STORAGE_FULL: (
        N_("Your storage is full"),
        N_("New files are not synced until there is room again."),
    ),
    Notice.SYNC_ERROR: (
        N_("File sync has met an error"),
        N_("Its menu shows what can be done."),
    ),
    Notice.FILE_NOT_SYNCED: (N_("A file could not be synced"), "{name}"),
    Notice.LOGIN_FAILED: (N_("Log-in failed"), ""),
}

_OF_CONCERNS = frozenset({Notice.HELD_DELETIONS, Notice.CONFLICT})

# The errtypes of 9.3 in words; the service's own English message stands in for the others.
LOG_IN_ERRORS: Mapping[CredentialsErrorType, str] = {
    CredentialsErrorType.AUTHENTICATION: N_("The e-mail address or the password is wrong."),
    CredentialsErrorType.GENERAL: "",
    CredentialsErrorType.USER_NOT_VALIDATED: N_("Confirm your e-mail address first."),
    CredentialsErrorType.REGISTRATION: N_("The account could not be made."),
    CredentialsErrorType.INVALID_EMAIL: N_("The e-mail address is not valid."),
    CredentialsErrorType.INVALID_PASSWORD: N_("The password is not valid."),
    CredentialsErrorType.GUI_NOT_AVAILABLE: N_("No log-in window can be opened here."),
    CredentialsErrorType.TWO_FACTOR_REQUIRED: N_("A one-time code is needed."),
    CredentialsErrorType.TWO_FACTOR_FAILURE: N_("The one-time code is wrong."),
    CredentialsErrorType.CAPTCHA_REQUIRED: N_("Log in on the server's web page first."),
    CredentialsErrorType.ACCOUNT_SUSPENDED: N_("The account is suspended."),
    CredentialsErrorType.ACCOUNT_DEACTIVATED: N_("The account is deactivated."),
    CredentialsErrorType.EMAIL_INVALIDATED: N_("The e-mail address is no longer valid."),
    CredentialsErrorType.TOO_MANY_ATTEMPTS: N_("Too many attempts; try again later."),
    CredentialsErrorType.INSECURE_CONNECTION: N_("The connection to the server is not secure."),
    CredentialsErrorType.KEYRING_LOCKED: N_("The keyring is locked."),
    CredentialsErrorType.KEYRING_NOT_AVAILABLE: N_("There is no keyring to keep the log-in in."),
    CredentialsErrorType.INVALID_CREDENTIALS: N_("The log-in is not complete."),
    CredentialsErrorType.NETWORK: N_("The server cannot be reached."),
    CredentialsErrorType.SERVER: N_("The server has met an error."),
}

_LOG_IN_ERRORS = {kind.value: text for kind, text in LOG_IN_ERRORS.items()}


def indicator(value: Indicator, translator: Translator) -> str:
    """A picture's name, for those who hear it read out."""
    return translator.gettext(INDICATORS[value])


def action(value: Action, translator: Translator) -> str:
    """The label of an action."""
    return translator.gettext(ACTIONS[value])


def sentence(view: View, translator: Translator) -> str:
    """The sentence of 8.3 with its numbers and names."""
    name, count = shortened(view.name), view.count
    if view.sentence is Sentence.SYNCING_FILES:
        text = translator.ngettext("Syncing {count} file", "Syncing {count} files", count)
    elif view.sentence is Sentence.STORAGE_FULL_SYNCING:
        text = translator.ngettext(
            "Your storage is full, {count} file still syncing",
            "Your storage is full, {count} files still syncing",
            count,
        )
    elif view.sentence is Sentence.SYNCING_FILE:
        text = _syncing_file(view.percent, translator)
    else:
        text = translator.gettext(SENTENCES[view.sentence])
    return text.format(
        count=count,
        name=name,
        percent=view.percent,
        until=view.until,
        description=one_line(view.description) or "?",
    )


def _syncing_file(percent: int | None, translator: Translator) -> str:
    if percent is None:
        return translator.gettext("Syncing {name}")
    return translator.gettext("Syncing {name} ({percent} %)")


def transfer(value: Transfer, translator: Translator) -> str:
    """One running transfer: `Uploading NAME (42 %)`."""
    _ = translator.gettext
    percent = value.percent
    if value.direction is Direction.UPLOAD:
        known, unknown = _("Uploading {name} ({percent} %)"), _("Uploading {name} (size unknown)")
    else:
        known = _("Downloading {name} ({percent} %)")
        unknown = _("Downloading {name} (size unknown)")
    name = shortened(last_part(value.path))
    return (unknown if percent is None else known).format(name=name, percent=percent)


def began(value: Transfer, translator: Translator) -> str:
    """A transfer whose progress nobody follows: `Uploading NAME`."""
    _ = translator.gettext
    up = value.direction is Direction.UPLOAD
    text = _("Uploading {name}") if up else _("Downloading {name}")
    return text.format(name=shortened(last_part(value.path)))


def storage(value: Storage, now: float, translator: Translator) -> str:
    """The quota line, or why there is none; its age when older than 10 minutes."""
    if value.quota is None:
        return _problem(value, translator)
    line = _used(value.quota, translator)
    seconds = 0.0 if value.asked_at is None else now - value.asked_at
    if seconds <= OLD_SECONDS:
        return line
    aged = translator.gettext("{line}, {age}").format(line=line, age=_age(seconds, translator))
    if value.problem is None:
        return aged
    return translator.gettext("{line}. {problem}").format(
        line=aged, problem=_problem(value, translator)
    )


def _used(quota: Quota, translator: Translator) -> str:
    _ = translator.gettext
    if quota.total <= 0 and quota.used <= 0:
        text = _("This account has no storage")
    elif quota.total <= 0:
        text = _("{used} used, but this account has no storage")
    elif quota.used > quota.total:
        text = _("{used} used, more than the {total} there are")
    else:
        text = _("{used} of {total} used, {percent} %")
    point = _decimal_point(translator)
    return text.format(
        used=format_bytes(quota.used, point),
        total=format_bytes(quota.total, point),
        percent=quota.percent,
    )


def _decimal_point(translator: Translator) -> str:
    # Translators: how a number with one decimal is written, for example 1,2
    point = translator.gettext("1.2")[1:2]
    return point if point and not point.isalnum() else "."


def _age(seconds: float, translator: Translator) -> str:
    count = int(seconds // 60)
    if count < 60:
        text = translator.ngettext("{count} minute ago", "{count} minutes ago", count)
    elif count < 60 * 24:
        count //= 60
        text = translator.ngettext("{count} hour ago", "{count} hours ago", count)
    else:
        count //= 60 * 24
        text = translator.ngettext("{count} day ago", "{count} days ago", count)
    return text.format(count=count)


def _problem(value: Storage, translator: Translator) -> str:
    problem = value.problem or StorageProblem.NOT_ASKED
    text = translator.gettext(PROBLEMS[problem])
    if problem is not StorageProblem.SERVER or not value.oops_id:
        return text
    return translator.gettext("{problem} (report {oops_id})").format(
        problem=text, oops_id=shortened(value.oops_id)
    )


def notice(value: Notify, translator: Translator) -> tuple[str, str]:
    """A bubble's summary and body, plain text."""
    if value.notice in _OF_CONCERNS:
        from u1tray.status import concern_texts  # noqa: PLC0415 - hardly anybody ever has one

        return concern_texts.notice(value, translator)
    _ = translator.gettext
    summary, body = NOTICES[value.notice]
    if value.notice is Notice.LOGIN_FAILED:
        return _(summary), _log_in_error(value.name, translator)
    if value.notice is Notice.STORAGE_FULL and value.name:
        name = shortened(value.name)
        return (
            _("The shared folder {name} has no room left").format(name=name),
            _("Only the person who shares it can change that."),
        )
    body = body if body == "{name}" else _(body)
    return _(summary), body.format(name=shortened(value.name))


def _log_in_error(reason: str, translator: Translator) -> str:
    known = _LOG_IN_ERRORS.get(reason)
    if known is None:
        return one_line(reason)
    return translator.gettext(known) if known else ""
