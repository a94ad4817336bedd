"""Connecting to a real cloud with real credentials, and everything in the way (10.2, 10.3)."""

from __future__ import annotations

import asyncio

import pytest

from tests.rig.credentials import CredentialsService
from tests.syncdaemon.conftest import EMAIL
from tests.syncdaemon.surroundings import NetworkManager, bad_server, page
from u1tray.service.connection import Connection
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

HANDSHAKE = ["CHECK_VERSION", "SET_CAPABILITIES", "AUTHENTICATE"]
WHOLE_WAY = [*HANDSHAKE, "SERVER_RESCAN", "SERVER_RESCAN", "QUEUE_MANAGER", "QUEUE_MANAGER"]
FALSE = {
    "name": "Ubuntu One @ x",
    "consumer_key": "abcdefg",
    "consumer_secret": "a" * 30,
    "token": "b" * 50,
    "token_secret": "c" * 50,
}


@pytest.fixture
async def online(daemon, listener, cloud, credentials, configure):
    """A daemon in QUEUE_MANAGER that notices quickly when the server is gone."""
    configure(autoconnect=True, keep_alive_interval=0.3)
    await credentials.log_in(EMAIL)
    daemon.start("--debug")
    await listener.state("QUEUE_MANAGER")
    await listener.until(lambda: listener.states[-1]["queues"] == "IDLE", "IDLE")
    return daemon


async def test_stored_credentials_bring_the_daemon_online_in_order(online, listener, home):
    """4.2, autoconnect on: the whole way; VolumesChanged between the last two states."""
    assert listener.state_names[:2] == ["LOCAL_RESCAN", "READY"]
    assert listener.state_names[-7:] == WHOLE_WAY
    assert [state["queues"] for state in listener.states[-4:]] == [
        "IDLE",
        "WORKING",
        "WORKING",
        "IDLE",
    ]
    order = [one.member for one in listener.heard]
    assert order[-7:] == [
        "StatusChanged",
        "RequestQueueAdded",
        "StatusChanged",
        "VolumesChanged",
        "StatusChanged",
        "RequestQueueRemoved",
        "StatusChanged",
    ]
    assert listener.states[-1]["connection"] == "With User With Network"
    ((added_name, added_id, added),) = listener.of("RequestQueueAdded")
    assert (added_name, added) == ("ListVolumes", {"running": "True"})
    assert listener.of("RequestQueueRemoved") == [("ListVolumes", added_id, {"running": ""})]
    ((volumes,),) = listener.of("VolumesChanged")
    assert volumes == [
        {
            "volume_id": "",
            "node_id": "marker:root",
            "generation": "0",
            "subscribed": "True",
            "type": "Root",
            "path": str(home / "Ubuntu One"),
            "free_bytes": "5000000000",
        }
    ]


async def test_free_space_is_the_quota_of_the_server(online, listener, cloud):
    """5.2 and 10.4: bytes of the root; unknown ids 0; a change at the server is seen."""
    assert await online.status("free_space", "s", "") == 5_000_000_000
    assert await online.status("free_space", "s", "nope") == 0
    cloud.admin("user", "quota", EMAIL, "7GB")
    await online.folders("refresh_volumes")
    await listener.until(lambda: len(listener.of("VolumesChanged")) == 2, "VolumesChanged")
    assert listener.of("VolumesChanged")[-1][0][0]["free_bytes"] == "7000000000"
    assert await online.status("free_space", "s", "") == 7_000_000_000


async def test_nirvana_is_reached_online_and_idle(online):
    """5.1: wait_for_nirvana answers True after d quiet seconds in QUEUE_MANAGER."""
    assert await online.root("wait_for_nirvana", "d", 0.1) is True
    assert await online.root("wait_for_nirvana", "d", -5.0) is True


async def test_nirvana_is_never_answered_while_disconnected(online, listener):
    """5.1: otherwise it never answers; it does once the daemon is online again."""
    await online.root("disconnect")
    await listener.state("READY", "Not User With Network")
    waiting = asyncio.ensure_future(online.root("wait_for_nirvana", "d", 0.0))
    await online.status("current_status")
    assert not waiting.done()
    await online.root("connect")
    assert await waiting is True


