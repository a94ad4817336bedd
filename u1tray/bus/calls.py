"""Method calls without waiting: message by message, never starting a service unasked (C2 to C8).

There are no proxies: nothing is introspected, so nothing is started by looking at it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dbus.exceptions
import dbus.lowlevel

from u1tray.bus.failures import BusError, last_line
from u1tray.bus.plain import plain
from u1tray.bus.session import Bus
from u1tray.vocabulary import names

log = logging.getLogger(__name__)

_METHOD_RETURN = 2


@dataclass(frozen=True)
class Method:
    """A remote method: where it is, the signature of its arguments, how long it may take."""

    service: str
    path: str
    interface: str
    name: str
    signature: str = ""
    timeout_seconds: float = 5.0


def call(
    bus: Bus,
    method: Method,
    *args: Any,
    on_reply: Callable[[Any], None],
    on_error: Callable[[BusError], None],
    auto_start: bool = False,
) -> None:
    """Send a call; exactly one of the callbacks follows, from the loop or at once when offline.

    The value is None, the one out value, or a tuple of several, all plain. After
    `method.timeout_seconds` the error is `org.freedesktop.DBus.Error.NoReply`.
    """

    def answered(reply: Any) -> None:
        if reply.get_type() == _METHOD_RETURN:
            on_reply(value_of(reply))
        else:
            error = error_of(reply)
            log.debug("%s.%s: %s: %s", method.interface, method.name, error.name, error.text)
            on_error(error)

    message = message_of(method, args, auto_start)
    try:
        bus.connection.send_message_with_reply(
            message, answered, method.timeout_seconds, require_main_loop=True
        )
    except dbus.exceptions.DBusException as error:
        on_error(BusError(names.DISCONNECTED, last_line(str(error))))


def message_of(method: Method, args: tuple[Any, ...], auto_start: bool) -> Any:
    """The call as a message. Raises TypeError or ValueError for arguments of another type."""
    message = dbus.lowlevel.MethodCallMessage(
        destination=method.service,
        path=method.path,
        interface=method.interface,
        method=method.name,
    )
    message.set_auto_start(auto_start)
    message.append(*args, signature=method.signature)
    return message


def value_of(reply: Any) -> Any:
    """What a good reply carries, plain."""
    values = [plain(value) for value in reply.get_args_list(byte_arrays=True)]
    if len(values) > 1:
        return tuple(values)
    return values[0] if values else None


def error_of(reply: Any) -> BusError:
    """What an error reply says."""
    texts = reply.get_args_list()
    return BusError(str(reply.get_error_name()), last_line(str(texts[0])) if texts else "")
