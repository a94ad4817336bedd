"""Connections on a private bus: names, calls, signals, loss."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass

import pytest

from tests.rig.introspection import forbidden, members, missing
from u1tray.service.address import session_address, started_by_bus
from u1tray.service.connection import Connection
from u1tray.service.errors import CallError, MethodError, key_error, not_supported
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.service.lifecycle import on_termination
from u1tray.service.values import Variant
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import OfflineError

pytestmark = pytest.mark.bus

NAME = "com.example.Service"
INTERFACE = "com.example.Things"
SECONDS = 60.0

CONTRACT = """<node>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg direction="out" type="s"/></method>
  </interface>
  <interface name="com.example.Things">
    <method name="add"><arg type="i"/><arg type="i"/><arg direction="out" type="i"/></method>
    <method name="table"><arg direction="out" type="a(ssa{ss})"/></method>
    <method name="mixed"><arg direction="out" type="a{sv}"/></method>
    <method name="fail"/><method name="crash"/><method name="lie"><arg direction="out" type="s"/>
    </method>
    <method name="announce"/><method name="later"/><method name="never"/>
    <method name="pair"><arg direction="out" type="s"/><arg direction="out" type="u"/></method>
    <signal name="Happened"><arg type="a{ss}"/></signal>
    <signal name="Emptied"/>
    <signal name="Told"><arg type="s"/><arg type="a{ss}"/></signal>
  </interface>
  <node name="below"/>
