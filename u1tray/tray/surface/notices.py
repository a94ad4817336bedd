"""Notifications: one reusable bubble a kind, its buttons, and each kind's switch.

When a bubble is due was decided before; here it is shown, re-used and closed, never waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from u1tray.bus import notifications
from u1tray.bus.notifications import Bubble, Urgency
from u1tray.bus.session import Bus
from u1tray.bus.signals import Subscription
from u1tray.status import texts
from u1tray.status.commands import Notice, Notify, Withdraw
from u1tray.status.names import escaped
from u1tray.status.texts import Translator
from u1tray.status.values import Action, Indicator
from u1tray.tray.settings import Settings, wants
from u1tray.tray.view.item import Choice, DoAction, OpenWindow, Window
from u1tray.tray.view.look import LOOKS
from u1tray.vocabulary import places

DEFAULT = "default"  # a click on the bubble itself (Desktop Notifications Specification, 2.5)


@dataclass(frozen=True)
class Style:
    """How a kind looks, and what its button does."""

    picture: Indicator
    action: Action | None
    urgency: Urgency = Urgency.NORMAL


STYLES: Mapping[Notice, Style] = {
    Notice.NEEDS_LOGIN: Style(Indicator.NEEDS_LOGIN, Action.LOG_IN),
    Notice.STORAGE_FULL: Style(Indicator.OVER_QUOTA, Action.FREE_UP_SPACE),
    Notice.SYNC_ERROR: Style(Indicator.ERROR, None, Urgency.CRITICAL),
    Notice.FILE_NOT_SYNCED: Style(Indicator.ERROR, None),
    Notice.HELD_DELETIONS: Style(Indicator.PAUSED, Action.RESTORE_HELD),
    Notice.CONFLICT: Style(Indicator.UP_TO_DATE, None),
    Notice.LOGIN_FAILED: Style(Indicator.NEEDS_LOGIN, Action.LOG_IN),
}


class Notices:
    """The bubbles of one bus connection. Everything is asynchronous; nothing here can fail."""

    def __init__(
        self,
        bus: Bus,
        translator: Translator,
        settings: Callable[[], Settings],
        choose: Callable[[Choice], None],
        find_icon: Callable[[str], str],
    ) -> None:
        self._bus = bus
        self._translator = translator
        self._settings = settings
        self._choose = choose
        self._find_icon = find_icon
        self._ids: dict[Notice, int] = {}
        self._wanted: dict[Notice, Notify] = {}  # not yet sent
        self._sent: set[Notice] = set()  # sent, and the id not yet heard
        self._void: set[Notice] = set()  # withdrawn while sent
        self._asking = False
        self._capabilities: frozenset[str] | None = None
        self._subscriptions: tuple[Subscription, ...] = ()

    def show(self, notify: Notify) -> None:
        """Show a bubble, in the place of the last one of its kind, unless it is switched off."""
        if not wants(self._settings(), notify.notice):
            return
        self._wanted[notify.notice] = notify
        if self._capabilities is not None:
            self._send_wanted()
        elif not self._asking:
            self._asking = True
            notifications.ask_capabilities(self._bus, self._know)

    def withdraw(self, withdraw: Withdraw) -> None:
        """Close the bubble of a kind, if there is one."""
        notice = withdraw.notice
        self._wanted.pop(notice, None)
        if notice in self._sent:
            self._void.add(notice)
        bubble_id = self._ids.pop(notice, None)
        if bubble_id is not None:
            notifications.close(self._bus, bubble_id)

    def close(self) -> None:
        """Hear no more of bubbles; those on screen stay until the desktop closes them."""
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = ()

    def _know(self, capabilities: frozenset[str] | None) -> None:
        self._asking = False
        if capabilities is None:
            self._wanted.clear()  # nobody shows notifications here; the next one asks again
            return
        self._capabilities = capabilities
        if not self._subscriptions:
            self._subscriptions = (
                notifications.listen_actions(self._bus, self._invoked),
                notifications.listen_closed(self._bus, self._closed),
            )
        self._send_wanted()

    def _send_wanted(self) -> None:
        for notice in [notice for notice in self._wanted if notice not in self._sent]:
            bubble = self._bubble(self._wanted.pop(notice))
            self._sent.add(notice)
            shown = partial(self._shown, notice)
            notifications.notify(self._bus, places.PROGRAM, bubble, shown)

    def _shown(self, notice: Notice, bubble_id: int | None) -> None:
        self._sent.discard(notice)
        is_void = notice in self._void
        self._void.discard(notice)
        if bubble_id is None:
            self._ids.pop(notice, None)
            self._capabilities = None  # another server may come: the next one asks anew
            return
        self._ids[notice] = bubble_id
        if notice in self._wanted:
            self._send_wanted()
        elif is_void:
            self.withdraw(Withdraw(notice))

    def _bubble(self, notify: Notify) -> Bubble:
        assert self._capabilities is not None
        style = STYLES[notify.notice]
        summary, body = texts.notice(notify, self._translator)
        if "body-markup" in self._capabilities:
            body = escaped(body)
        return Bubble(
            summary=summary,
            body=body,
            icon=self._find_icon(LOOKS[style.picture].icon),
            replaces_id=self._ids.get(notify.notice, 0),
            actions=self._buttons(style) if "actions" in self._capabilities else (),
            urgency=style.urgency,
            hints={"desktop-entry": places.PROGRAM},
        )

    def _buttons(self, style: Style) -> tuple[tuple[str, str], ...]:
        _ = self._translator.gettext
        show = _("Show status")
        buttons = [(DEFAULT, show)]
        if style.action is not None:
            buttons.append((style.action.value, texts.action(style.action, self._translator)))
        else:
            buttons.append((Window.STATUS.value, show))
        return tuple(buttons)

    def _invoked(self, bubble_id: int, key: str) -> None:
        if bubble_id not in self._ids.values():
            return
        if key in (DEFAULT, Window.STATUS.value):
            self._choose(OpenWindow(Window.STATUS))
            return
        action = next((action for action in Action if action.value == key), None)
        if action is not None:
            self._choose(DoAction(action))

    def _closed(self, bubble_id: int, _reason: int) -> None:
        self._ids = {notice: known for notice, known in self._ids.items() if known != bubble_id}
