"""What the desktop says of network and power, from the system bus, as far as it says anything.

NetworkManager's `Metered`, the power profile, and UPower's battery. Starts none of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from u1tray.service.connection import Connection
from u1tray.service.errors import CallError
from u1tray.syncdaemon.sparing import Sparing
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import OfflineError

_log = logging.getLogger(__name__)

GET_TIMEOUT_SECONDS = 5.0
_PROPERTIES = "org.freedesktop.DBus.Properties"

_METERED = frozenset({1, 3})  # NMMetered: yes, and guessed so
_POWER_SAVER = "power-saver"
_LOW = 3  # UPower's WarningLevel: low, critical, action


@dataclass(frozen=True)
class Property:
    """A property of a service on the system bus."""

    service: str
    path: str
    interface: str
    name: str


METERED = Property(
    names.NETWORK_MANAGER, names.NETWORK_MANAGER_PATH, names.NETWORK_MANAGER, "Metered"
)
_PROFILES = "org.freedesktop.UPower.PowerProfiles"
_OLD_PROFILES = "net.hadess.PowerProfiles"  # before power-profiles-daemon 0.20
PROFILE = Property(_PROFILES, "/org/freedesktop/UPower/PowerProfiles", _PROFILES, "ActiveProfile")
OLD_PROFILE = Property(_OLD_PROFILES, "/net/hadess/PowerProfiles", _OLD_PROFILES, "ActiveProfile")
_UPOWER = "org.freedesktop.UPower"
ON_BATTERY = Property(_UPOWER, "/org/freedesktop/UPower", _UPOWER, "OnBattery")
WARNING_LEVEL = Property(
    _UPOWER, "/org/freedesktop/UPower/devices/DisplayDevice", f"{_UPOWER}.Device", "WarningLevel"
)
ALL = (METERED, PROFILE, OLD_PROFILE, ON_BATTERY, WARNING_LEVEL)


class Surroundings:
    """Watches the desktop's properties and tells `sparing`."""

    def __init__(self, system_bus: Connection | None, sparing: Sparing) -> None:
        self._bus = system_bus
        self._sparing = sparing
        self._values: dict[Property, object] = {}
        self._heard = dict.fromkeys(ALL, 0)
        self._questions: set[asyncio.Task[None]] = set()

    async def watch(self) -> None:
        """Start watching. What is there is asked, and not waited for: it may be mute."""
        if self._bus is None:
            return
        for one in ALL:
            try:
                await self._watch(self._bus, one)
            except (CallError, OfflineError) as error:
                _log.info("%s.%s is not watched: %s", one.interface, one.name, error)

    async def _watch(self, bus: Connection, one: Property) -> None:
        await bus.subscribe(
            one.service, one.path, _PROPERTIES, "PropertiesChanged", self._hearer(bus, one)
        )
        await bus.watch_name(one.service, self._owner_watcher(bus, one))
        if await bus.owner(one.service):
            self._ask_soon(bus, one)

    def _hearer(self, bus: Connection, one: Property) -> Callable[..., None]:
        def hear(*values: object) -> None:
            if len(values) != 3 or values[0] != one.interface:
                return
            _, changed, invalidated = values
            if isinstance(changed, Mapping) and one.name in changed:
                self._heard[one] += 1
                self._see(one, changed[one.name])
            elif isinstance(invalidated, list) and one.name in invalidated:
                self._heard[one] += 1
                self._ask_soon(bus, one)

        return hear

    def _owner_watcher(self, bus: Connection, one: Property) -> Callable[[str], None]:
        def hear(owner: str) -> None:
            self._heard[one] += 1
            if owner:
                self._ask_soon(bus, one)
            else:
                self._see(one, None)

        return hear

    def _ask_soon(self, bus: Connection, one: Property) -> None:
        question = asyncio.ensure_future(self._ask(bus, one))
        self._questions.add(question)
        question.add_done_callback(self._questions.discard)

    async def _ask(self, bus: Connection, one: Property) -> None:
        """What a signal told meanwhile is never older than the answer."""
        heard = self._heard[one]
        try:
            (value,) = await bus.call(
                one.service,
                one.path,
                _PROPERTIES,
                "Get",
                "ss",
                one.interface,
                one.name,
                timeout_seconds=GET_TIMEOUT_SECONDS,
                auto_start=False,
            )
        except (CallError, OfflineError) as error:
            _log.info("%s.%s is not known: %s", one.interface, one.name, error)
            value = None
        if self._heard[one] == heard:
            self._see(one, value)

    def _see(self, one: Property, value: object) -> None:
        if self._values.get(one) == value:
            return
        self._values[one] = value
        _log.info("%s is %s", one.name, value)
        get = self._values.get
        self._sparing.see_network(is_metered=get(METERED) in _METERED)
        is_low = get(ON_BATTERY) is True and _number(get(WARNING_LEVEL)) >= _LOW
        saves = _POWER_SAVER in {get(PROFILE), get(OLD_PROFILE)}
        self._sparing.see_power(saves_power=saves or is_low)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
