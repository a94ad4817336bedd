"""What may be a name and a path (REST contract, 3). Segments come decoded, without empty ones."""

from __future__ import annotations

from collections.abc import Sequence

from u1tray.server.files.values import Names
from u1tray.server.messages.refusals import Code, Refusal

HOME = "~"  # the first segment of every path of one's own
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4096


def name_fault(name: str) -> str | None:
    """Why a segment cannot be a name, or None."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "A name is not valid UTF-8."
    if not 0 < size <= MAX_NAME_BYTES:
        return f"A name has 1 to {MAX_NAME_BYTES} bytes."
    if name in (".", ".."):
        return "A name is neither . nor .. ."
    if "\0" in name:
        return "A name holds no NUL."
    return None


def check_names(segments: Sequence[str]) -> Names:
    """The segments as names. Raises Refusal `bad_name`."""
    for segment in segments:
        fault = name_fault(segment)
        if fault is not None:
            raise Refusal(Code.BAD_NAME, fault)
    return tuple(segments)


def volume_path(segments: Sequence[str]) -> str | None:
    """`~/one/two`; None for what cannot be a volume's path (5)."""
    if len(segments) < 2 or segments[0] != HOME:
        return None
    if any(name_fault(segment) for segment in segments[1:]):
        return None
    return "/".join(segments)


def check_inside(names: Names) -> Names:
    """A path inside a volume. Raises Refusal `path_too_long`."""
    if len(inside_text(names).encode()) > MAX_PATH_BYTES:
        raise Refusal(Code.PATH_TOO_LONG, f"A path has at most {MAX_PATH_BYTES} bytes.")
    return names


def parse_inside(text: str) -> Names:
    """A path as in JSON, `/a/b.txt`: plain Unicode, never percent-encoded.

    Raises Refusal: `bad_value` without the first slash, `bad_name`, `path_too_long`.
    """
    if not text.startswith("/"):
        raise Refusal(Code.BAD_VALUE, "A path inside a volume starts with a slash.")
    return check_inside(check_names([segment for segment in text.split("/") if segment]))


def inside_text(names: Names) -> str:
    """`/a/b.txt`; `/` for the volume's root."""
    return "/" + "/".join(names)


def are_nested(one: str, other: str) -> bool:
    """Whether one of two different volume paths lies inside the other (5)."""
    return one.startswith(other + "/") or other.startswith(one + "/")