async def test_disconnect_and_connect(online, listener, home):
    """4.2 user disconnects: STANDOFF, WAITING, READY; 10.2: the option stays; connect returns."""
    await online.root("disconnect")
    await listener.state("READY", "Not User With Network")
    assert listener.state_names[-3:] == ["STANDOFF", "WAITING", "READY"]
    assert "autoconnect = True" in (home / ".config/u1tray/syncdaemon.conf").read_text()
    await online.root("connect")
    await listener.state("QUEUE_MANAGER", "With User With Network")


async def test_quit_online_stands_off_first(online, listener):
    """4.2 quit while online: STANDOFF, SHUTDOWN, name lost."""
    await online.root("quit")
    assert listener.state_names[-2:] == ["STANDOFF", "SHUTDOWN"]
    assert listener.heard[-1].values == ("",)
    await online.ended(0)


async def test_no_secret_reaches_the_log(online, credentials, home):
    """9.2 and 10.7: the whole way at debug level, and not one secret in log or output."""
    (found,) = await credentials.call("find_credentials_sync")
    await online.root("quit")
    await online.ended(0)
    log = (home / ".cache/u1tray/log/syncdaemon.log").read_text()
    assert "QUEUE_MANAGER" in log
    for text in (log, online.process.output):
        for key in ("consumer_secret", "token", "token_secret"):
            assert found[key] not in text
        assert "oauth_signature" not in text


async def test_dying_server_is_noticed_and_returned_to(online, listener, cloud):
    """The truth when the server goes: STANDOFF, WAITING; online again when it comes back."""
    before = len(listener.states)
    cloud.die()
    await listener.until(lambda: len(listener.states) >= before + 2, "STANDOFF and WAITING")
    assert listener.state_names[before : before + 2] == ["STANDOFF", "WAITING"]
    cloud.serve()
    await online.root("connect")  # 10.2: connect in WAITING tries at once
    await listener.state("QUEUE_MANAGER")
    assert len(listener.of("VolumesChanged")) == 2


async def test_refusing_server_alternates_until_it_is_there(
    daemon, listener, cloud, credentials, configure
):
    """4.2 server refuses: READY and WAITING in turn; the retry itself brings it online."""
    await credentials.log_in(EMAIL)
    configure(autoconnect=True)
    cloud.die()
    daemon.start()
    await listener.until(lambda: listener.state_names.count("WAITING") >= 2, "two attempts")
    first = listener.state_names.index("WAITING")
    assert listener.state_names[first - 1 : first + 3] == ["READY", "WAITING", "READY", "WAITING"]
    assert listener.states[first + 2]["connection"] == "With User With Network"
    cloud.serve()
    await listener.state("QUEUE_MANAGER")


async def test_no_credentials_leave_it_silent_until_there_are_some(
    daemon, listener, cloud, credentials, configure
):
    """10.2: stays Not User, silently; any later CredentialsFound completes the autoconnect."""
    configure(autoconnect=True)
    await daemon.start_and_rest()
    await credentials.log_in(EMAIL)
    await listener.state("QUEUE_MANAGER")
    assert listener.state_names[:2] == ["LOCAL_RESCAN", "READY"]
    assert listener.states[1]["connection"] == "Not User With Network"


async def test_disconnect_before_the_credentials_wins(
    daemon, listener, cloud, credentials, configure
):
    """10.2: ... unless a `disconnect` came first; `connect` then uses what is there."""
    configure(autoconnect=True)
    await daemon.start_and_rest()
    await daemon.root("disconnect")
    await credentials.log_in(EMAIL)
    assert (await daemon.status("current_status"))["connection"] == "Not User With Network"
    await daemon.root("connect")
    await listener.state("QUEUE_MANAGER")


