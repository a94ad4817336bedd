"""Which cloud and which account the command line asked for, by the options before the verb.

Reads what was typed and the configuration file; asks nobody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import click

from u1tray.rest import settings
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import UsageError


@dataclass(frozen=True)
class Choice:
    """The options; `''` is an option that was not given."""

    profile: str = ""
    api_url: str = ""
    ca_file: str = ""

    @property
    def section(self) -> str:
        """Its section in the configuration file. Raises UsageError."""
        return settings.profile_section(self.profile) if self.profile else settings.SECTION

    @property
    def login_command(self) -> str:
        """What to type to log in."""
        return f"u1file --profile {self.profile} login" if self.profile else "u1file login"

    def settings(self) -> CloudSettings | None:
        """The cloud: by `--api-url`, a named profile, `U1_API_URL`, the configuration file.

        None where none is set. Raises UsageError.
        """
        return self.with_authorities(self._address())

    def _address(self) -> CloudSettings | None:
        if self.api_url:
            return CloudSettings.of(self.api_url)
        found = settings.load_section(self.section) if self.profile else None
        return found or settings.load()

    def with_authorities(self, found: CloudSettings | None) -> CloudSettings | None:
        """The same cloud, trusting the authorities of `--cacert`."""
        if found is None or not self.ca_file:
            return found
        try:  # also where it is not needed: login remembers it
            os.close(os.open(self.ca_file, os.O_RDONLY | os.O_CLOEXEC))
        except OSError as error:
            text = f"The certificates in {self.ca_file} cannot be used: {error.strerror}."
            raise UsageError(text) from None
        return replace(found, ca_file=os.path.abspath(self.ca_file))


def chosen() -> Choice:
    """What the running command was asked for. Only in the thread that runs the verb."""
    typed = click.get_current_context().find_root().params
    given = {name: typed.get(name) or "" for name in ("profile", "api_url", "ca_file")}
    return Choice(**given)


def cloud_settings() -> CloudSettings:
    """Which cloud. Raises UsageError when none is set."""
    choice = chosen()
    found = choice.settings()
    if found is None:
        text = f"No cloud is set: run {choice.login_command} --api-url https://your.cloud"
        raise UsageError(text)
    return found
