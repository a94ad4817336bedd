"""One content of the cloud onto this disk, going on where an earlier run ended.

Prints nothing; what it is for the listing knows.
"""

from __future__ import annotations

from pathlib import Path

from u1tray.rest.blocking.files import Files
from u1tray.rest.uploads import RESUMABLE_ABOVE_BYTES
from u1tray.u1file import placing, receiving
from u1tray.u1file.moves import Moves
from u1tray.u1file.receiving import Wanted
from u1tray.u1file.temporaries import Temporaries
from u1tray.u1file.words import ON_DISK
from u1tray.vocabulary.errors import ConflictError


def fetch(
    files: Files,
    wanted: Wanted,
    place: Path,
    moves: Moves,
    *,
    force: bool,
    temporaries: Temporaries,
    is_synced: bool = True,
) -> Wanted:
    """Write a content to a place of this disk, whole or not at all; what was written at last.

    A large one goes on where an earlier run ended. What changes in the cloud meanwhile is asked
    for anew. Raises ConflictError when it changes all the time, or when the file here did.
    """
    for _ in range(receiving.LOOKS):
        try:
            with placing.replacement(
                place,
                moves,
                force=force,
                sha1=wanted.hash if wanted.size > RESUMABLE_ABOVE_BYTES else "",
                is_synced=is_synced,
                temporaries=temporaries,
            ) as sink:
                receiving.fetch_on(files, wanted, sink)
        except ConflictError as error:
            if error.code == ON_DISK:
                raise
            wanted = Wanted.of(receiving.find_file(files, wanted.resource_path))
            continue
        return wanted
    text = "It changes all the time. Try again later."
    raise ConflictError(text)
