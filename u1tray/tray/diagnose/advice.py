"""What to install where: tables of desktops and of package managers.

Names of packages are those of the distributions' own archives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Manager(Enum):
    """A package manager, and how it installs."""

    APT = "sudo apt install"
    DNF = "sudo dnf install"
    PACMAN = "sudo pacman -S"
    ZYPPER = "sudo zypper install"


@dataclass(frozen=True)
class Panel:
    """What shows icons on a desktop; `packages` None: it is built in; `then`: what is left."""

    what: str
    packages: Mapping[Manager, str] | None
    then: str


_FAMILIES: Mapping[str, Manager] = {
    "debian": Manager.APT,
    "ubuntu": Manager.APT,
    "fedora": Manager.DNF,
    "rhel": Manager.DNF,
    "arch": Manager.PACMAN,
    "suse": Manager.ZYPPER,
    "opensuse": Manager.ZYPPER,
}


def _everywhere(name: str) -> Mapping[Manager, str]:
    return dict.fromkeys(Manager, name)


_APPINDICATOR = "gnome-shell-extension-appindicator"
GNOME = Panel(
    "GNOME shows no such icons by itself; its AppIndicator extension does",
    _everywhere(_APPINDICATOR),
    "Then log out and in, and switch it on: gnome-extensions list | grep -i appindicator, "
    "gnome-extensions enable NAME",
)
UNITY = Panel(
    "Unity shows such icons through its application indicator",
    {Manager.APT: "indicator-application"},
    "Then log out and in.",
)
KDE = Panel("Plasma has a system tray", None, "Right-click the panel, Add Widgets, System Tray.")
XFCE = Panel(
    "Xfce's panel has a status tray",
    None,
    "Right-click the panel, Panel, Add New Items, Status Tray Plugin.",
)
LXQT = Panel(
    "LXQt's panel has a status notifier",
    None,
    "Right-click the panel, Manage Widgets, +, Status Notifier.",
)
MATE = Panel(
    "MATE's panel has a notification area",
    None,
    "Right-click the panel, Add to Panel, Notification Area.",
)
CINNAMON = Panel(
    "Cinnamon's panel has a status applet", None, "System Settings, Applets, XApp Status Applet."
)
BUDGIE = Panel(
    "Budgie's panel has a system tray", None, "Budgie Desktop Settings, Panel, +, System Tray."
)
BARE_X11 = Panel(
    "This window manager brings no panel; xfce4-panel, tint2 or trayer is one that shows icons",
    _everywhere("xfce4-panel"),
    "Then start it with your session, for example from ~/.config/openbox/autostart.",
)
BARE_WAYLAND = Panel(
    "This compositor brings no panel; waybar is one that shows icons",
    _everywhere("waybar"),
    'Then put "tray" into its modules and start it with your session.',
)

# By names in XDG_CURRENT_DESKTOP, in lower case.
_PANELS: Mapping[str, Panel] = {
    "unity": UNITY,
    "kde": KDE,
    "xfce": XFCE,
    "lxqt": LXQT,
    "mate": MATE,
    "cinnamon": CINNAMON,
    "x-cinnamon": CINNAMON,
    "budgie": BUDGIE,
    "gnome": GNOME,
    "pantheon": GNOME,
}


def manager_of(system_ids: Iterable[str]) -> Manager | None:
    """The package manager of a system, by ID and ID_LIKE of os-release; None: not known."""
    for name in system_ids:
        family = next((f for f in _FAMILIES if name.lower().startswith(f)), None)
        if family is not None:
            return _FAMILIES[family]
    return None


def panel_of(desktop: Iterable[str], session_type: str) -> Panel:
    """What shows icons on a desktop (the words of XDG_CURRENT_DESKTOP)."""
    words = [word.lower() for word in desktop]
    # Budgie and Unity call themselves GNOME as well, and come first in the table.
    for name, panel in _PANELS.items():
        if name in words:
            return panel
    return BARE_WAYLAND if session_type == "wayland" else BARE_X11


def install(packages: Mapping[Manager, str], manager: Manager | None) -> str:
    """The command that installs them here, or their name where the manager is not known."""
    if manager is not None and manager in packages:
        return f"{manager.value} {packages[manager]}"
    name = next(iter(packages.values()))
    return f"install {name} with your system's package manager"


PYQT5: Mapping[Manager, str] = {
    Manager.APT: "python3-pyqt5 libssl3",
    Manager.DNF: "python3-qt5",
    Manager.PACMAN: "python-pyqt5",
    Manager.ZYPPER: "python3-qt5",
}
KEYRING: Mapping[Manager, str] = _everywhere("gnome-keyring")