</node>"""


class Things(Interface):
    """One member of every kind."""

    name = INTERFACE
    signals = (Signal("Happened", "a{ss}", ("what",)), Signal("Emptied"), Signal("Told", "sa{ss}"))

    def __init__(self) -> None:
        self.release = asyncio.Event()

    @method("ii", "i")
    def add(self, left, right):
        return left + right

    @method("", "a(ssa{ss})")
    def table(self):
        return [("Upload", "1", {"running": "True"})]

    @method("", "a{sv}")
    def mixed(self):
        return {"names": Variant("as", ["a"]), "pairs": Variant("a(sii)", [("p", 3, 1)])}

    @method("", "su")
    def pair(self):
        return "one", 1

    @method()
    def fail(self):
        raise key_error("no\nsuch   thing")

    @method()
    def crash(self):
        message = "secret detail"
        raise RuntimeError(message)

    @method("", "s")
    def lie(self):
        return 7

    @method()
    def announce(self):
        self.emit("Emptied")

    @method()
    async def later(self):
        await self.release.wait()
        self.emit("Told", "later", {})

    @method()
    async def never(self):
        await asyncio.Event().wait()


class Below(Interface):
    name = "com.example.Below"


async def ask(asking, member, signature="", *values, interface=INTERFACE):
    return await asking.call(
        NAME, "/", interface, member, signature, *values, timeout_seconds=SECONDS
    )


@pytest.fixture
async def things(serving):
    exported = Things()
    serving.export("/", exported)
    serving.export("/below", Below())
    assert await serving.own(NAME)
    return exported


async def test_methods_called_give_their_results(things, asking):
    """Values of every kind our contracts use travel both ways."""
    assert await ask(asking, "add", "ii", 2, 3) == [5]
    assert await ask(asking, "table") == [[("Upload", "1", {"running": "True"})]]
    assert await ask(asking, "mixed") == [{"names": ["a"], "pairs": [("p", 3, 1)]}]
    assert await ask(asking, "pair") == ["one", 1]


@dataclass(frozen=True)
class Wrong:
    """A call that cannot be answered, and the error it must meet."""

    error: str
    member: str
    signature: str = ""
    values: tuple = ()
    path: str = "/"
    interface: str = INTERFACE


WRONG = [
    Wrong(names.INVALID_ARGS, "add", "si", ("2", 3)),
    Wrong(names.INVALID_ARGS, "add"),
    Wrong(names.UNKNOWN_METHOD, "none"),
    Wrong(names.UNKNOWN_METHOD, "add", "ii", (1, 1), path="/below"),
    Wrong(names.UNKNOWN_OBJECT, "add", "ii", (1, 1), path="/none"),
    Wrong(names.KEY_ERROR, "fail"),
    Wrong(names.FAILED, "crash"),
    Wrong(names.FAILED, "lie"),
    Wrong(
        names.UNKNOWN_METHOD,
        "GetAll",
        "s",
        (INTERFACE,),
        interface="org.freedesktop.DBus.Properties",
    ),
    Wrong(
        names.UNKNOWN_METHOD, "GetManagedObjects", interface="org.freedesktop.DBus.ObjectManager"
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.member + one.signature + one.path)
async def test_wrong_calls_are_answered_with_the_exact_error(things, asking, wrong):
    """Error names are those of 10.5; texts are one line without a traceback."""
    with pytest.raises(CallError) as caught:
        await asking.call(
            NAME,
            wrong.path,
            wrong.interface,
            wrong.member,
            wrong.signature,
            *wrong.values,
            timeout_seconds=SECONDS,
        )
    assert caught.value.name == wrong.error
    assert "\n" not in caught.value.text
    assert "secret detail" not in caught.value.text


async def test_introspection_is_the_contract_and_no_more(things, asking):
    """11.1: a superset of the XML; 10.7: nothing beyond it; section 1: no properties."""
    (xml,) = await ask(asking, "Introspect", interface="org.freedesktop.DBus.Introspectable")
    assert missing(CONTRACT, xml) == set()
    assert forbidden(CONTRACT, xml) == set()


def test_comparison_of_introspections_sees_every_difference():
    """The checks of 11.1 and 10.7 themselves: a lack, a wrong type, an extra."""
    lacking = CONTRACT.replace('<signal name="Emptied"/>', "").replace('<node name="below"/>', "")
    assert missing(CONTRACT, lacking) == {
        (INTERFACE, "signal", "Emptied", (), ()),
        ("node", "below"),
    }
    changed = CONTRACT.replace(
        '<signal name="Happened"><arg type="a{ss}"/>', '<signal name="Happened"><arg type="v"/>'
    )
    assert missing(CONTRACT, changed) == {(INTERFACE, "signal", "Happened", (), ("a{ss}",))}
    extra = CONTRACT.replace('<method name="fail"/>', '<method name="fail"/><method name="x"/>')
    assert missing(CONTRACT, extra) == set()
    assert forbidden(CONTRACT, extra) == {(INTERFACE, "method", "x", (), ())}
    assert next(one.name for one in members(CONTRACT) if one.kind == "signal") == "Happened"


async def heard(asking, *wanted):
    """Subscribes to signals; returns the queue they arrive in."""
    queue: asyncio.Queue = asyncio.Queue()
    for member in wanted:
        await asking.subscribe(
            NAME, "/", INTERFACE, member, lambda *a, member=member: queue.put_nowait((member, *a))
        )
    return queue


async def test_signal_emitted_in_a_method_arrives_before_its_reply(things, asking):
    """9.2: the signal goes out before the empty reply."""
    queue = await heard(asking, "Emptied")
    await ask(asking, "announce")
    assert queue.get_nowait() == ("Emptied",)


async def test_deferred_reply_arrives_after_what_it_waited_for(things, asking):
    """The reply to a coroutine method comes when it ends, and after its signals."""
    queue = await heard(asking, "Told")
    answer = asyncio.ensure_future(ask(asking, "later"))
    await ask(asking, "add", "ii", 1, 1)  # the service is not held up meanwhile
    assert not answer.done()
    things.release.set()
    assert await answer == []
    assert queue.get_nowait() == ("Told", "later", {})


async def test_call_without_answer_ends_with_no_reply(things, asking):
    """A call that is never answered ends by its own time-out."""
    with pytest.raises(CallError) as caught:
        await asking.call(NAME, "/", INTERFACE, "never", timeout_seconds=0.2)
    assert caught.value.name == names.NO_REPLY


async def test_signals_carry_exactly_their_signature_and_no_destination(
    bus, things, asking, started
):
    """10.7: broadcast; 11.1: the message signature equals the contract's, empty ones too."""
    monitor = started.start("dbus-monitor", "--address", bus.address, "type='signal',path='/'")
    monitor.wait_for_line("NameAcquired")
    things.emit("Happened", {"a": "b"})
    things.emit("Emptied")
    things.emit("Told", "x", {})
    await ask(asking, "add", "ii", 1, 1)  # the turn of the loop ends
    monitor.wait_for_line("member=Told")
    told = [line for line in monitor.output.splitlines() if f"interface={INTERFACE}" in line]
    assert len(told) == 3
    assert all("destination=(null destination)" in line for line in told)
    happened, emptied = (monitor.output.index(f"member={one}") for one in ("Happened", "Emptied"))
    assert "dict entry" in monitor.output[happened:emptied]
    assert monitor.output[emptied:].splitlines()[1].startswith("signal ")


