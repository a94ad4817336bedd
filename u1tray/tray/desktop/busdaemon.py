"""What is asked of the session bus itself by commands that run before there is a window.

Waits, each time at most five seconds (30 for a start); so never for use inside the indicator.
Starts nothing but in `start`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from u1tray.bus import blocking, owners
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError, U1Error

PROPERTIES = "org.freedesktop.DBus.Properties"

_UPDATE_ENVIRONMENT = Method(
    names.DBUS,
    names.DBUS_PATH,
    names.DBUS_INTERFACE,
    "UpdateActivationEnvironment",
    "a{ss}",
    owners.READ_SECONDS,
)


class BusDaemon:
    """The session bus's own methods. All raise OfflineError when the bus does not answer."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    def owner_of(self, name: str) -> str:
        """The unique name of a name's owner, `''` without one."""
        try:
            return str(blocking.call(self.bus, owners.GET_NAME_OWNER, name))
        except NotFoundError:
            return ""

    def process_of(self, name: str) -> int:
        """The process id of a name's owner; 0 without one, or where the bus does not know."""
        try:
            return int(blocking.call(self.bus, owners.GET_CONNECTION_UNIX_PROCESS_ID, name))
        except U1Error:
            return 0

    def activatable_names(self) -> frozenset[str]:
        """The names the bus could start."""
        return frozenset(blocking.call(self.bus, owners.LIST_ACTIVATABLE_NAMES))

    def reload_config(self) -> None:
        """Have the bus read its activation files again."""
        blocking.call(self.bus, owners.RELOAD_CONFIG)

    def start(self, name: str) -> None:
        """StartServiceByName. Raises a U1Error when the service did not come up."""
        blocking.call(self.bus, owners.START_SERVICE_BY_NAME, name, 0)

    def add_to_environment(self, variables: Mapping[str, str]) -> None:
        """Variables for services that the bus starts from now on."""
        blocking.call(self.bus, _UPDATE_ENVIRONMENT, dict(variables))

    def property_of(self, name: str, path: str, interface: str, member: str) -> Any:
        """A property of a running service, plain; the service is not started for it.

        Raises a U1Error.
        """
        method = Method(name, path, PROPERTIES, "Get", "ss", owners.READ_SECONDS)
        return blocking.call(self.bus, method, interface, member)


def program_of(process_id: int) -> str:
    """The file name of the program in a process, `''` when it cannot be seen.

    Of a script the script's name, not its interpreter's; of a plugin its panel's.
    """
    try:
        words = Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    listed = [Path(word.decode(errors="replace")).name for word in words if word]
    if len(listed) > 1 and listed[0].startswith("python"):
        return listed[1]
    first = listed[0] if listed else ""
    return "xfce4-panel" if first.startswith("wrapper-") else first
