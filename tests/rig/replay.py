"""Replays a recorded conversation on the session bus (D-Bus contract, 11.2).

    python -m tests.rig.replay TRACE [--mode clock|step] [--speed N] [--declare real|ours]

All names are held on one connection. Prints `owned NAME`, `released NAME`, `waiting for MEMBER`,
`asked MEMBER` and `end`; stays on the bus after the end until it is terminated.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

from dbus_fast import Message

from tests.rig.contract import introspection, out_signature
from tests.rig.peer import Peer
from tests.rig.trace import (
    GATES,
    Answer,
    Gate,
    Line,
    Owner,
    Signal,
    Story,
    read_trace,
    with_gates,
)


class Replay:
    """The recorded services on one connection."""

    def __init__(self, peer: Peer, lines: list[Line], speed: float, as_real: bool) -> None:
        self._peer = peer
        self._lines = lines
        self._speed = speed
        self._as_real = as_real
        self._story = Story(lines)
        self._unanswered: list[Message] = []
        self._asked: Counter[tuple[str, str]] = Counter()
        self._news = asyncio.Event()
        peer.on_call(self._call)

    async def play(self) -> None:
        """Do every line at its time. A gate stops the clock until its call comes."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for line in self._lines:
            await asyncio.sleep(start + line.t / self._speed - loop.time())
            if isinstance(line, Gate):
                await self._wait_at(line)
                start = loop.time() - line.t / self._speed
            else:
                await self._do(line)
        print("end", flush=True)

    async def _do(self, line: Line) -> None:
        if isinstance(line, Owner):
            if not line.owned:
                self._unanswered.clear()
            self._story.tell(line)
            await (self._peer.own(line.name) if line.owned else self._peer.release(line.name))
            print("owned" if line.owned else "released", line.name, flush=True)
            return
        self._story.tell(line)
        if isinstance(line, Signal):
            self._peer.emit(line.path, line.interface, line.member, line.signature, *line.args)
        waiting, self._unanswered = self._unanswered, []
        for call in waiting:
            self._answer(call)

    async def _wait_at(self, gate: Gate) -> None:
        key = (gate.path, gate.member)
        if not self._asked[key]:
            print("waiting for", gate.member, flush=True)
        while not self._asked[key]:
            self._news.clear()
            await self._news.wait()
        self._asked[key] -= 1

    def _call(self, call: Message) -> bool:
        path, member = str(call.path), str(call.member)
        if member == "Introspect":
            return self._introspect(call, path)
        if not self._story.is_owned:
            return True  # rule 3: nothing answers
        if member in GATES:
            print("asked", member, flush=True)
            self._asked[path, member] += 1
            self._news.set()
        self._answer(call)
        return True

    def _introspect(self, call: Message, path: str) -> bool:
        xml = introspection(path, self._as_real)
        if xml is not None:
            self._peer.reply(call, "s", xml)
        return xml is not None

    def _answer(self, call: Message) -> None:
        answer = self._story.ask(str(call.path), str(call.member), call.body)
        if answer is None:
            self._unanswered.append(call)
        elif answer.delay == 0:
            # At once: a state must not be overtaken by the signal of the next one.
            self._send(call, answer)
        else:
            delay = answer.delay / self._speed
            asyncio.get_running_loop().call_later(delay, self._send, call, answer)

    def _send(self, call: Message, answer: Answer) -> None:
        if answer.error is not None:
            self._peer.refuse(call, *answer.error)
        else:
            signature = out_signature(str(call.path), str(call.member)) if answer.values else ""
            self._peer.reply(call, signature, *answer.values)


async def _replay(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    lines = read_trace(options.trace)
    peer = await Peer.connect(os.environ["DBUS_SESSION_BUS_ADDRESS"])
    replay = Replay(
        peer,
        with_gates(lines) if options.mode == "step" else lines,
        options.speed,
        options.declare == "real",
    )
    playing = asyncio.ensure_future(replay.play())
    stopping = asyncio.ensure_future(ended.wait())
    await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if playing.done():
        playing.result()
        await stopping
    playing.cancel()
    await peer.close()


def main() -> None:
    """Read the command line and replay."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig.replay")
    parser.add_argument("trace", type=Path)
    parser.add_argument("--mode", choices=("clock", "step"), default="clock")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--declare", choices=("real", "ours"), default="real")
    asyncio.run(_replay(parser.parse_args()))


if __name__ == "__main__":
    main()
