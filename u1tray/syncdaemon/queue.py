"""The queue of commands: what waits and what runs (D-Bus contract, 6.2 and 10.4).

Data never holds a password or token.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from u1tray.vocabulary.wire import flag


class Command(NamedTuple):
    """One command as the bus sees it. `id` is decimal text, unique for the daemon's life."""

    name: str
    id: str
    data: Mapping[str, str]
    running: bool

    def to_wire(self) -> tuple[str, str, dict[str, str]]:
        """Name, id and data with `running`."""
        return self.name, self.id, {"running": flag(self.running), **self.data}


class CommandQueue:
    """Commands in the order they came. Added and removed are told in pairs with equal ids."""

    def __init__(
        self, *, added: Callable[[Command], None], removed: Callable[[Command], None]
    ) -> None:
        self._added = added
        self._removed = removed
        self._commands: dict[str, Command] = {}
        self._ids = itertools.count(1)

    @property
    def commands(self) -> tuple[Command, ...]:
        """What waits or runs, oldest first."""
        return tuple(self._commands.values())

    @property
    def is_empty(self) -> bool:
        """Nothing waits or runs."""
        return not self._commands

    def begin(self, name: str, data: Mapping[str, str]) -> str:
        """A command runs from now on; its id."""
        command = Command(name, str(next(self._ids)), data, running=True)
        self._commands[command.id] = command
        self._added(command)
        return command.id

    def resume(self, command_id: str, data: Mapping[str, str]) -> None:
        """A command that waited runs again."""
        command = self._commands[command_id]
        self._commands[command_id] = command._replace(data=data, running=True)

    def rest(self, command_id: str) -> None:
        """A command waits until it can be tried again."""
        self._commands[command_id] = self._commands[command_id]._replace(running=False)

    def end(self, command_id: str) -> None:
        """A command is done or given up."""
        command = self._commands.pop(command_id)
        self._removed(command._replace(running=False))

    @contextlib.contextmanager
    def running(self, command: str, /, **data: str) -> Iterator[Command]:
        """A command that runs from now until the end of the block."""
        command_id = self.begin(command, data)
        try:
            yield self._commands[command_id]
        finally:
            self.end(command_id)
