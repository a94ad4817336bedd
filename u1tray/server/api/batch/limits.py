"""How much one request may ask for; `/api/features/` tells it (REST contract, 16.1)."""

from __future__ import annotations

MAX_OPERATIONS = 1000
MAX_BYTES = 4 * 1024 * 1024  # of all contents together
MAX_CONTENT_BYTES = 64 * 1024  # of one