async def test_many_signals_of_one_turn_arrive_in_order(things, asking):
    """Written together, more than a socket takes at once, with a bad one among them."""
    queue = await heard(asking, "Told")
    for number in range(3000):
        things.emit("Told", f"{number:0200}", {})
        if number == 1500:
            things.emit("Told", "\udcff", {})
    told = [await asyncio.wait_for(queue.get(), 60) for _ in range(3000)]
    assert [int(text) for _, text, _ in told] == list(range(3000))


async def test_unsendable_value_is_logged_and_the_service_lives(things, asking, caplog):
    """A text that is no Unicode cannot travel; nothing else suffers."""
    things.emit("Happened", {"a": "\udcff"})
    assert "Things.Happened cannot be sent" in caplog.text
    assert await ask(asking, "add", "ii", 2, 2) == [4]


async def test_name_that_is_taken_is_not_queued_for(things, asking):
    """DO_NOT_QUEUE: the second one is told at once, and does not inherit the name."""
    assert not await asking.own(NAME)


async def test_released_name_is_gone_when_release_returns(things, serving, asking):
    """Watchers hear '' and later the new owner; only changes of that name."""
    owners: asyncio.Queue = asyncio.Queue()
    await asking.watch_name(NAME, owners.put_nowait)
    assert await asking.owner(NAME) == serving.unique_name
    await serving.release(NAME)
    assert await asking.owner(NAME) == ""
    await serving.own("com.example.Other")
    await serving.own(NAME)
    assert await asyncio.wait_for(owners.get(), SECONDS) == ""
    assert await asyncio.wait_for(owners.get(), SECONDS) == serving.unique_name


async def test_signals_of_strangers_are_not_heard(bus, things, asking):
    """Only the owner of the name counts, even if a stranger sends the same signal."""
    queue = await heard(asking, "Told")
    stranger = await Connection.open(bus.address)
    twin = Things()
    stranger.export("/", twin)
    twin.emit("Told", "stranger", {})
    await stranger.owner(NAME)  # the bus has handled the signal
    things.emit("Told", "owner", {})
    assert await asyncio.wait_for(queue.get(), SECONDS) == ("Told", "owner", {})
    await stranger.close()


async def test_cancelled_subscription_hears_no_more(things, asking):
    """After cancel nothing arrives, also not what was on its way."""
    queue: asyncio.Queue = asyncio.Queue()
    first = await asking.subscribe(NAME, "/", INTERFACE, "Emptied", lambda: queue.put_nowait(1))
    await asking.subscribe(NAME, "/", INTERFACE, "Emptied", lambda: queue.put_nowait(2))
    first.cancel()
    await ask(asking, "announce")
    assert queue.get_nowait() == 2
    assert queue.empty()


async def test_absent_service_is_told_apart(bus, asking):
    """No owner and not activatable: ServiceUnknown; without auto-start NameHasNoOwner."""
    with pytest.raises(CallError) as caught:
        await asking.start_service("com.example.None", 60)
    assert caught.value.name == names.SERVICE_UNKNOWN
    with pytest.raises(CallError) as caught:
        await asking.call("com.example.None", "/", "a.b", "c", timeout_seconds=60, auto_start=False)
    assert caught.value.name in {names.SERVICE_UNKNOWN, names.NAME_HAS_NO_OWNER}
    assert await asking.owner("com.example.None") == ""


