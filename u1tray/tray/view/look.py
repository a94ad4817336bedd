"""Which icon stands for which state (D-Bus contract, 8.3). Names only; drawing is `tray.icon`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from u1tray.status.values import Indicator

SYMBOLIC = "-symbolic"


@dataclass(frozen=True)
class Look:
    """The name of our icon, and of one that every icon theme has."""

    icon: str
    fallback: str

    @property
    def symbolic(self) -> str:
        """Its twin in one colour, for panels that recolour icons."""
        return self.icon + SYMBOLIC


PROGRAM = Look("u1tray", "folder-remote")

LOOKS: Mapping[Indicator, Look] = {
    Indicator.STOPPED: Look("u1tray-stopped", "process-stop"),
    Indicator.STARTING: Look("u1tray-connecting", "view-refresh"),
    Indicator.DISCONNECTED: Look("u1tray-disconnected", "network-disconnect"),
    Indicator.OFFLINE: Look("u1tray-offline", "network-offline"),
    Indicator.CONNECTING: Look("u1tray-connecting", "view-refresh"),
    Indicator.SYNCING: Look("u1tray-syncing", "emblem-synchronizing"),
    Indicator.UP_TO_DATE: Look("u1tray-idle", "emblem-default"),
    Indicator.OVER_QUOTA: Look("u1tray-quota", "drive-harddisk"),
    Indicator.NEEDS_LOGIN: Look("u1tray-login", "dialog-password"),
    Indicator.ERROR: Look("u1tray-error", "dialog-error"),
    Indicator.WAITING_FOR_KEYRING: Look("u1tray-login", "dialog-password"),
    Indicator.PAUSED: Look("u1tray-paused", "media-playback-pause"),
}
