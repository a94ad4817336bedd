"""A metered network and a weak battery are spared, as the desktop tells; a person decides more."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.syncdaemon.conftest import EMAIL
from u1tray.service.connection import Connection
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.service.values import Variant
from u1tray.syncdaemon.sparing import SMALL_BYTES, Policy, Sparing
from u1tray.syncdaemon.surroundings import METERED, ON_BATTERY, PROFILE, WARNING_LEVEL
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

LARGE = bytes(range(256)) * 8192  # 2 MiB
_TYPES = {METERED: "u", PROFILE: "s", ON_BATTERY: "b", WARNING_LEVEL: "u"}


class Properties(Interface):
    """The properties of one object of a service."""

    name = "org.freedesktop.DBus.Properties"
    signals = (Signal("PropertiesChanged", "sa{sv}as"),)

    def __init__(self, kind, value):
        self.kind = kind
        self.value = value

    @method("ss", "v")
    def Get(self, interface, name):  # noqa: N802
        assert (interface, name) == (self.kind.interface, self.kind.name)
        return Variant(_TYPES[self.kind], self.value)

    def change(self, value, *, is_told=True):
        self.value = value
        changed = {self.kind.name: Variant(_TYPES[self.kind], value)} if is_told else {}
        self.emit("PropertiesChanged", self.kind.interface, changed, [self.kind.name][is_told:])


@pytest.fixture
async def desktop(system_bus):
    """NetworkManager, power-profiles-daemon and UPower, each on a connection of its own."""
    offered, connections = {}, []
    for kind, value in ((METERED, 4), (PROFILE, "balanced"), (ON_BATTERY, True)):
        connection = await Connection.open(system_bus.address)
        connections.append(connection)
        offered[kind] = Properties(kind, value)
        connection.export(kind.path, offered[kind])
        if kind is ON_BATTERY:
            offered[WARNING_LEVEL] = Properties(WARNING_LEVEL, 1)
            connection.export(WARNING_LEVEL.path, offered[WARNING_LEVEL])
        assert await connection.own(kind.service)
    offered["connections"] = connections
    yield offered
    for connection in connections:
        await connection.close()


@pytest.fixture
async def changes(asking, listener):
    await asking.subscribe(
        *(names.SYNCDAEMON, names.ROOT_PATH, names.SYNC_INTERFACE, "Changed"),
        lambda *values: listener.note("Changed", *values),
    )
    return listener


@pytest.fixture
async def start(  # noqa: PLR0917 - fixtures
    daemon, changes, desktop, cloud, credentials, configure
):
    async def begin(**options):
        configure(autoconnect=True, **options)
        await credentials.log_in(EMAIL)
        daemon.start("--debug")
        await changes.state("QUEUE_MANAGER")
        return daemon

    return begin


async def summary(daemon):
    found = await daemon.call(names.ROOT_PATH, names.SYNC_INTERFACE, "summary")
    return found["spared"], found["sparing"]


async def spared(daemon, changes, expected):
    """Wait until the summary says so: nobody polls, Changed tells."""
    while True:
        told = len(changes.of("Changed"))
        if await summary(daemon) == expected:
            return
        await changes.until(lambda told=told: len(changes.of("Changed")) > told, str(expected))


def uploads(changes):
    return [path for path, info in changes.of("UploadFinished") if not info]


async def test_large_files_wait_while_the_network_is_metered(
    start, desktop, changes, home, started
):
    """Small ones go on; told in no state of the contract's; then all travel by themselves."""
    daemon = await start()
    desktop[METERED].change(1)
    await spared(daemon, changes, ("0", "network"))
    folder = home / "Ubuntu One"
    (folder / "large").write_bytes(LARGE)
    (folder / "small").write_bytes(b"small")
    await changes.until(lambda: str(folder / "small") in uploads(changes), "the small file")
    await spared(daemon, changes, ("1", "network"))
    assert str(folder / "large") not in uploads(changes)
    found = await daemon.call(
        names.ROOT_PATH, names.SYNC_INTERFACE, "explain", "s", str(folder / "large")
    )
    assert (found["state"], "resume --anyway" in found["sentence"]) == ("paused", True)
    told = await asyncio.to_thread(started.run, "u1sync", "waiting")
    assert told.stdout == (
        "Large files wait, because the network is metered: 1."
        " To send and fetch them now: u1sync resume --anyway\n"
    )
    desktop[METERED].change(2)
    await changes.until(lambda: str(folder / "large") in uploads(changes), "the large file")
    assert await summary(daemon) == ("0", "")


