"""What was noted about a volume as a whole, such as how far its cloud told: names and values."""

from __future__ import annotations

from u1tray.engine.store.connected import Connected


class Facts(Connected):
    """The facts of a volume. Writes belong to a transaction of `TreeStore.changing`."""

    def fact(self, name: str) -> str | None:
        """Something noted about the volume, such as its `generation`."""
        facts = self._recent.facts
        if name not in facts:
            query = "SELECT value FROM facts WHERE name = ?"
            row = self.connection.execute(query, (name,)).fetchone()
            facts[name] = None if row is None else str(row[0])
        return facts[name]

    def note(self, name: str, value: str) -> None:
        """Note something about the volume."""
        self._recent.facts.pop(name, None)
        self.connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def forget_note(self, name: str) -> None:
        """Forget something that was noted."""
        self._recent.facts.pop(name, None)
        self.connection.execute("DELETE FROM facts WHERE name = ?", (name,))
