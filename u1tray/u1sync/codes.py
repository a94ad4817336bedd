"""The exit codes of `u1sync status`, one for each of the indicators of the D-Bus contract, 8.3.

They begin above those of errors (`vocabulary.errors`), so a script can tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from u1tray.status.values import Indicator

STATUS_CODES: Mapping[Indicator, int] = {
    Indicator.UP_TO_DATE: 0,
    Indicator.SYNCING: 0,
    Indicator.STOPPED: 20,
    Indicator.STARTING: 21,
    Indicator.DISCONNECTED: 22,
    Indicator.OFFLINE: 23,
    Indicator.CONNECTING: 24,
    Indicator.OVER_QUOTA: 25,
    Indicator.NEEDS_LOGIN: 26,
    Indicator.ERROR: 27,
    Indicator.WAITING_FOR_KEYRING: 28,
    Indicator.PAUSED: 29,
}

STATUS_HELP = "Exit codes: " + ", ".join(
    f"{code} {'/'.join(one.value for one in STATUS_CODES if STATUS_CODES[one] == code)}"
    for code in sorted(set(STATUS_CODES.values()))
)
