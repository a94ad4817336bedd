"""What `--embedded` may do, decided from facts alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from u1tray.tray.desktop.programs import CREDENTIALS, SYNCDAEMON
from u1tray.tray.embedded.manifest import Kind, Manifest

OWN_HOST = "http://127.0.0.1:"


class Keyring(Enum):
    """The Secret Service, as far as it can be asked without a prompt."""

    ABSENT = "absent"  # neither running nor startable
    EMPTY = "empty"  # no default collection: making one would ask for a new password
    LOCKED = "locked"
    OPEN = "open"
    SILENT = "silent"  # it does not answer


class Services(Enum):
    """Who starts the two services."""

    BUS = "bus"  # activation files for this person
    US = "us"  # children of this command


@dataclass(frozen=True)
class Facts:
    """What there is before anything is changed.

    The programs are those that own the services' names now; `''` where nobody does.
    """

    manifest: Manifest | None = None
    variable_url: str = ""  # U1_API_URL
    configured_url: str = ""  # cloud.conf
    configuration: str = ""  # the path of cloud.conf, for people
    sync_program: str = ""
    credentials_program: str = ""
    has_other_vault: bool = False  # an encrypted file of credentials that is not ours
    is_root: bool = False
    is_terminal: bool = False
    agreed: bool = False  # --yes


def refusal(facts: Facts) -> str:
    """Why nothing may be set up here and what to do about it; `''` when it may."""
    checks = (_other_variable, _other_cloud, _other_daemon, _other_credentials, _other_vault)
    return next((text for text in (check(facts) for check in checks) if text), "")


def must_ask(facts: Facts) -> bool:
    """Whether the person is asked to have the services installed."""
    if facts.is_root or facts.agreed or not facts.is_terminal:
        return False
    return facts.manifest is None or not facts.manifest.has(Kind.ACTIVATION)


def services(facts: Facts, said_yes: bool) -> Services:
    """Who starts the services. Installing them is an explicit act (D-Bus contract, 2)."""
    installed = facts.manifest is not None and facts.manifest.has(Kind.ACTIVATION)
    return Services.BUS if facts.agreed or said_yes or installed else Services.US


def needs_vault(keyring: Keyring, has_display: bool) -> bool:
    """Whether the encrypted file is used: there is no keyring, or nobody could answer for it."""
    return keyring is not Keyring.OPEN and not (keyring is Keyring.LOCKED and has_display)


def other_credentials() -> str:
    """The refusal when credentials are stored that are not the private cloud's."""
    return (
        "Credentials of another account are stored on this computer, and a private cloud would "
        "take their place. So nothing was changed; --yes does not change that. Log out there "
        "first (u1file logout), then start again; or try the private cloud as another user."
    )


def _other_variable(facts: Facts) -> str:
    if not facts.variable_url or _is_ours(facts.variable_url, facts.manifest):
        return ""
    return (
        f"The variable U1_API_URL names the cloud {facts.variable_url}, which would be used "
        "instead of a private one. Unset it and start again: env -u U1_API_URL u1tray --embedded"
    )


def _other_cloud(facts: Facts) -> str:
    if not facts.configured_url or _is_ours(facts.configured_url, facts.manifest):
        return ""
    return (
        f"This computer is set up for the cloud {facts.configured_url} ({facts.configuration}), "
        "and a private cloud would take its place. So nothing was changed; --yes does not change "
        "that. To use a private cloud instead, clear the address in Preferences and log out "
        "(u1file logout); or try it as another user."
    )


def _other_daemon(facts: Facts) -> str:
    if facts.sync_program in ("", SYNCDAEMON):
        return ""
    return (
        f"Another file sync service ({facts.sync_program}) is running. It would go on with its "
        "own cloud, so nothing was changed. Stop it first, then start again."
    )


def _other_credentials(facts: Facts) -> str:
    if facts.credentials_program in ("", CREDENTIALS):
        return ""
    return (
        f"Another credentials service ({facts.credentials_program}) is running, and the private "
        "cloud's password is not for it. So nothing was changed. Stop it first, then start again."
    )


def _other_vault(facts: Facts) -> str:
    return other_credentials() if facts.has_other_vault else ""


def _is_ours(url: str, manifest: Manifest | None) -> bool:
    """Whether a configured address is the private cloud's, now or with an earlier port."""
    ours = manifest is not None and manifest.has(Kind.CLOUD_ADDRESS)
    return ours and url.startswith(OWN_HOST)
