"""The face on a terminal (`--no-gui`): the same words as the menu, one line for each change.

For machines without a display. Offers no actions: `u1sync` does.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from u1tray.status import texts
from u1tray.status.commands import Notify, Withdraw
from u1tray.status.texts import Translator
from u1tray.status.values import Transfer, View
from u1tray.tray import clock
from u1tray.tray.settings import Settings, wants
from u1tray.tray.view.facts import Facts, TransferFact, facts

log = logging.getLogger(__name__)


class Console:
    """Writes lines to `out`; `on_gone` is called when nobody reads them any more."""

    def __init__(
        self,
        out: TextIO,
        translator: Translator,
        on_gone: Callable[[], None],
        settings: Callable[[], Settings] = Settings,
    ) -> None:
        self._out = out
        self._settings = settings
        self._concerns: frozenset[str] = frozenset()
        self._translator = translator
        self._on_gone = on_gone
        self._said = ""
        self._storage = ""
        self._running: frozenset[tuple[object, str]] = frozenset()
        self._facts: Facts | None = None

    def show(self, view: View) -> None:
        """Write what is new: the sentence, the quota, a transfer that began."""
        told = facts(view, self._translator, clock.now())
        self._facts = told
        # A percentage alone is no line of its own: it would be one every half second.
        said = texts.sentence(replace(view, percent=None), self._translator)
        if said != self._said:
            self._said = said
            self._write(told.sentence)
        if told.storage and told.storage != self._storage:
            self._storage = told.storage
            self._write("  " + told.storage)
        self._show_concerns(_concern_lines(told))
        self._show_transfers(told.transfers)

    def notify(self, notify: Notify) -> None:
        """Write the notice, unless its kind is switched off."""
        if not wants(self._settings(), notify.notice):
            return
        self._write("! " + ": ".join(filter(None, texts.notice(notify, self._translator))))

    def withdraw(self, withdraw: Withdraw) -> None:
        """A line that is written stays."""

    def raise_status_window(self) -> None:
        """Write the whole status again, for who asks."""
        if self._facts is not None:
            self._write(self._facts.sentence)
            if self._facts.storage:
                self._write("  " + self._facts.storage)
            for line in _concern_lines(self._facts):
                self._write("  " + line)

    def close(self) -> None:
        """Nothing to take down."""

    def _show_concerns(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            if line not in self._concerns:
                self._write("  " + line)
        self._concerns = frozenset(lines)

    def _show_transfers(self, transfers: tuple[TransferFact, ...]) -> None:
        running = frozenset((fact.direction, fact.path) for fact in transfers)
        for fact in transfers:
            if (fact.direction, fact.path) not in self._running:
                transfer = Transfer(fact.direction, fact.path)
                self._write("  " + texts.began(transfer, self._translator))
        self._running = running

    def _write(self, line: str) -> None:
        try:
            print(line, file=self._out, flush=True)
        except OSError:
            # The reader of the pipe went away; nothing is said to nobody.
            self._on_gone()


def _concern_lines(told: Facts) -> tuple[str, ...]:
    return () if told.concerns is None else told.concerns.lines


def stdout() -> TextIO:
    """Standard output, a line at a time also into a pipe, and never failing on a character."""
    out = sys.stdout
    reconfigure = getattr(out, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True, errors="backslashreplace")
    return out
