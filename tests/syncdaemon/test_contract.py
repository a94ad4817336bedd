"""The daemon's objects are the contract's, no more and no less; every member answers (11.1)."""

from __future__ import annotations

import pytest

from tests.rig.introspection import contract, contract_members, forbidden, members, missing
from u1tray.service.errors import CallError
from u1tray.syncdaemon.faces.config import ConfigFace
from u1tray.syncdaemon.faces.events import EventsFace
from u1tray.syncdaemon.faces.filesystem import FileSystemFace
from u1tray.syncdaemon.faces.folders import FoldersFace
from u1tray.syncdaemon.faces.launcher import LauncherFace
from u1tray.syncdaemon.faces.publicfiles import PublicFilesFace
from u1tray.syncdaemon.faces.root import RootFace
from u1tray.syncdaemon.faces.shares import SharesFace
from u1tray.syncdaemon.faces.status import StatusFace
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

OBJECTS = {
    "/": "root.xml",
    "/status": "status.xml",
    "/config": "config.xml",
    "/folders": "folders.xml",
    "/shares": "shares.xml",
    "/filesystem": "filesystem.xml",
    "/publicfiles": "publicfiles.xml",
    "/events": "events.xml",
    "/launcher": "launcher.xml",
}
MEMBERS = contract_members(*OBJECTS.values())
SAMPLES = {"s": "x", "b": True, "i": 1, "d": 0.0, "as": ["x"], "a{ss}": {}}

# What 11.1 lets a tier 2 member answer before it is built. An action answers NotSupported.
NEUTRAL = {"aa{ss}": [], "as": [], "a{ss}": {}, "b": False, "s": ""}
EMPTY_REPLY = {"unset_urgency", "push_event", "refresh_shares", "refresh_volumes"}
# Tier 2 members that are built: they do what they say, and have tests of their own.
BUILT = (
    {"get_sharesdir", "get_sharesdir_link"}
    | {one.name for one in MEMBERS if one.interface == names.CONFIG_INTERFACE and one.tier == 2}
    | {"rescan_from_scratch"}
)
NEUTRAL_MEMBERS = [
    one for one in MEMBERS if one.kind == "method" and one.tier == 2 and one.name not in BUILT
]

# Where each tier 1 member is tested: every one needs a behaviour test (11.1).
BEHAVIOUR_TESTS = {
    "connect": "test_connecting",
    "disconnect": "test_connecting",
    "get_homedir": "test_program",
    "get_rootdir": "test_program",
    "wait_for_nirvana": "test_connecting",
    "quit": "test_program",
    "RootMismatch": "test_connecting",
    "VolumesChanged": "test_connecting",
    "current_status": "test_program",
    "current_uploads": "test_answers",
    "current_downloads": "test_answers",
    "free_space": "test_connecting",
    "waiting": "test_answers",
    "sync_menu": "test_answers",
    "StatusChanged": "test_program",
    "RequestQueueAdded": "test_connecting",
    "RequestQueueRemoved": "test_connecting",
    "create": "test_answers",
    "delete": "test_answers",
    "subscribe": "test_answers",
    "unsubscribe": "test_answers",
    "validate_path": "test_answers",
    "get_folders": "test_answers",
    "get_info": "test_answers",
    "FolderCreateError": "test_answers",
    "FolderSubscribeError": "test_answers",
    "FolderUnSubscribeError": "test_answers",
    "QuotaExceeded": "test_syncing",
    "UploadStarted": "test_syncing",
    "DownloadStarted": "test_syncing",
    "UploadFileProgress": "test_syncing",
    "DownloadFileProgress": "test_syncing",
    "UploadFinished": "test_syncing",
    "DownloadFinished": "test_syncing",
    "InvalidName": "test_syncing",
    "FolderCreated": "test_syncing",
    "FolderDeleted": "test_syncing",
    "FolderDeleteError": "test_syncing",
    "FolderSubscribed": "test_syncing",
    "FolderUnSubscribed": "test_syncing",
} | {
    one.name: "test_answers"
    for one in MEMBERS
    if one.interface == names.CONFIG_INTERFACE and one.tier == 1
}
FACES = [
    RootFace,
    StatusFace,
    ConfigFace,
    FoldersFace,
    SharesFace,
    FileSystemFace,
    PublicFilesFace,
    EventsFace,
    LauncherFace,
]


@pytest.fixture
async def running(daemon, configure):
    configure(autoconnect=False)
    await daemon.start_and_rest()
    return daemon


@pytest.mark.parametrize("path", OBJECTS)
async def test_object_describes_itself_as_the_contract_does(running, path):
    """11.1: a superset of the XML; 10.7: nothing more in its interfaces; 1: no properties."""
    xml = await running.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")
    assert missing(contract(OBJECTS[path]), xml) == set()
    assert forbidden(contract(OBJECTS[path]), xml) == set()
    assert len(members(xml)) > 1


async def test_every_neutral_member_answers_neutrally(running):
    """11.1: a tier 2 member not built yet answers list [], dict {}, False, '' or NotSupported."""
    assert len(NEUTRAL_MEMBERS) >= 17
    for one in NEUTRAL_MEMBERS:
        values = [SAMPLES[kind] for kind in one.inputs]
        arguments = (one.path, one.interface, one.name, "".join(one.inputs), *values)
        if one.outputs:
            assert await running.call(*arguments) == NEUTRAL[one.outputs[0]], one.id
        elif one.name in EMPTY_REPLY:
            assert await running.call(*arguments) == [], one.id
        else:
            with pytest.raises(CallError) as caught:
                await running.call(*arguments)
            assert caught.value.name == names.NOT_SUPPORTED, one.id


async def test_every_method_refuses_other_argument_types(running):
    """10.5: bad argument types are InvalidArgs, with a one-line text."""
    for one in MEMBERS:
        if one.kind != "method":
            continue
        with pytest.raises(CallError) as caught:
            await running.call(one.path, one.interface, one.name, "u", 7)
        assert caught.value.name == names.INVALID_ARGS, one.id
        assert "\n" not in caught.value.text


async def test_object_has_no_properties(running):
    """Section 1: there are no properties and no ObjectManager."""
    with pytest.raises(CallError) as caught:
        await running.call(
            "/status", "org.freedesktop.DBus.Properties", "GetAll", "s", names.STATUS_INTERFACE
        )
    assert caught.value.name == names.UNKNOWN_METHOD


@pytest.mark.core
def test_every_signal_is_declared_with_the_signature_it_is_sent_with():
    """11.1, the second check: what is declared in the face is what the message carries."""
    wanted = {
        (one.interface, one.name): "".join(one.outputs) for one in MEMBERS if one.kind == "signal"
    }
    declared = {(face.name, one.name): one.signature for face in FACES for one in face.signals}
    assert declared == wanted


@pytest.mark.core
def test_every_tier_1_member_has_a_behaviour_test(request):
    """11.1: every tier 1 member needs a behaviour test, which must name it."""
    wanted = {one.name for one in MEMBERS if one.tier == 1}
    assert set(BEHAVIOUR_TESTS) == wanted
    here = request.path.parent
    texts = {name: (here / f"{name}.py").read_text() for name in set(BEHAVIOUR_TESTS.values())}
    for member, module in BEHAVIOUR_TESTS.items():
        assert f'"{member}"' in texts[module], f"{member} is not tested in {module}"
