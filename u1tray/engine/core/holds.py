"""Mass deletions: when so much is gone at once that somebody should say whether it is meant.

An unmounted disk and a restored server look like that, too. What is held is listed, and applied
or restored later; everything else goes on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How many files may be deleted at once without a question.

    More than `most` never; more than `share` of all files not either, unless these are `few`.
    """

    most: int = 500
    share: float = 0.5
    few: int = 20

    def holds(self, lost: int, total: int) -> bool:
        """Whether the deletion of `lost` of `total` agreed files is held."""
        return lost > self.most or (lost > self.few and lost > total * self.share)
