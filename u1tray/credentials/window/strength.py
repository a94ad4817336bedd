"""How much a new passphrase resists guessing, coarsely, and in words. Knows no Qt.

Who has the file can try thousands of passphrases an hour on a small computer (scrypt, 9.5), and
many more on large ones: length is what counts.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from enum import Enum

from u1tray.status.texts import N_

LEAST_CHARACTERS = 8
_FAIR_BITS = 50.0
_GOOD_BITS = 75.0
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation + " ")
_OTHER_SIGNS = 100


class Strength(Enum):
    """From refused to good."""

    NONE = "none"
    TOO_SHORT = "too-short"
    WEAK = "weak"
    FAIR = "fair"
    GOOD = "good"


SENTENCES: Mapping[Strength, str] = {
    Strength.NONE: N_("Several words that do not belong together are easy to remember."),
    Strength.TOO_SHORT: N_("Too short: use at least 8 characters."),
    Strength.WEAK: N_("Weak: it could be guessed. Add a word or two."),
    Strength.FAIR: N_("Fair: one more word makes it good."),
    Strength.GOOD: N_("Good."),
}


def strength(passphrase: str) -> Strength:
    """The coarse class of a passphrase."""
    if not passphrase:
        return Strength.NONE
    if len(passphrase) < LEAST_CHARACTERS:
        return Strength.TOO_SHORT
    found = bits(passphrase)
    if found < _FAIR_BITS:
        return Strength.WEAK
    return Strength.FAIR if found < _GOOD_BITS else Strength.GOOD


def bits(passphrase: str) -> float:
    """An upper bound of its entropy: signs that are repeated count half."""
    alphabet = sum(len(kind) for kind in _KINDS if set(kind) & set(passphrase))
    if set(passphrase) - set("".join(_KINDS)):
        alphabet += _OTHER_SIGNS
    distinct = len(set(passphrase))
    counted = distinct + (len(passphrase) - distinct) / 2
    return counted * math.log2(max(alphabet, 2))
