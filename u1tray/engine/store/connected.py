"""What all parts of the trees share: the connection, and what was read a moment ago."""

from __future__ import annotations

import sqlite3

from u1tray.engine.store.going import Going
from u1tray.engine.store.recent import Recent


class Connected:
    """Something that is read from the file of a volume."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """A connection whose tables are there."""
        self.connection = connection
        self._recent = Recent()
        self.going = Going()
