"""Many small files in few requests: as many in each as the cloud takes, there and back.

Run: python many_small_files.py; it asks for the cloud's address, an e-mail address and a password.
"""

from __future__ import annotations

from collections.abc import Iterator

from log_in import log_in

from u1tray.rest import Cloud
from u1tray.rest.contents import DOWNLOAD, UPLOAD, BatchGet, BatchPut, Packing, hash_of, missing
from u1tray.vocabulary.errors import U1Error

NOTES = {f"/~/Notes/{number:04}.txt": b"Note %d.\n" % number for number in range(1500)}


def main() -> None:
    """Put them all, get them all, and take them away again."""
    with log_in("many-small-files") as cloud:
        cloud.files.create_volume("~/Notes")
        stored = 0
        for paths in packed(cloud, UPLOAD):
            # Only where there is no such file yet; each succeeds or fails alone.
            puts = [BatchPut(path, NOTES[path], {"If-None-Match": "*"}) for path in paths]
            for path, node in zip(paths, cloud.files.put_contents(puts), strict=True):
                if isinstance(node, U1Error):
                    print(f"{path}: {node.text}")
                else:
                    stored += 1
        print(f"stored {stored}")

        same = 0
        for paths in packed(cloud, DOWNLOAD):
            found = cloud.files.get_contents([BatchGet(path) for path in paths])
            for path, content in zip(paths, found, strict=True):
                if isinstance(content, U1Error):
                    print(f"{path}: {content.text}")
                else:
                    same += hash_of(content) == hash_of(NOTES[path])
        print(f"identical {same}")
        cloud.files.delete_volume("~/Notes")


def packed(cloud: Cloud, feature: str) -> Iterator[list[str]]:
    """The paths, as many together as the cloud takes in one request."""
    offer = cloud.offered(feature)
    if offer is None:
        raise missing()  # then put_content and get_content carry them one by one
    paths: list[str] = []
    packing = Packing(offer)
    for path, content in NOTES.items():
        if not packing.takes(path, len(content)):
            yield paths
            paths, packing = [], Packing(offer)
            packing.takes(path, len(content))
        paths.append(path)
    yield paths


if __name__ == "__main__":
    main()