async def test_without_a_credentials_service_it_stays_not_user(daemon, listener, configure):
    """Section 1: Credentials may be absent; connect replies and nothing breaks."""
    configure(autoconnect=True)
    await daemon.start_and_rest()
    await daemon.root("connect")
    await asyncio.to_thread(daemon.process.wait_for_line, "nobody can log in")
    assert (await daemon.status("current_status"))["connection"] == "Not User With Network"


async def test_connect_without_credentials_asks_for_a_log_in(
    daemon, listener, bus, cloud, configure
):
    """10.2: connect asks Credentials.login, which opens a window; denied means no wish."""
    service = CredentialsService(bus.address)
    await service.appear()
    configure(autoconnect=False)
    await daemon.start_and_rest()
    assert service.calls == []  # autoconnect is off: nothing is asked
    await daemon.root("connect")
    await service.asked("login")
    service.emit("AuthorizationDenied")
    service.emit("CredentialsFound", FALSE)
    await daemon.root("connect")  # its reply comes after both signals were handled
    await listener.state("AUTH_FAILED")
    # Only this second connect was answered with credentials at once, and no window was asked for.
    assert "login" not in service.calls
    await service.leave()


async def test_logging_out_disconnects(online, listener, credentials):
    """Without credentials nobody is connected; a later log-in connects again."""
    await credentials.clear()
    await listener.state("READY", "Not User With Network")
    await credentials.log_in(EMAIL)
    await listener.state("QUEUE_MANAGER")


async def test_wrong_token_is_a_sticky_error(daemon, listener, cloud, credentials, configure):
    """4.2 wrong password: AUTHENTICATE, AUTH_FAILED; connect replies and does nothing (T8)."""
    await credentials.store(FALSE)
    configure(autoconnect=True)
    daemon.start()
    await listener.state("AUTH_FAILED")
    assert listener.state_names[-4:] == [*HANDSHAKE, "AUTH_FAILED"]
    before = listener.states[-1]
    assert await daemon.root("connect") == []
    assert await daemon.root("disconnect") == []
    assert await daemon.status("current_status") == before
    await daemon.root("quit")
    assert listener.state_names[-2:] == ["AUTH_FAILED", "SHUTDOWN"]
    assert listener.states[-1]["connection"] == before["connection"]
    await daemon.ended(0)


async def test_token_revoked_while_online_is_noticed(online, listener, cloud):
    """REST 17: 403 token_revoked means signed out."""
    listed = cloud.admin("token", "list", EMAIL)
    cloud.admin("token", "revoke", EMAIL, listed.split()[0])
    await listener.state("AUTH_FAILED")


async def test_mute_server_meets_the_handshake_timeout(
    daemon, credentials, cloud, configure, point_to
):
    """4.2 server mute: CHECK_VERSION, then STANDOFF, WAITING, READY."""
    listener = daemon.listener
    await credentials.log_in(EMAIL)
    configure(autoconnect=True, handshake_timeout=0.3)
    async with bad_server(None) as url:
        point_to(url)
        daemon.start()
        await listener.until(lambda: listener.state_names.count("CHECK_VERSION") >= 2, "twice")
        first = listener.state_names.index("CHECK_VERSION")
        assert listener.state_names[first : first + 4] == [
            "CHECK_VERSION",
            "STANDOFF",
            "WAITING",
            "READY",
        ]
        await daemon.root("quit", seconds=20)  # 10 at most (10.1), on a machine at rest
    await daemon.ended(0)


