"""Whose data this is: the one account the local folders belong to (D-Bus contract, 10.2).

Bound at the first rescan, kept in the daemon's metadata, and never changed by the daemon.
"""

from __future__ import annotations

import json
from pathlib import Path

from u1tray.disk.files import write_atomically
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import ContractError

VERSION = 1


def root_id_of(user_id: int, consumer_key: str) -> str:
    """The account's identity: no address, which may change, and no secret (REST contract, 13.5)."""
    return f"{user_id}-{consumer_key}"


def binding_file() -> Path:
    """Where the account is remembered, within the metadata place of 10.6."""
    return places.data_directory() / "syncdaemon/account.json"


def bound_root_id(path: Path) -> str | None:
    """The root id the data belongs to; None before the first time. ContractError if unreadable."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        text = f"{path} cannot be read: {' '.join(str(error).split())}"
        raise ContractError(text) from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        text = f"{path} was written by another version of this program"
        raise ContractError(text)
    root_id = content.get("root_id")
    if not isinstance(root_id, str) or not root_id:
        text = f"{path} names no account"
        raise ContractError(text)
    return root_id


def bind(path: Path, root_id: str) -> None:
    """Remember the account. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = json.dumps({"version": VERSION, "root_id": root_id})
    write_atomically(path, content.encode() + b"\n", 0o600)