async def test_activatable_service_that_exits_at_once_is_told(bus, asking):
    """Spawn.* is the answer when the started program ends (T4)."""
    bus.activate("com.example.Broken", "/bin/false")
    await asking.call(
        names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, "ReloadConfig", timeout_seconds=60
    )
    assert "com.example.Broken" in await asking.activatable_names()
    with pytest.raises(CallError) as caught:
        await asking.start_service("com.example.Broken", 60)
    assert caught.value.name.startswith(names.SPAWN_PREFIX)


async def test_lost_bus_ends_calls_and_is_told(bus, serving, asking, things):
    """T28 for services: a dead bus ends pending calls and wakes whoever waits for it."""
    pending = asyncio.ensure_future(ask(asking, "never"))
    await ask(asking, "add", "ii", 1, 1)
    bus.process.signal(signal.SIGKILL)
    await asyncio.wait_for(asking.lost(), SECONDS)
    await asyncio.wait_for(serving.lost(), SECONDS)
    with pytest.raises(OfflineError):
        await pending
    with pytest.raises(OfflineError):
        await ask(asking, "add", "ii", 1, 1)
    things.emit("Emptied")  # nobody hears it, and nothing breaks


async def test_no_bus_is_an_offline_error(monkeypatch, home):
    """No address, a dead address and a senseless address say so in one line."""
    with pytest.raises(OfflineError, match="no session bus"):
        session_address()
    for address in (f"unix:path={home}/none", "nonsense", "unix:a=b", "tcp:host=127.0.0.1,port=x"):
        with pytest.raises(OfflineError, match="cannot be reached"):
            await Connection.open(address)


def test_session_address_comes_from_the_environment(monkeypatch):
    """DBUS_SESSION_BUS_ADDRESS wins; DBUS_STARTER_ADDRESS only tells who started us."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x")
    assert session_address() == "unix:path=/x"
    assert not started_by_bus()
    monkeypatch.setenv("DBUS_STARTER_ADDRESS", "unix:path=/x")
    assert started_by_bus()


async def test_last_signal_before_close_still_arrives(bus, asking):
    """Close sends what is on its way: the last reply of quit depends on it."""
    going = await Connection.open(bus.address)
    things = Things()
    going.export("/", things)
    await going.own(NAME)
    queue = await heard(asking, "Told")
    for number in range(500):
        things.emit("Told", str(number), {})
    await going.close()
    last = [await asyncio.wait_for(queue.get(), SECONDS) for _ in range(500)][-1]
    assert last == ("Told", "499", {})


async def test_burst_beyond_the_socket_is_sent_when_the_bus_reads_again(bus, things, asking):
    """A bus that is busy for a moment costs no signal and no connection."""
    queue = await heard(asking, "Told")
    await asking.owner(NAME)
    count = 3000
    os.kill(bus.process.pid, signal.SIGSTOP)
    try:
        for number in range(count):
            things.emit("Told", f"{number:0500}", {})
    finally:
        os.kill(bus.process.pid, signal.SIGCONT)
    told = [await asyncio.wait_for(queue.get(), SECONDS) for _ in range(count)]
    assert [int(text) for _, text, _ in told] == list(range(count))
    assert await ask(asking, "add", "ii", 1, 1) == [2]


def test_method_error_text_is_one_line():
    """10.5: a one-line text."""
    assert MethodError("a.b", "one\n  two").text == "one two"
    assert not_supported().name == names.NOT_SUPPORTED


def test_method_with_wrong_signature_is_refused_at_definition():
    """A face that cannot be called is a programming error, found at import."""
    with pytest.raises(TypeError, match="does not take"):

        @method("ss")
        def takes_one(self, only): ...


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_termination_signals_call_back(number):
    """10.1: the three signals do the same."""
    asked = asyncio.Event()
    on_termination(asked.set)
    try:
        os.kill(os.getpid(), number)
        await asyncio.wait_for(asked.wait(), SECONDS)
    finally:
        asyncio.get_running_loop().remove_signal_handler(number)
