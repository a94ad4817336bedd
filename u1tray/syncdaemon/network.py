"""Is there a network: NetworkManager on the system bus, as far as there is one (10.3)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from u1tray.service.connection import Connection
from u1tray.service.errors import CallError
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import OfflineError

_log = logging.getLogger(__name__)

# The daemon's start waits for the first answer, so it is short.
STATE_TIMEOUT_SECONDS = 2.0

_ONLINE = frozenset({3, 70})
_CONNECTING = frozenset({2, 40})
# 1 and 10 (asleep, networking switched off) stand beside the contract's list: there is none then.
_OFFLINE = frozenset({1, 4, 10, 20, 50, 60})


def first_state(state: int) -> bool:
    """Whether the first answer means a network: while connecting, not until the signal says so."""
    return state in _ONLINE


def changed_state(state: int) -> bool | None:
    """What a StateChanged means: a network, none, or None: wait for the next."""
    if state in _ONLINE:
        return True
    if state in _OFFLINE:
        return False
    if state not in _CONNECTING:
        _log.debug("NetworkManager says %s, which means nothing", state)
    return None


class Network:
    """Watches NetworkManager. Without it, or without a system bus, there is a network."""

    def __init__(self, system_bus: Connection | None, changed: Callable[[bool], None]) -> None:
        self._bus = system_bus
        self._changed = changed
        self._latest: bool | None = None  # by signal, which is never older than an answer

    async def watch(self) -> bool:
        """Start watching; whether there is a network now."""
        if self._bus is None:
            return True
        try:
            await self._bus.subscribe(
                names.NETWORK_MANAGER,
                names.NETWORK_MANAGER_PATH,
                names.NETWORK_MANAGER,
                "StateChanged",
                self._on_state_changed,
            )
            await self._bus.watch_name(names.NETWORK_MANAGER, self._on_owner_changed)
            (state,) = await self._bus.call(
                names.NETWORK_MANAGER,
                names.NETWORK_MANAGER_PATH,
                names.NETWORK_MANAGER,
                "state",
                timeout_seconds=STATE_TIMEOUT_SECONDS,
                auto_start=False,
            )
        except (CallError, OfflineError) as error:
            _log.info("no NetworkManager, so a network is assumed (%s)", error)
            return True
        return first_state(int(state)) if self._latest is None else self._latest

    def _on_state_changed(self, *values: object) -> None:
        if len(values) == 1 and isinstance(values[0], int):
            network = changed_state(values[0])
            if network is not None:
                self._latest = network
                self._changed(network)

    def _on_owner_changed(self, owner: str) -> None:
        # When it comes back it sends StateChanged of its own accord.
        if not owner:
            self._latest = True
            self._changed(True)
