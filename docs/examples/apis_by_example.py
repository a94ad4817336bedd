"""The "APIs by Example" of 2011 in Python: who am I, how much is free, a file for everybody.

Run: python apis_by_example.py; it asks for the cloud's address, an e-mail address and a password.
"""

from __future__ import annotations

import hashlib
from urllib.request import urlopen

from log_in import log_in

CONTENT = b"Everybody may read this.\n"
SHA1 = "sha1:" + hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()


def main() -> None:
    """Account and quota, then publish a file, read it as anybody, and take it back."""
    with log_in("apis-by-example") as cloud:
        account = cloud.account()
        print(f"{account.email}, {account.current_plan}")
        quota = cloud.quota()
        print(f"{quota.used} of {quota.total} bytes used")

        for volume in cloud.files.volumes():
            print(f"{volume.type} {volume.path}")

        page, _ = cloud.files.make("/~/Ubuntu One/example.txt", "file")
        page = cloud.files.put_content(page, len(CONTENT), lambda: iter([CONTENT]), lambda: SHA1)
        page = cloud.files.publish(page.resource_path, public=True)
        print(f"published at {page.public_url}")
        with urlopen(page.public_url) as anybody:
            print(anybody.read().decode().strip())

        cloud.files.publish(page.resource_path, public=False)
        cloud.files.delete(page.resource_path)
        print(f"published: {[node.path for node in cloud.files.published()]}")


if __name__ == "__main__":
    main()
