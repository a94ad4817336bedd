"""What `--embedded` made: a private JSON file, written before each thing it names is made.

So a crash at any line leaves nothing that `--reset` does not know of. The file holds the
password of the private cloud's account and is open to its owner only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from u1tray.disk import files
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError

VERSION = 1
FILE_NAME = "embedded.json"


class Kind(str, Enum):
    """What a made thing is, and so how it is removed."""

    FILE = "file"
    TREE = "tree"  # a directory of ours with everything in it
    FOLDER = "folder"  # the person's: removed only while empty
    ACTIVATION = "activation"  # both activation files of the two services
    CLOUD_ADDRESS = "cloud-address"  # the address in cloud.conf


@dataclass(frozen=True)
class Made:
    """One thing that was not there before."""

    kind: Kind
    path: Path


@dataclass(frozen=True)
class Manifest:
    """The private cloud of this person. `port` 0: none yet. The repr shows no password."""

    email: str
    password: str = field(repr=False)
    port: int = 0
    account_made: bool = False
    token_fingerprint: str = ""  # of the credentials stored for it
    made: tuple[Made, ...] = ()

    @property
    def url(self) -> str:
        """The cloud's address, `''` before it has one."""
        return f"http://127.0.0.1:{self.port}" if self.port else ""

    @property
    def uses_vault(self) -> bool:
        """Whether the credentials are in the encrypted file, and not in a keyring."""
        return any(made.path == passphrase_file() for made in self.made)

    def with_made(self, kind: Kind, path: Path) -> Manifest:
        """The manifest with one thing more; a thing stands in it once."""
        made = Made(kind, path)
        return self if made in self.made else replace(self, made=(*self.made, made))

    def without(self, kind: Kind) -> Manifest:
        """The manifest without the things of a kind."""
        return replace(self, made=tuple(made for made in self.made if made.kind is not kind))

    def has(self, kind: Kind) -> bool:
        """Whether a thing of that kind is listed."""
        return any(made.kind is kind for made in self.made)


def file_path() -> Path:
    """`$XDG_DATA_HOME/u1tray/embedded.json`."""
    return places.data_directory() / FILE_NAME


def passphrase_file() -> Path:
    """`$XDG_DATA_HOME/u1tray/passphrase`, which opens the encrypted file of credentials."""
    return places.data_directory() / "passphrase"


def load() -> Manifest | None:
    """The manifest; None where there is none. Raises UsageError for one that cannot be used."""
    try:
        text = file_path().read_text(encoding="utf-8")
        return _read(json.loads(text))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        what = type(error).__name__
        text = (
            f"{file_path()} cannot be used ({what}): it is damaged, or of a newer version. "
            "Move it away to set up a new private cloud."
        )
        raise UsageError(text) from None


def save(manifest: Manifest) -> None:
    """Write it, owner-only, in one step. Raises OSError."""
    files.write_text(file_path(), json.dumps(_written(manifest), indent=2) + "\n", files.OWNER_ONLY)


def _written(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": VERSION,
        "email": manifest.email,
        "password": manifest.password,
        "port": manifest.port,
        "account_made": manifest.account_made,
        "token_fingerprint": manifest.token_fingerprint,
        "made": [{"kind": made.kind.value, "path": str(made.path)} for made in manifest.made],
    }


def _read(found: Mapping[str, Any]) -> Manifest:
    if found["version"] != VERSION:
        text = "version"
        raise ValueError(text)
    return Manifest(
        _text(found["email"]),
        _text(found["password"]),
        _port(found["port"]),
        found["account_made"] is True,
        _text(found["token_fingerprint"]),
        tuple(Made(Kind(each["kind"]), _path(each["path"])) for each in found["made"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        text = "not a text"
        raise TypeError(text)
    return value


def _port(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 65535:
        text = "not a port"
        raise ValueError(text)
    return value


def _path(value: object) -> Path:
    path = Path(_text(value))
    # What is not absolute would be removed relative to wherever the person happens to be.
    if not path.is_absolute() or ".." in path.parts:
        text = "not an absolute path"
        raise ValueError(text)
    return path
