"""Offering one small object on the bus: methods without arguments in, a text or nothing out.

For the indicator's own name, by which a second start reaches the first. A raw message filter:
dbus.service would cost every start of the indicator ten milliseconds of imports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dbus.lowlevel

from u1tray.bus.session import Bus
from u1tray.vocabulary import names

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEER = "org.freedesktop.DBus.Peer"

_METHOD_CALL = 1


@dataclass(frozen=True)
class Offer:
    """What is offered: `actions` reply empty, `texts` reply with one text. None take arguments."""

    path: str
    interface: str
    actions: Mapping[str, Callable[[], None]]
    texts: Mapping[str, Callable[[], str]]

    @property
    def introspection(self) -> str:
        """The object's XML."""
        members = [f'    <method name="{name}"/>' for name in self.actions]
        members += [
            f'    <method name="{name}">\n      <arg type="s" direction="out"/>\n    </method>'
            for name in self.texts
        ]
        return "\n".join(
            (
                '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"',
                ' "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">',
                f'<node>\n  <interface name="{self.interface}">',
                *members,
                "  </interface>\n</node>\n",
            )
        )


def export(bus: Bus, offer: Offer) -> None:
    """Answer calls at the offer's path; what is not offered gets an error, never silence."""

    def handle(_connection: Any, message: Any) -> int:
        ours = message.get_type() == _METHOD_CALL and message.get_path() == offer.path
        if not ours or message.get_interface() == PEER:
            return int(dbus.lowlevel.HANDLER_RESULT_NOT_YET_HANDLED)
        answer = _answer(offer, message)
        if not message.get_no_reply():
            bus.connection.send_message(answer)
        return int(dbus.lowlevel.HANDLER_RESULT_HANDLED)

    bus.connection.add_message_filter(handle)


def _answer(offer: Offer, message: Any) -> Any:
    interface, member = message.get_interface(), message.get_member()
    if (interface, member) == (INTROSPECTABLE, "Introspect"):
        return _text(message, offer.introspection)
    known = member in offer.actions or member in offer.texts
    if interface not in (offer.interface, None) or not known:
        text = f"there is no method {member}"
        return dbus.lowlevel.ErrorMessage(message, names.UNKNOWN_METHOD, text)
    if message.get_signature():
        return dbus.lowlevel.ErrorMessage(message, names.INVALID_ARGS, "it takes no arguments")
    if member in offer.texts:
        return _text(message, offer.texts[member]())
    offer.actions[member]()
    return dbus.lowlevel.MethodReturnMessage(message)


def _text(message: Any, text: str) -> Any:
    reply = dbus.lowlevel.MethodReturnMessage(message)
    reply.append(text, signature="s")
    return reply
