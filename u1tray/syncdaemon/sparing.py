"""Sparing a metered network and a weak battery: how large the files are that travel meanwhile.

Knows no bus: `surroundings` tells what the desktop says.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

SMALL_BYTES = 1 << 20


class Policy(enum.Enum):
    """What happens while something is to be spared."""

    SYNC = "sync"
    """All goes on."""
    SMALL = "small"
    """Only files up to SMALL_BYTES travel, and everything without content."""
    PAUSE = "pause"
    """No file travels."""


_LARGEST = {Policy.SYNC: None, Policy.SMALL: SMALL_BYTES, Policy.PAUSE: -1}


def read_policy(text: str) -> Policy:
    """`sync`, `small` or `pause`. ValueError for others."""
    try:
        return Policy(text.strip().lower())
    except ValueError:
        message = "write sync, small or pause"
        raise ValueError(message) from None


@dataclass
class Sparing:
    """What is to be spared now. `changed` is called whenever other files may travel."""

    on_metered_network: Policy
    on_power_saving: Policy
    changed: Callable[[], None] = lambda: None
    is_metered: bool = field(default=False, init=False)
    saves_power: bool = field(default=False, init=False)
    is_overridden: bool = field(default=False, init=False)

    @property
    def largest(self) -> int | None:
        """How many bytes a file may have that travels now; None for any."""
        limits = [_LARGEST[policy] for policy in self._policies().values()]
        return min((limit for limit in limits if limit is not None), default=None)

    @property
    def reason(self) -> str:
        """What is spared: `network`, `power`, `both`, or nothing."""
        found = [what for what, policy in self._policies().items() if policy is not Policy.SYNC]
        return "both" if len(found) > 1 else "".join(found)

    def see_network(self, *, is_metered: bool) -> None:
        """The desktop tells whether the network is metered."""
        if is_metered != self.is_metered:
            self.is_metered = is_metered
            self._consider()

    def see_power(self, *, saves_power: bool) -> None:
        """The desktop tells whether power is to be saved."""
        if saves_power != self.saves_power:
            self.saves_power = saves_power
            self._consider()

    def override(self) -> None:
        """A person wants it all the same, until nothing is to be spared any more."""
        if (self.is_metered or self.saves_power) and not self.is_overridden:
            self.is_overridden = True
            self.changed()

    def _consider(self) -> None:
        if not self.is_metered and not self.saves_power:
            self.is_overridden = False
        self.changed()

    def _policies(self) -> dict[str, Policy]:
        """What is in force now."""
        if self.is_overridden:
            return {}
        found = {}
        if self.is_metered:
            found["network"] = self.on_metered_network
        if self.saves_power:
            found["power"] = self.on_power_saving
        return found
