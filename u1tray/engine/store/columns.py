"""The tables of each side by name, and how names, kinds and contents stand in their columns."""

from __future__ import annotations

from u1tray.engine.core.values import Content, Kind, Side

TABLES = {Side.LOCAL: "local_nodes", Side.REMOTE: "remote_nodes"}
COLUMNS = {Side.LOCAL: "local", Side.REMOTE: "remote"}

KINDS = {kind.value: kind for kind in Kind}
KIND_TEXTS = {kind: text for text, kind in KINDS.items()}


def stored_name(name: str) -> bytes:
    """A name as bytes: those of a local one need not be UTF-8, and SQLite's text must be."""
    return name.encode("utf-8", "surrogateescape")


def name_of(stored: bytes) -> str:
    """The name that is stored so."""
    return stored.decode("utf-8", "surrogateescape")


def columns_of(content: Content | None) -> tuple[bytes | None, int | None]:
    """A content's two columns."""
    return (None, None) if content is None else (content.sha1, content.size)


def content_of(sha1: bytes | None, size: int | None) -> Content | None:
    """The content of two columns."""
    return None if sha1 is None or size is None else Content(sha1, size)
