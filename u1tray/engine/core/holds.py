"""Mass deletions: when so much is gone that somebody should say whether it is meant.

An unmounted disk and a restored server look like that, too. What is held is listed, and applied
or restored later; everything else goes on. What was deleted a moment ago counts with what is to
be deleted now, or a deletion that takes its time would go through bit by bit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How many files may be deleted in `recent_seconds` without a question.

    More than `most` never; more than `share` of all files not either, unless these are `few`.
    """

    most: int = 500
    share: float = 0.5
    few: int = 20
    recent_seconds: float = 600.0  # a script that deletes a file a second gets to `most` in that

    def holds(self, lost: int, total: int) -> bool:
        """Whether the deletion of `lost` of `total` files is held; both with those just gone."""
        return lost > self.most or (lost > self.few and lost > total * self.share)
