"""What every face of the indicator can do: the one in the panel, and the one on a terminal."""

from __future__ import annotations

from typing import Protocol

from u1tray.status.commands import Notify, Withdraw
from u1tray.status.values import View


class Face(Protocol):
    """Shows what was decided; decides nothing."""

    def show(self, view: View) -> None:
        """Show this view from now on."""

    def notify(self, notify: Notify) -> None:
        """Tell the person about something, once."""

    def withdraw(self, withdraw: Withdraw) -> None:
        """The reason for a notice is gone."""

    def raise_status_window(self) -> None:
        """The person asks to see the status."""

    def close(self) -> None:
        """Leave; nothing is shown any more."""
