"""What the pages say about what happened, in plain words and in the person's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response
from u1tray.server.web.language import N_, Language
from u1tray.server.web.pages import script_answer
from u1tray.vocabulary.units import format_bytes

FOREIGN = N_(
    "This form was not sent by a page of this site, or the page was open for too long. Go back, "
    "load the page again and repeat what you did."
)

_OF_CODE: Mapping[Code, str] = {
    Code.BAD_NAME: N_(
        "This name cannot be used: it is empty or too long, is . or .., or holds a slash."
    ),
    Code.PATH_TOO_LONG: N_("The name with all its folders is too long."),
    Code.NESTED_VOLUME: N_("A synced folder cannot lie inside another one."),
    Code.ROOT_VOLUME: N_("The folder Ubuntu One cannot be deleted."),
    Code.VOLUME_ROOT: N_("This folder is synced as a whole: delete it on the page of all folders."),
    Code.NOT_A_DIRECTORY: N_("There is a file where a folder is needed."),
    Code.IS_DIRECTORY: N_("There is a folder of this name."),
    Code.BAD_MOVE: N_("A folder cannot be moved into itself."),
    Code.NOT_FOUND: N_("This is not here, or not any more."),
    Code.NO_CONTENT: N_("This file has no content yet: its upload is not done."),
    Code.PRECONDITION_FAILED: N_("There is something of this name already."),
    Code.TOO_LARGE: N_("This is larger than this cloud takes."),
    Code.SERVER_FULL: N_("The disk of this cloud is full."),
    Code.BUSY: N_("The cloud is busy. Try again in a moment."),
    Code.MAINTENANCE: N_("Nothing can be changed just now. Try again later."),
}
_NO_ROOM = N_("There is not enough room: {free} are free and {needed} are needed.")


@dataclass(frozen=True)
class Notice:
    """Something to say once. `text` is English and may hold `{name}`."""

    text: str
    name: str = ""
    is_fault: bool = False
    undo: int | None = None  # the deletion that a button brings back
    link: str | None = None  # a public address, to be copied

    def to_json(self) -> dict[str, Any]:
        """As the session keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, text: str) -> Notice:
        """What `to_json` made."""
        return cls(**json.loads(text))


def of_refusal(refusal: Refusal, language: Language) -> str:
    """A refusal as a sentence for a person."""
    if refusal.code is Code.QUOTA_EXCEEDED:
        return language.text(
            _NO_ROOM,
            free=format_bytes(refusal.more["free_bytes"]),
            needed=format_bytes(refusal.more["needed_bytes"]),
        )
    return language.text(_OF_CODE.get(refusal.code, refusal.text))


def refusal_answer(refusal: Refusal, language: Language, status: int) -> Response:
    """A refusal for our own script."""
    headers: Headers = refusal.headers
    value = {"error": of_refusal(refusal, language), "code": refusal.code.value}
    return script_answer(value, status, headers)
