"""How often the daemon may restart itself after internal errors (D-Bus contract, 10.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from u1tray.disk.files import write_atomically
from u1tray.vocabulary import places

MOST_RESTARTS = 3
WITHIN_SECONDS = 600.0


def recent(restarts: Sequence[float], now: float) -> list[float]:
    """The restarts that still count. A clock that was set back makes none of them count."""
    return [moment for moment in restarts if 0 <= now - moment < WITHIN_SECONDS]


def restarts_file() -> Path:
    """Where the moments are kept: each restart is another process."""
    return places.data_directory() / "syncdaemon/restarts.json"


def claim_restart(path: Path, now: float) -> bool:
    """Whether one more restart is allowed at `now` (Unix seconds); it is counted then."""
    counted = recent(_read(path), now)
    if len(counted) >= MOST_RESTARTS:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, json.dumps([*counted, now]).encode())
    except OSError:
        return False  # uncounted restarts could go on for ever
    return True


def _read(path: Path) -> list[float]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(content, list):
        return []
    return [float(moment) for moment in content if isinstance(moment, int | float)]
