"""A menu's items as plain values: what is written on them, and what choosing one asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from u1tray.status.values import Action


class Kind(Enum):
    """What an item is. It never changes for one id."""

    ACTION = "action"
    SUBMENU = "submenu"
    SEPARATOR = "separator"


class Window(Enum):
    """The windows the indicator can open."""

    STATUS = "status"
    PREFERENCES = "preferences"
    ABOUT = "about"


# --- what choosing an item asks for ----------------------------------------------------------


@dataclass(frozen=True)
class DoAction:
    """An action of the View. For PAUSE: `seconds` from now, None = until the person resumes."""

    action: Action
    seconds: float | None = None


@dataclass(frozen=True)
class OpenPath:
    """Open a local file or folder with the desktop's program for it."""

    path: str


@dataclass(frozen=True)
class OpenWindow:
    """Show one of our windows."""

    window: Window


@dataclass(frozen=True)
class OpenCloudPage:
    """Open the cloud's web page."""


@dataclass(frozen=True)
class QuitIndicator:
    """End the indicator; the daemon keeps running."""


Choice = DoAction | OpenPath | OpenWindow | OpenCloudPage | QuitIndicator


@dataclass(frozen=True)
class Item:
    """One line of a menu. `id` is unique in its menu and keeps its kind for ever.

    `text` has no mnemonics: `&` is an ampersand. `icon` names a theme icon; `percent` (0 to 100)
    is drawn as a small bar in the icon's place.
    """

    id: str
    kind: Kind = Kind.ACTION
    text: str = ""
    icon: str = ""
    percent: int | None = None
    choice: Choice | None = None
    children: tuple[Item, ...] = ()


Menu = tuple[Item, ...]
