"""Answers incoming method calls from exported interfaces. Sends only through what it is given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from dbus_fast import Message, MessageFlag, MessageType

from u1tray.service.errors import MethodError
from u1tray.service.interfaces import Interface, Method, complete_types
from u1tray.service.introspection import INTROSPECTABLE, PEER, describe
from u1tray.vocabulary import names

_log = logging.getLogger(__name__)

LAST_REPLIES_SECONDS = 0.1


class Dispatcher:
    """The exported objects of one connection."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._objects: dict[str, dict[str, Interface]] = {}
        self._answering: set[asyncio.Future[Any]] = set()

    def export(self, path: str, interface: Interface) -> None:
        """Make an interface callable at a path."""
        self._objects.setdefault(path, {})[interface.name] = interface

    def handle(self, message: Message) -> bool:
        """Answer a call; False leaves a message to others (signals, replies, Peer)."""
        if message.message_type is not MessageType.METHOD_CALL or message.interface == PEER:
            return False
        try:
            self._answer(message)
        except Exception as error:
            self._refuse(message, error)
        return True

    async def stop(self) -> None:
        """End calls still being answered: those that are ready get their reply, others none."""
        if self._answering:
            # What they waited for, such as the end of the service, may have happened just now.
            await asyncio.wait(self._answering, timeout=LAST_REPLIES_SECONDS)
        for answering in self._answering:
            answering.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _answer(self, message: Message) -> None:
        path, member = message.path or "", message.member or ""
        interfaces = self._objects.get(path, {})
        children = self._children(path)
        if not interfaces and not children:
            raise MethodError(names.UNKNOWN_OBJECT, f"no such object: {path}")
        if member == "Introspect" and message.interface in {None, INTROSPECTABLE}:
            _check_inputs(message, "")
            self._reply(message, "s", describe(path, interfaces.values(), children))
            return
        interface, method = _find(interfaces, message)
        _check_inputs(message, method.inputs)
        result = getattr(interface, method.function)(*message.body)
        if asyncio.iscoroutine(result):
            self._answer_later(message, method, result)
        else:
            self._reply(message, method.outputs, result)

    def _answer_later(self, message: Message, method: Method, result: Awaitable[Any]) -> None:
        answering = asyncio.ensure_future(result)
        self._answering.add(answering)

        def done(ended: asyncio.Future[Any]) -> None:
            self._answering.discard(ended)
            if ended.cancelled():
                return
            error = ended.exception()
            try:
                if error is not None:
                    raise error
                self._reply(message, method.outputs, ended.result())
            except Exception as raised:
                self._refuse(message, raised)

        answering.add_done_callback(done)

    def _children(self, path: str) -> set[str]:
        below = path.rstrip("/") + "/"
        return {
            known[len(below) :].split("/", 1)[0]
            for known in self._objects
            if known.startswith(below) and known != "/"
        }

    def _reply(self, message: Message, outputs: str, result: Any) -> None:
        if message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return
        count = len(complete_types(outputs))
        body = [] if count == 0 else [result] if count == 1 else list(result)
        self._send(Message.new_method_return(message, outputs, body))

    def _refuse(self, message: Message, error: Exception) -> None:
        if not isinstance(error, MethodError):
            _log.error("%s.%s failed", message.interface, message.member, exc_info=error)
            error = MethodError(names.FAILED, "internal error")
        if message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return
        self._send(Message.new_error(message, error.name, error.text))


def _find(interfaces: dict[str, Interface], message: Message) -> tuple[Interface, Method]:
    # A call without an interface may go to any that has the member (D-Bus specification).
    if message.interface is None:
        candidates = list(interfaces.values())
    else:
        candidates = [one for name, one in interfaces.items() if name == message.interface]
    for interface in candidates:
        method = interface.methods.get(message.member or "")
        if method is not None:
            return interface, method
    text = f"no method {message.member} in {message.interface} at {message.path}"
    raise MethodError(names.UNKNOWN_METHOD, text)


def _check_inputs(message: Message, inputs: str) -> None:
    if message.signature != inputs:
        text = f"{message.member} takes '{inputs}', not '{message.signature}'"
        raise MethodError(names.INVALID_ARGS, text)
