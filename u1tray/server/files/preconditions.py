"""`If-Match` and `If-None-Match` (REST contract, 7; RFC 9110, 13)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multidict import CIMultiDictProxy

from u1tray.server.files.values import Node
from u1tray.server.messages.refusals import Code, Refusal

_ANY = "*"
# An entity tag with what separates it from the next; weak ones are recognised, to never match.
_TAG = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


@dataclass(frozen=True)
class Preconditions:
    """The values of both headers, None where they are absent."""

    if_match: str | None = None
    if_none_match: str | None = None

    def are_met(self, tag: str | None, *, exists: bool) -> bool:
        """Whether they hold for an entity tag, None for none; `exists` decides about `*`."""
        return self.are_matched(tag, exists=exists) and not self.is_known(tag, exists=exists)

    def is_known(self, tag: str | None, *, exists: bool) -> bool:
        """Whether `If-None-Match` names the tag: on GET that is 304."""
        if self.if_none_match is None:
            return False
        return _names(self.if_none_match, tag, exists)

    def are_matched(self, tag: str | None, *, exists: bool) -> bool:
        """Whether `If-Match` holds, absent or not."""
        return self.if_match is None or _names(self.if_match, tag, exists)

    def check_content(self, node: Node | None) -> None:
        """For a change of a file's content. Raises Refusal `precondition_failed`."""
        tag = None if node is None else node.tag
        if not self.are_met(tag, exists=tag is not None):
            raise failed(tag)

    def check_removal(self, node: Node) -> None:
        """For the DELETE of a node, whose existence `*` means. Raises Refusal."""
        matches = self.are_matched(node.tag, exists=True)
        # `If-None-Match: *` is never true here.
        if not matches or self.is_known(node.tag, exists=True):
            raise failed(node.tag)


def read_preconditions(headers: CIMultiDictProxy[str]) -> Preconditions:
    """The preconditions in the headers of a request."""
    found = [headers.getall(name, []) for name in ("If-Match", "If-None-Match")]
    return Preconditions(*(", ".join(values) if values else None for values in found))


def failed(tag: str | None) -> Refusal:
    """412, with the current entity tag if there is one."""
    headers = () if tag is None else (("ETag", tag),)
    return Refusal(Code.PRECONDITION_FAILED, "It changed meanwhile.", headers=headers)


def _names(value: str, tag: str | None, exists: bool) -> bool:
    if value.strip() == _ANY:
        return exists
    return tag is not None and tag in _strong_tags(value)


def _strong_tags(value: str) -> list[str]:
    """The strong tags of a list; none of a list with a fault in it."""
    tags = []
    position = 0
    while position < len(value):
        found = _TAG.match(value, position)
        if found is None:
            return []
        if found[1] is None:
            tags.append(found[2])
        position = found.end()
    return tags
