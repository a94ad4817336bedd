"""Setting the private cloud up, or bringing the one that is there up again.

Each thing is put into the manifest before it is made.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from u1tray.rest import settings as cloud_settings
from u1tray.rest.settings import CloudSettings
from u1tray.tray.desktop import activation
from u1tray.tray.desktop.busdaemon import BusDaemon, program_of
from u1tray.tray.embedded import account, cloud, plan, vault
from u1tray.tray.embedded.children import Children
from u1tray.tray.embedded.keeping import keep
from u1tray.tray.embedded.ledger import Ledger
from u1tray.tray.embedded.manifest import Kind, Made, Manifest
from u1tray.tray.embedded.plan import Facts, Services
from u1tray.tray.embedded.services import ServiceStarter, quit_syncdaemon
from u1tray.tray.embedded.sessionbus import Session
from u1tray.vocabulary import names, places
from u1tray.vocabulary.errors import RefusedError, U1Error

Say = Callable[[str], None]

PASSWORD_BYTES = 18  # of randomness
ALLOW_ROOT_VARIABLE = "U1TRAY_ALLOW_ROOT"


def absent_places() -> tuple[Made, ...]:
    """What is not there yet and will come to be, made by the services in their own time."""
    theirs = (
        Made(Kind.TREE, places.data_directory() / "syncdaemon"),
        Made(Kind.TREE, places.cache_home() / places.PROGRAM / "partials"),
        Made(Kind.TREE, places.log_directory()),
        Made(Kind.FOLDER, Path.home() / "Ubuntu One"),
    )
    return tuple(made for made in theirs if not made.path.exists())


@dataclass(frozen=True)
class Result:
    """What runs now. `was_there`: it was set up by an earlier run."""

    manifest: Manifest
    services: Services
    was_there: bool
    problem: str = ""  # file sync did not start; everything else works


class Setup:
    """One run of it. `say` gets lines for the person; `ask` a question, and gives the answer."""

    def __init__(
        self,
        facts: Facts,
        session: Session,
        children: Children,
        *,
        absent: tuple[Made, ...],
        say: Say,
        ask: Callable[[str], bool],
        has_display: bool,
    ) -> None:
        self._facts = facts
        self._absent = absent
        self._session = session
        self._daemon: BusDaemon = session.daemon
        self._children = children
        self._say = say
        self._ask = ask
        self._has_display = has_display
        self._ledger = Ledger(
            facts.manifest or Manifest(cloud.email(), secrets.token_urlsafe(PASSWORD_BYTES))
        )

    def run(self) -> Result:
        """Do it all. Raises a U1Error or OSError; what was made by then is in the manifest."""
        was_there = self._facts.manifest is not None and self._facts.manifest.account_made
        self._starter = ServiceStarter(self._daemon, self._children, self._variables())
        self._starter.tell_bus()
        self._refuse_other_credentials()
        wanted = self._choose_services()
        self._ledger.note_all(self._absent)
        moved = self._start_cloud()
        if wanted is Services.BUS:
            self._install()
        self._log_in()
        problem = self._start_syncdaemon(restart=moved)
        installed = names.SYNCDAEMON in activation.installed() & self._daemon.activatable_names()
        services = Services.BUS if installed else Services.US
        return Result(self._ledger.manifest, services, was_there, problem)

    def _variables(self) -> dict[str, str]:
        """What the services must be told."""
        told = vault.variables(
            self._ledger, self._daemon, has_display=self._has_display, say=self._say
        )
        if self._facts.is_root:
            self._say("Running as root: the sync daemon is allowed to as well.")
            told[ALLOW_ROOT_VARIABLE] = "1"
        return told

    # --- whose credentials, whose services -----------------------------------------------------

    def _refuse_other_credentials(self) -> None:
        if not self._is_started_by_bus(names.CREDENTIALS):
            self._starter.run_credentials()
        found = account.stored(self._daemon.bus)
        known = self._ledger.manifest
        if found is None or account.fingerprint(found) == known.token_fingerprint:
            return
        # An account without a known token: the last run ended between storing and noting it.
        if known.token_fingerprint or not known.account_made:
            raise RefusedError(plan.other_credentials())

    def _choose_services(self) -> Services:
        said_yes = plan.must_ask(self._facts) and self._ask(
            "Install the two services for you, so that your session can start file sync by "
            f"itself? (two files in {activation.directory()})"
        )
        return plan.services(self._facts, said_yes)

    def _install(self) -> None:
        self._ledger.note(Kind.ACTIVATION, activation.directory())
        try:
            report = activation.install(self._daemon)
        except RefusedError:
            # The home of a bus is that of the user database, not $HOME.
            activation.remove(self._daemon)
            self._ledger.drop(Kind.ACTIVATION)
            self._say(
                f"Your session's bus does not look into {activation.directory()}, so the services "
                "are not installed, and run as long as this command does."
            )
            return
        if report.plan.changes or report.plan.refused:
            # What runs is our child, or is started anew below.
            for line in activation.describe(replace(report, running=frozenset())):
                self._say(f"  {line}")

    def _is_started_by_bus(self, name: str) -> bool:
        """Whether the bus would start our service for the name, and not another's."""
        if self._session.is_private:
            return True
        return name in activation.installed() and name in self._daemon.activatable_names()

    # --- cloud, account, credentials -----------------------------------------------------------

    def _start_cloud(self) -> bool:
        """Start it, and whether anything that the daemon read at its start has changed."""
        self._ledger.note(Kind.TREE, cloud.directory())
        known = self._ledger.manifest
        child, port = cloud.start(self._children, known.port)
        keep(child, self._children, lambda: cloud.start_again(self._children, port), self._say)
        if known.port and port != known.port:
            self._say(f"Port {known.port} is taken: the private cloud moves to {port}.")
        self._ledger.change(port=port)
        if not known.account_made:
            cloud.make_account(known.email, known.password)
            self._ledger.change(account_made=True)
        self._ledger.note(Kind.CLOUD_ADDRESS, cloud_settings.settings_file())
        wanted = CloudSettings.of(self._ledger.manifest.url)
        if cloud_settings.load() == wanted:
            return False
        cloud_settings.save(wanted)
        return True

    def _log_in(self) -> None:
        known = self._ledger.manifest
        found = account.stored(self._daemon.bus)
        if found is not None and not account.are_accepted(found, known.url):
            if account.fingerprint(found) != known.token_fingerprint:
                raise RefusedError(plan.other_credentials())
            account.clear(self._daemon.bus)  # ours, and revoked since
            found = None
        if found is None:
            found = account.log_in(known.email, known.password)
            if not account.are_accepted(found, known.url):
                # A keyring that was locked until now held another cloud's.
                raise RefusedError(plan.other_credentials())
        self._ledger.change(token_fingerprint=account.fingerprint(found))

    def _start_syncdaemon(self, *, restart: bool) -> str:
        try:
            if restart and not quit_syncdaemon(self._daemon):
                return "The running sync daemon does not end; it still uses its old cloud."
            if self._is_started_by_bus(names.SYNCDAEMON):
                self._starter.start_syncdaemon()
            else:
                self._starter.run_syncdaemon()
        except U1Error as error:
            return f"File sync did not start: {error.text}"
        return ""


def facts(found: Manifest | None, daemon: BusDaemon, *, agreed: bool, is_terminal: bool) -> Facts:
    """Look at everything that decides. Raises UsageError for files that cannot be read."""

    def running(name: str) -> str:
        if not daemon.owner_of(name):
            return ""
        return program_of(daemon.process_of(name)) or "unknown"

    without_variable = cloud_settings.load({})
    return Facts(
        manifest=found,
        variable_url=os.environ.get(cloud_settings.API_VARIABLE, "").strip(),
        configured_url=without_variable.api_url if without_variable else "",
        configuration=str(cloud_settings.settings_file()),
        sync_program=running(names.SYNCDAEMON),
        credentials_program=running(names.CREDENTIALS),
        has_other_vault=vault.is_somebody_elses(found),
        is_root=os.geteuid() == 0,
        is_terminal=is_terminal,
        agreed=agreed,
    )
