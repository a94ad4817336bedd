"""`/shares`: folders shared with other people (D-Bus contract, 5.5). Neutral: not built yet."""

from __future__ import annotations

from typing import ClassVar

from u1tray.service.errors import not_supported
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.vocabulary.names import SHARES_INTERFACE

_DICT = ("share_dict",)
_INFO = ("share_info",)


class SharesFace(Interface):
    """No shares; every action is not supported (11.1)."""

    name: ClassVar[str] = SHARES_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (
        Signal("ShareChanged", "a{ss}", _DICT),
        Signal("ShareDeleted", "a{ss}", _DICT),
        Signal("ShareDeleteError", "a{ss}s", ("share_dict", "error")),
        Signal("ShareCreated", "a{ss}", _INFO),
        Signal("ShareCreateError", "a{ss}s", ("share_info", "error")),
        Signal("ShareAnswerResponse", "a{ss}", ("answer_info",)),
        Signal("NewShare", "a{ss}", _INFO),
        Signal("ShareSubscribed", "a{ss}", _INFO),
        Signal("ShareSubscribeError", "a{ss}s", ("share_info", "error")),
        Signal("ShareUnSubscribed", "a{ss}", _INFO),
        Signal("ShareUnSubscribeError", "a{ss}s", ("share_info", "error")),
    )

    @method("", "aa{ss}")
    def get_shares(self) -> list[dict[str, str]]:
        return []

    @method("", "aa{ss}")
    def get_shared(self) -> list[dict[str, str]]:
        return []

    @method("s")
    def accept_share(self, share_id: str) -> None:
        raise not_supported()

    @method("s")
    def reject_share(self, share_id: str) -> None:
        raise not_supported()

    @method("s")
    def delete_share(self, share_id: str) -> None:
        raise not_supported()

    @method("s")
    def subscribe(self, share_id: str) -> None:
        raise not_supported()

    @method("s")
    def unsubscribe(self, share_id: str) -> None:
        raise not_supported()

    @method("ssss")
    def create_share(self, path: str, username: str, name: str, access_level: str) -> None:
        raise not_supported()

    @method("sasss")
    def create_shares(self, path: str, usernames: list[str], name: str, access_level: str) -> None:
        raise not_supported()

    @method()
    def refresh_shares(self) -> None:
        return
