"""One turn of deciding: the model as it changes while one event is handled, and the commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from u1tray.status.commands import Command
from u1tray.status.model import Model


class Turn:
    """Lives as long as one `update`. `now` is the time of the whole turn."""

    def __init__(self, model: Model, now: float) -> None:
        self.model = model
        self.now = now
        self.commands: list[Command] = []

    def put(self, **parts: Any) -> None:
        """Replace parts of the model; nothing is made anew when nothing changed."""
        if any(getattr(self.model, name) is not part for name, part in parts.items()):
            self.model = replace(self.model, **parts)

    def order(self, *commands: Command) -> None:
        """Ask the program to do something, in this order."""
        self.commands.extend(commands)

    def take(self, name: str, result: tuple[Any, tuple[Command, ...] | list[Command]]) -> None:
        """A part's new value and its commands."""
        part, commands = result
        self.put(**{name: part})
        self.commands.extend(commands)
