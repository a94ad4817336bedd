"""The words for damage, what each means, and what mending does about it.

The rule above all: no byte that may be the only copy is destroyed. What cannot be trusted is moved
to the quarantine; what lost its place is attached again where people and their programs see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Damage(str, Enum):
    """Everything that can be found, in the order in which it is mended."""

    BROKEN_DATABASE = "broken-database"
    VOLUME_WITHOUT_ACCOUNT = "volume-without-account"
    MISSING_ROOT_VOLUME = "missing-root-volume"
    NODE_WITHOUT_VOLUME = "node-without-volume"
    MISSING_ROOT = "missing-root"
    SECOND_ROOT = "second-root"
    WRONG_ROOT = "wrong-root"
    WRONG_ACCOUNT = "wrong-account"
    MISSING_PARENT = "missing-parent"
    PARENT_ELSEWHERE = "parent-elsewhere"
    PARENT_IS_FILE = "parent-is-file"
    DEAD_PARENT = "dead-parent"
    CYCLE = "cycle"
    BAD_NAME = "bad-name"
    DUPLICATE_NAME = "duplicate-name"
    DATA_WITHOUT_CONTENT = "data-without-content"
    MISSING_BLOB = "missing-blob"
    WRONG_SIZE = "wrong-size"
    WRONG_HASH = "wrong-hash"
    MISSING_DATA = "missing-data"
    WRONG_DATA = "wrong-data"
    WRONG_FINGERPRINT = "wrong-fingerprint"
    MISPLACED_CONTENT = "misplaced-content"
    UNKNOWN_CONTENT = "unknown-content"
    NODE_DIFFERS = "node-differs"
    MISPLACED_PUBLIC_ID = "misplaced-public-id"
    DUPLICATE_PUBLIC_ID = "duplicate-public-id"
    GENERATION_OUT_OF_RANGE = "generation-out-of-range"
    DUPLICATE_GENERATION = "duplicate-generation"
    WRONG_USED = "wrong-used"
    MISSING_INDEX = "missing-index"
    ORPHAN_UPLOAD = "orphan-upload"
    ORPHAN_BLOB = "orphan-blob"


@dataclass(frozen=True)
class Meaning:
    """A word in a sentence, and what `--repair` does."""

    what: str
    mending: str


_ATTACHED = "it is attached to the directory lost+found of its volume"
_EMPTIED = (
    "the bytes are looked for elsewhere; else its files stay, without content, to be uploaded again"
)

MEANINGS: Mapping[Damage, Meaning] = {
    Damage.BROKEN_DATABASE: Meaning(
        "the database file is damaged", "indexes are built anew; more needs a backup"
    ),
    Damage.VOLUME_WITHOUT_ACCOUNT: Meaning(
        "a volume's account is gone", "nothing: whose it is only a backup can tell"
    ),
    Damage.MISSING_ROOT_VOLUME: Meaning("an account has no root volume", "it gets one"),
    Damage.NODE_WITHOUT_VOLUME: Meaning(
        "nodes belong to a volume that is not there", "it is made again as ~/lost+found-NUMBER"
    ),
    Damage.MISSING_ROOT: Meaning("a volume has no root directory", "it gets one"),
    Damage.SECOND_ROOT: Meaning("a volume has two root directories", _ATTACHED),
    Damage.WRONG_ROOT: Meaning(
        "a volume's root is no live directory", "it is made one live directory again"
    ),
    Damage.WRONG_ACCOUNT: Meaning(
        "a node names another account than its volume", "it names the volume's"
    ),
    Damage.MISSING_PARENT: Meaning("a node's parent is not there", _ATTACHED),
    Damage.PARENT_ELSEWHERE: Meaning("a node's parent is in another volume", _ATTACHED),
    Damage.PARENT_IS_FILE: Meaning("a node's parent is a file", _ATTACHED),
    Damage.DEAD_PARENT: Meaning("a live node's parent was deleted", _ATTACHED),
    Damage.CYCLE: Meaning("directories contain each other", _ATTACHED),
    Damage.BAD_NAME: Meaning("a name that no client can ask for", "it gets another name"),
    Damage.DUPLICATE_NAME: Meaning(
        "two live nodes have one name", "the one changed last keeps it, others get another"
    ),
    Damage.DATA_WITHOUT_CONTENT: Meaning(
        "bytes in the database belong to no content", "the content is made from the bytes"
    ),
    Damage.MISSING_BLOB: Meaning("a content's blob is not there", _EMPTIED),
    Damage.WRONG_SIZE: Meaning("a blob has another size", f"it goes to the quarantine; {_EMPTIED}"),
    Damage.WRONG_HASH: Meaning("a blob's bytes changed", f"it goes to the quarantine; {_EMPTIED}"),
    Damage.MISSING_DATA: Meaning("a small content has no bytes", _EMPTIED),
    Damage.WRONG_DATA: Meaning(
        "a small content's bytes changed", f"they go to the quarantine; {_EMPTIED}"
    ),
    Damage.WRONG_FINGERPRINT: Meaning(
        "a content's other hashes or size are not those of its bytes", "they are computed anew"
    ),
    Damage.MISPLACED_CONTENT: Meaning(
        "something that is no live file has content", "it loses the content"
    ),
    Damage.UNKNOWN_CONTENT: Meaning(
        "a file's content is unknown",
        "it gets the stored content of the same hash; else it stays, without content",
    ),
    Damage.NODE_DIFFERS: Meaning(
        "a file shows another hash or size than its content", "it shows its content's"
    ),
    Damage.MISPLACED_PUBLIC_ID: Meaning(
        "something that is no live file is public", "it is withdrawn"
    ),
    Damage.DUPLICATE_PUBLIC_ID: Meaning(
        "two files have one public id", "the first keeps it, others are withdrawn"
    ),
    Damage.GENERATION_OUT_OF_RANGE: Meaning(
        "a node's generation is none its volume has had", "it gets a new one"
    ),
    Damage.DUPLICATE_GENERATION: Meaning(
        "two nodes of a volume have one generation", "all but the first get a new one"
    ),
    Damage.WRONG_USED: Meaning(
        "an account's used bytes are not the sum of its files", "they are counted anew"
    ),
    Damage.MISSING_INDEX: Meaning("an index of the database is missing", "it is built"),
    Damage.ORPHAN_UPLOAD: Meaning("parts of an upload that nobody can go on with", "left to gc"),
    Damage.ORPHAN_BLOB: Meaning("a blob that no content names", "left to gc"),
}

# They take room and harm nobody; a crash leaves them.
LEFTOVERS = frozenset({Damage.ORPHAN_BLOB, Damage.ORPHAN_UPLOAD})
# Only a backup helps.
BEYOND_REPAIR = frozenset({Damage.VOLUME_WITHOUT_ACCOUNT})


@dataclass(frozen=True)
class Finding:
    """One damaged thing. `subject` is a row's id, or what else names it; `place` is for people."""

    damage: Damage
    subject: int | str
    place: str
