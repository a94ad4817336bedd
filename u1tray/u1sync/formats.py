"""The status as the bars of desktops read it: one line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from u1tray.status import texts
from u1tray.status.language import translator
from u1tray.status.values import Indicator
from u1tray.u1sync.snapshot import Snapshot

_SIGNS = {
    Indicator.UP_TO_DATE: "✓",
    Indicator.SYNCING: "⇅",
    Indicator.CONNECTING: "…",
    Indicator.STARTING: "…",
    Indicator.PAUSED: "‖",
    Indicator.OVER_QUOTA: "!",
    Indicator.NEEDS_LOGIN: "!",
    Indicator.ERROR: "!",
}
_OTHER_SIGN = "×"


def sign_of(snapshot: Snapshot) -> str:
    """One character for an indicator."""
    return _SIGNS.get(snapshot.view.indicator, _OTHER_SIGN)


def _sentence(snapshot: Snapshot) -> str:
    return texts.sentence(snapshot.view, translator())


def _waybar(snapshot: Snapshot) -> str:
    lines = [texts.transfer(one, translator()) for one in snapshot.view.transfers]
    indicator = snapshot.view.indicator.value
    return _json(
        {
            "text": sign_of(snapshot),
            "alt": indicator,
            "class": indicator,
            "tooltip": "\n".join([_sentence(snapshot), *lines]),
        }
    )


def _i3blocks(snapshot: Snapshot) -> str:
    return _json({"full_text": _sentence(snapshot), "short_text": sign_of(snapshot)})


def _line(snapshot: Snapshot) -> str:
    return f"{sign_of(snapshot)} {_sentence(snapshot)}"


def _tmux(snapshot: Snapshot) -> str:
    return _line(snapshot).replace("#", "##")  # tmux expands what follows one


def _polybar(snapshot: Snapshot) -> str:
    return _line(snapshot).replace("%{", "%%{")


def _json(value: Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False)


BARS: Mapping[str, Callable[[Snapshot], str]] = {
    "waybar": _waybar,
    "i3blocks": _i3blocks,
    "polybar": _polybar,
    "tmux": _tmux,
}