async def test_transfer_on_its_way_stops_and_goes_on_when_a_person_says_so(
    start, desktop, changes, home, started
):
    """What runs is ended at once; `u1sync resume --anyway` overrides until it is over."""
    daemon = await start(on_metered_network="pause")
    await daemon.config("set_throttling_limits", "ii", -1, 65536)
    await daemon.config("enable_bandwidth_throttling")
    large = home / "Ubuntu One/large"
    large.write_bytes(LARGE)
    await changes.until(lambda: changes.of("UploadFileProgress"), "progress")
    desktop[METERED].change(3, is_told=False)
    await spared(daemon, changes, ("1", "network"))
    assert uploads(changes) == []
    assert [path for path, info in changes.of("UploadFinished") if info] == [str(large)]
    await daemon.config("disable_bandwidth_throttling")
    done = await asyncio.to_thread(started.run, "u1sync", "resume", "--anyway")
    assert done.returncode == 0, done.stderr
    await changes.until(lambda: uploads(changes) == [str(large)], "the large file")
    assert await summary(daemon) == ("0", "")


async def test_power_is_saved_in_the_power_saver_profile_and_with_a_low_battery(
    start, desktop, changes
):
    """Each tells; a service that goes says nothing any more."""
    daemon = await start()
    desktop[PROFILE].change("power-saver")
    await spared(daemon, changes, ("0", "power"))
    desktop[METERED].change(1)
    await spared(daemon, changes, ("0", "both"))
    desktop[PROFILE].change("performance")
    await spared(daemon, changes, ("0", "network"))
    desktop[WARNING_LEVEL].change(3)
    await spared(daemon, changes, ("0", "both"))
    desktop[ON_BATTERY].change(False)
    await spared(daemon, changes, ("0", "network"))
    await desktop["connections"][0].close()
    await spared(daemon, changes, ("0", ""))


async def test_what_is_so_at_the_start_is_asked(start, desktop, changes):
    """Whoever owns the names before the daemon starts is asked once."""
    desktop[METERED].value = 1
    daemon = await start()
    await spared(daemon, changes, ("0", "network"))


async def test_sync_all_the_same_is_an_option(start, desktop, changes, home):
    """syncdaemon.conf: on_metered_network = sync."""
    desktop[METERED].value = 1
    daemon = await start(on_metered_network="sync")
    large = home / "Ubuntu One/large"
    large.write_bytes(LARGE)
    await changes.until(lambda: uploads(changes) == [str(large)], "the large file")
    assert await summary(daemon) == ("0", "")


LIMITS = {Policy.SYNC: None, Policy.SMALL: SMALL_BYTES, Policy.PAUSE: -1}


@pytest.mark.core
@pytest.mark.parametrize(("network", "power"), list(itertools.product(Policy, Policy)))
def test_stricter_policy_holds_where_both_are_spared(network, power):
    """Every pair of policies; an override ends with its reason."""
    told = []
    sparing = Sparing(network, power, lambda: told.append(sparing.largest))
    sparing.see_network(is_metered=True)
    sparing.see_network(is_metered=True)
    sparing.see_power(saves_power=True)
    known = [LIMITS[one] for one in (network, power) if LIMITS[one] is not None]
    assert told == [LIMITS[network], min(known, default=None)]
    sparing.override()
    assert (sparing.largest, sparing.reason) == (None, "")
    sparing.see_network(is_metered=False)
    assert sparing.largest is None
    sparing.see_power(saves_power=False)
    sparing.see_power(saves_power=True)
    assert sparing.largest == LIMITS[power]
