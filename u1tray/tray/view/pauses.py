"""The lengths of a pause that menu and window offer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from u1tray.status.texts import Translator

_MINUTE = 60.0
_HOUR = 60 * _MINUTE


@dataclass(frozen=True)
class PauseChoice:
    """`seconds` None: until the person resumes."""

    id: str
    seconds: float | None
    text: str


def pause_choices(translator: Translator) -> tuple[PauseChoice, ...]:
    """The choices, shortest first."""
    _ = translator.gettext
    return (
        PauseChoice("30-minutes", 30 * _MINUTE, _("For 30 minutes")),
        PauseChoice("1-hour", _HOUR, _("For 1 hour")),
        PauseChoice("2-hours", 2 * _HOUR, _("For 2 hours")),
        PauseChoice("for-now", None, _("Until I resume")),
    )


def end_of_pause(seconds: float | None, wall_clock: float) -> str:
    """When a pause that begins at `wall_clock` (Unix time) ends: HH:MM here, `''` without end."""
    if seconds is None:
        return ""
    return time.strftime("%H:%M", time.localtime(wall_clock + seconds))
