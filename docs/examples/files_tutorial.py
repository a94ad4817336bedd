"""The files tutorial of 2011 in Python: a volume, a folder, a file there and back, and its end.

Run: python files_tutorial.py; it asks for the cloud's address, an e-mail address and a password.
"""

from __future__ import annotations

import hashlib

from log_in import log_in

CONTENT = b"Hello from the files tutorial.\n"
SHA1 = "sha1:" + hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()


def main() -> None:
    """Every step of the tutorial, in its order."""
    with log_in("files-tutorial") as cloud:
        # u1file create-volume Tutorial
        volume, is_new = cloud.files.create_volume("~/Tutorial")
        print(f"{volume.node_path} {'made' if is_new else 'was there'}")

        # u1file put letter.txt Tutorial/letters/letter.txt
        letter, _ = cloud.files.make("/~/Tutorial/letters/letter.txt", "file")
        letter = cloud.files.put_content(
            letter, len(CONTENT), lambda: iter([CONTENT]), lambda: SHA1
        )
        print(f"stored {letter.size} bytes, {letter.hash}")

        # u1file list Tutorial/letters
        for child in cloud.files.directory("/~/Tutorial/letters").children:
            print(f"{child.kind} {child.name}")

        # u1file query Tutorial/letters/letter.txt
        letter = cloud.files.node("/~/Tutorial/letters/letter.txt")
        print(f"changed {letter.when_changed}, generation {letter.generation}")

        # u1file get Tutorial/letters/letter.txt copy.txt
        copy = bytearray()

        def begin():
            copy.clear()  # each attempt begins anew
            return copy.extend

        cloud.files.get_content(letter, begin)
        print("identical" if copy == CONTENT else "different")

        # u1file delete Tutorial/letters; u1file rm-volume Tutorial
        cloud.files.delete("/~/Tutorial/letters")
        cloud.files.delete_volume("~/Tutorial")
        print("deleted")


if __name__ == "__main__":
    main()
