"""`/events`: internal events (D-Bus contract, 5.6 and 10.7). Accepted, ignored, never sent."""

from __future__ import annotations

from typing import ClassVar

from u1tray.service.interfaces import Interface, Signal, method
from u1tray.vocabulary.names import EVENTS_INTERFACE


class EventsFace(Interface):
    """Its arguments may hold secrets of others, so they are not even logged."""

    name: ClassVar[str] = EVENTS_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (Signal("Event", "a{ss}", ("event_dict",)),)

    @method("sa{ss}")
    def push_event(self, event_name: str, args: dict[str, str]) -> None:
        return
