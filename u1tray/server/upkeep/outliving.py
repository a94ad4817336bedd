"""What keeps work in the background going: nobody else would hear of an unexpected error there."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def outlived(logger: logging.Logger, what: str) -> Iterator[None]:
    """One round of work that goes on after any error: `cannot {what}`, with its traceback."""
    try:
        yield
    except Exception:  # an outer boundary, and the next round may go well
        logger.exception("cannot %s", what)
