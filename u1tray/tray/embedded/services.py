"""Bringing the two services up for the private cloud, by the bus or as our children."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

from u1tray.bus import blocking, owners
from u1tray.bus.signals import Signal
from u1tray.bus.syncdaemon import QUIT
from u1tray.tray.desktop.busdaemon import BusDaemon
from u1tray.tray.desktop.programs import CREDENTIALS, SYNCDAEMON, program
from u1tray.tray.embedded.children import Child, Children
from u1tray.tray.embedded.keeping import renew
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import (
    INTERNAL_ERROR_EXIT_CODE,
    NotFoundError,
    OfflineError,
    ServerError,
)

APPEAR_SECONDS = 20.0

_OWNER_CHANGED: Signal = owners.NAME_OWNER_CHANGED
_SYNCDAEMON_LOG = "embedded-syncdaemon.log"


class ServiceStarter:
    """Starts services with the variables they need. `daemon` is the bus they live on."""

    def __init__(self, daemon: BusDaemon, children: Children, variables: Mapping[str, str]) -> None:
        self._daemon = daemon
        self._children = children
        self._variables = variables

    def tell_bus(self) -> None:
        """Have the bus start services with our variables too."""
        if self._variables:
            self._daemon.add_to_environment(self._variables)

    def run_credentials(self) -> None:
        """The Credentials service as our child, staying, unless the name is taken."""
        if not self._daemon.owner_of(names.CREDENTIALS):
            words = [str(program(CREDENTIALS)), "--stay"]
            self._run(words, names.CREDENTIALS, "embedded-credentials.log")

    def run_syncdaemon(self) -> None:
        """The sync daemon as our child, unless the name is taken."""
        if not self._daemon.owner_of(names.SYNCDAEMON):
            child = self._run(_syncdaemon(), names.SYNCDAEMON, _SYNCDAEMON_LOG)
            # The bus would do so for one that it knows; how often, the daemon itself decides.
            renew(child, INTERNAL_ERROR_EXIT_CODE, self._start_syncdaemon_again)

    def start_syncdaemon(self) -> None:
        """The sync daemon by the bus. Raises a U1Error when it did not come up."""
        if not self._daemon.owner_of(names.SYNCDAEMON):
            self._daemon.start(names.SYNCDAEMON)

    def _start_syncdaemon_again(self) -> Child:
        return self._children.start(_syncdaemon(), self._variables, _SYNCDAEMON_LOG)

    def _run(self, words: list[str], name: str, log_name: str) -> Child:
        listener = blocking.Listener([_OWNER_CHANGED])
        try:
            child = self._children.start(words, self._variables, log_name)
            _wait_for_owner(listener, child, name)
        finally:
            listener.close()
        return child


def _syncdaemon() -> list[str]:
    return [str(program(SYNCDAEMON))]


def quit_syncdaemon(daemon: BusDaemon) -> bool:
    """End the sync daemon, whoever started it; False when it stays. The caller checked whose."""
    try:
        if not daemon.owner_of(names.SYNCDAEMON):
            return True
        with contextlib.suppress(OfflineError, NotFoundError):
            # Success is that the name is gone, whatever became of the reply (T32).
            blocking.call(daemon.bus, QUIT)
        return not daemon.owner_of(names.SYNCDAEMON)
    except OfflineError:
        return True  # the bus is gone, and the daemon with it


def _wait_for_owner(listener: blocking.Listener, child: Child, name: str) -> None:
    deadline = time.monotonic() + APPEAR_SECONDS
    while child.status is None:
        # A child that ends says nothing on the bus: look at it twice a second.
        left = deadline - time.monotonic()
        if left <= 0:
            text = f"{child.name} was not ready within {APPEAR_SECONDS:.0f} s; see {child.log}"
            raise OfflineError(text)
        heard = listener.next(min(left, 0.5))
        if heard is not None and heard[1][0] == name and heard[1][2]:
            return
    text = f"{child.name} ended with status {child.status}; see {child.log}"
    raise ServerError(text)