@pytest.mark.parametrize(
    ("answer", "states"),
    [
        (page(404, "text/html", "no"), ["CHECK_VERSION", "BAD_VERSION"]),
        (page(200, "text/plain", "hello"), ["CHECK_VERSION", "BAD_VERSION"]),
        (page(200, "text/html", "<p>Pay"), ["CHECK_VERSION", "STANDOFF", "WAITING"]),
        (page(302, "text/html", ""), ["CHECK_VERSION", "STANDOFF", "WAITING"]),
        (page(503, "text/plain", "later"), ["CHECK_VERSION", "STANDOFF", "WAITING"]),
    ],
    ids=["404", "no number", "hotel page", "redirect", "busy"],
)
async def test_other_servers(  # noqa: PLR0917 - fixtures
    daemon, credentials, cloud, configure, point_to, answer, states
):
    """4.1 BAD_VERSION is for what is no cloud at all; what may pass is tried again."""
    listener = daemon.listener
    await credentials.log_in(EMAIL)
    configure(autoconnect=True)
    async with bad_server(answer) as url:
        point_to(url)
        daemon.start()
        await listener.until(lambda: states[-1] in listener.state_names, states[-1])
        first = listener.state_names.index(states[0])
        assert listener.state_names[first : first + len(states)] == states


async def test_no_cloud_set_is_tried_again(daemon, credentials, cloud, configure, home):
    """Without an address there is nothing to reach; once it is set the daemon goes online."""
    listener = daemon.listener
    await credentials.log_in(EMAIL)
    conf = home / ".config/u1tray/cloud.conf"
    content = conf.read_text()
    conf.unlink()
    configure(autoconnect=True)
    daemon.start()
    await listener.until(lambda: "WAITING" in listener.state_names, "WAITING")
    await asyncio.to_thread(daemon.process.wait_for_line, "no cloud is set")
    conf.write_text(content)
    await daemon.root("connect")
    await listener.state("QUEUE_MANAGER")


async def test_another_account_on_the_same_data_is_refused(
    online, listener, cloud, credentials, configure
):
    """10.2: RootMismatch, then ROOT_MISMATCH; the data stays with the first account."""
    cloud.add_user("bea@example.com")
    await online.root("quit")
    await online.ended(0)
    await credentials.clear()
    await credentials.log_in("bea@example.com")
    online.start()
    await listener.state("ROOT_MISMATCH")
    assert [one.member for one in listener.heard[-2:]] == ["RootMismatch", "StatusChanged"]
    ((local, remote),) = listener.of("RootMismatch")
    assert local != remote
    assert local
    assert len(listener.of("VolumesChanged")) == 1
    await online.root("quit")
    await online.ended(0)
    await credentials.clear()
    await credentials.log_in(EMAIL)
    online.start()
    await listener.state("QUEUE_MANAGER")


async def test_network_comes_and_goes(daemon, cloud, credentials, configure, system_bus):
    """10.3 and 4.2: offline it rests in READY, silent; StateChanged brings and takes it."""
    listener = daemon.listener
    await credentials.log_in(EMAIL)
    configure(autoconnect=True)
    machine = await Connection.open(system_bus.address)
    manager = NetworkManager(20)
    machine.export(names.NETWORK_MANAGER_PATH, manager)
    await machine.own(names.NETWORK_MANAGER)
    daemon.start()
    await listener.state("READY", "With User Not Network")
    assert set(listener.state_names) == {"LOCAL_RESCAN", "READY"}
    manager.change(40)  # connecting: wait for the next
    manager.change(70)
    await listener.state("QUEUE_MANAGER", "With User With Network")
    manager.change(20)
    await listener.state("READY", "With User Not Network")
    assert listener.state_names[-3:] == ["STANDOFF", "WAITING", "READY"]
    await machine.close()  # no NetworkManager: online
    await listener.state("QUEUE_MANAGER", "With User With Network")


async def test_corrupt_memory_of_the_account_binds_nothing_anew(online, listener, home):
    """A memory that cannot be read is no permission to take the data for another account's."""
    await online.root("quit")
    await online.ended(0)
    (home / ".local/share/u1tray/syncdaemon/account.json").write_text("{")
    online.start()
    await listener.state("ROOT_MISMATCH")
    await asyncio.to_thread(online.process.wait_for_line, "account.json cannot be read")


async def test_free_space_survives_a_broken_connection(online, listener, cloud):
    """What was heard last stays the answer while the server is away."""
    cloud.die()
    await listener.until(lambda: "WAITING" in listener.state_names, "WAITING")
    assert await online.status("free_space", "s", "") == 5_000_000_000
