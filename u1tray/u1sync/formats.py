"""The status as the bars of desktops read it: one line each.

Names of files are foreign text: what a bar would take for markup, or for a line's end, is shown as
something harmless. Sources: waybar-custom(5), i3bar's protocol, polybar's tags, tmux(1) FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from u1tray.status import texts
from u1tray.status.language import translator
from u1tray.status.names import escaped, visible
from u1tray.status.values import Indicator
from u1tray.terminal.documents import json_line
from u1tray.u1sync import concerns
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
_ATTENTION = "attention"


def sign_of(snapshot: Snapshot) -> str:
    """One character for an indicator."""
    return _SIGNS.get(snapshot.view.indicator, _OTHER_SIGN)


def _sentence(snapshot: Snapshot) -> str:
    return visible(texts.sentence(snapshot.view, translator()))


def _headline(snapshot: Snapshot) -> str:
    """The sentence, and what waits for a person."""
    more = concerns.headline(snapshot.concerns, translator())
    return _sentence(snapshot) + (f" ({more})" if more else "")


def _waybar(snapshot: Snapshot) -> str:
    language = translator()
    lines = [said for said, _ in concerns.lines(snapshot.concerns, language)]
    lines += [texts.transfer(one, language) for one in snapshot.view.transfers]
    indicator = snapshot.view.indicator.value
    is_urgent = bool(concerns.headline(snapshot.concerns, language))
    return json_line(
        {
            "text": sign_of(snapshot),
            "alt": indicator,
            "class": [indicator, _ATTENTION] if is_urgent else indicator,
            # Waybar reads both texts as Pango markup.
            "tooltip": escaped("\n".join([_sentence(snapshot), *map(visible, lines)])),
        }
    )


def _i3blocks(snapshot: Snapshot) -> str:
    return json_line({"full_text": _headline(snapshot), "short_text": sign_of(snapshot)})


def _line(snapshot: Snapshot) -> str:
    return f"{sign_of(snapshot)} {_headline(snapshot)}"


def _tmux(snapshot: Snapshot) -> str:
    return _line(snapshot).replace("#", "##")  # tmux expands what follows one


def _polybar(snapshot: Snapshot) -> str:
    return _line(snapshot).replace("%{", "% {")  # a tag; polybar knows no way to write one


BARS: Mapping[str, Callable[[Snapshot], str]] = {
    "waybar": _waybar,
    "i3blocks": _i3blocks,
    "polybar": _polybar,
    "tmux": _tmux,
}
