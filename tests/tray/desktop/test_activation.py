"""The activation files: only ours are touched, and the bus confirms (D-Bus contract, 2)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.rig.bus import Bus
from u1tray.bus import blocking
from u1tray.tray.desktop import activation
from u1tray.tray.desktop.activation import Change, Found, plan_installation, plan_removal, whose
from u1tray.tray.desktop.busdaemon import BusDaemon, program_of
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import RefusedError

PLACE = Path("/home/ana/.local/share/dbus-1/services")
COMMANDS = {
    names.SYNCDAEMON: "/opt/u1tray/u1tray-syncdaemon",
    names.CREDENTIALS: "/opt/u1tray/u1tray-credentials",
}
OTHER = "[D-BUS Service]\nName=com.ubuntuone.SyncDaemon\nExec=/usr/libexec/ubuntuone-syncdaemon\n"


def path_of(name: str) -> Path:
    return PLACE / f"{name}.service"


@pytest.mark.core
def test_file_has_exactly_the_keys_of_the_contract():
    """Name and Exec under [D-BUS Service], nothing else (2)."""
    assert activation.content("com.example", "/bin/x") == (
        "[D-BUS Service]\nName=com.example\nExec=/bin/x\n"
    )


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, Found.NONE),
        (activation.content(names.SYNCDAEMON, COMMANDS[names.SYNCDAEMON]), Found.OURS),
        (activation.content(names.SYNCDAEMON, "'/my dir/u1tray-syncdaemon' --debug"), Found.OURS),
        (activation.content(names.SYNCDAEMON, "/opt/u1tray/u1tray-credentials"), Found.FOREIGN),
        (OTHER, Found.FOREIGN),
        ("", Found.FOREIGN),
        ("not an ini", Found.FOREIGN),
        ("[D-BUS Service]\nExec='unbalanced\n", Found.FOREIGN),
        ("[D-BUS Service]\n", Found.FOREIGN),
    ],
)
def test_file_is_ours_by_the_program_it_runs(text, expected):
    """Whatever cannot be read as ours is somebody else's."""
    assert whose(text, names.SYNCDAEMON) is expected


@pytest.mark.core
def test_installation_writes_what_is_missing_or_of_an_older_place():
    """Nothing there: both are written. Ours from another directory: brought up to date."""
    old = activation.content(names.CREDENTIALS, "/old/u1tray-credentials")
    present = {names.SYNCDAEMON: None, names.CREDENTIALS: old}
    plan = plan_installation(present, COMMANDS, PLACE, force=False)
    assert plan.changes == tuple(
        Change(path_of(name), activation.content(name, command))
        for name, command in COMMANDS.items()
    )
    assert (plan.unchanged, plan.refused) == ((), ())


@pytest.mark.core
def test_second_installation_changes_nothing():
    """Files that are right are left alone."""
    present = {name: activation.content(name, command) for name, command in COMMANDS.items()}
    plan = plan_installation(present, COMMANDS, PLACE, force=False)
    assert plan.changes == ()
    assert set(plan.unchanged) == {path_of(name) for name in COMMANDS}


@pytest.mark.core
@pytest.mark.parametrize("force", [False, True])
def test_foreign_file_is_replaced_or_removed_only_when_told_to(force):
    """MUST NOT replace or remove a file whose Exec is not ours unless told to (2)."""
    present = {names.SYNCDAEMON: OTHER, names.CREDENTIALS: None}
    installation = plan_installation(present, COMMANDS, PLACE, force=force)
    removal = plan_removal(present, PLACE, force=force)
    changed = {change.path for change in installation.changes}
    assert (path_of(names.SYNCDAEMON) in changed) is force
    assert (path_of(names.SYNCDAEMON) in installation.refused) is not force
    assert removal.changes == ((Change(path_of(names.SYNCDAEMON), None),) if force else ())
    assert (path_of(names.SYNCDAEMON) in removal.refused) is not force


@pytest.mark.core
def test_report_tells_every_outcome():
    """Written, left alone, hidden and still running are each a line (2)."""
    plan = activation.Plan(
        changes=(Change(path_of(names.CREDENTIALS), "x"),), refused=(path_of(names.SYNCDAEMON),)
    )
    report = activation.Report(
        plan,
        frozenset({names.CREDENTIALS}),
        frozenset({names.CREDENTIALS}),
        {names.CREDENTIALS: Path("/usr/share/dbus-1/services/com.ubuntuone.Credentials.service")},
    )
    lines = "\n".join(activation.describe(report))
    assert f"wrote {path_of(names.CREDENTIALS)}" in lines
    assert "SyncDaemon.service was not written by u1tray and is left as it is" in lines
    assert "hides /usr/share/dbus-1/services" in lines
    assert "is running and keeps running as it is" in lines


@pytest.fixture
def daemon(bus: Bus, monkeypatch: pytest.MonkeyPatch):
    """The private bus, asked from this very process."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    asked = BusDaemon(blocking.open_session())
    yield asked
    asked.bus.close()


@pytest.mark.bus
def test_installed_services_can_be_started_and_removed_ones_cannot(daemon):
    """The bus itself confirms, by ListActivatableNames after ReloadConfig (2)."""
    before = daemon.activatable_names()
    assert not before & set(activation.PROGRAMS)
    report = activation.install(daemon)
    assert set(activation.PROGRAMS) <= daemon.activatable_names()
    assert len(report.plan.changes) == 2
    assert activation.installed() == frozenset(activation.PROGRAMS)
    assert activation.install(daemon).plan.changes == ()
    activation.remove(daemon)
    assert daemon.activatable_names() == before
    assert activation.installed() == frozenset()


@pytest.mark.bus
def test_installed_credentials_service_is_started_by_the_bus(daemon):
    """What Exec names really is the program of this installation."""
    activation.install(daemon)
    daemon.start(names.CREDENTIALS)
    assert daemon.owner_of(names.CREDENTIALS)
    assert program_of(daemon.process_of(names.CREDENTIALS)) == "u1tray-credentials"
    text = (activation.directory() / f"{names.CREDENTIALS}.service").read_text()
    assert f"Exec={Path(sys.executable).parent}/u1tray-credentials\n" in text


@pytest.mark.bus
def test_running_service_is_told_to_keep_running(daemon, started):
    """MUST say that a daemon already running keeps running (2)."""
    service = started.start("u1tray-credentials", "--stay", "--debug")
    service.wait_for_line("ready")
    report = activation.install(daemon)
    assert report.running == frozenset({names.CREDENTIALS})
    assert "keeps running" in "\n".join(activation.describe(report))


@pytest.mark.bus
def test_bus_that_looks_elsewhere_is_an_error(daemon, monkeypatch, tmp_path):
    """A file the bus never reads is not an installation."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(RefusedError, match="does not offer"):
        activation.install(daemon)


@pytest.mark.bus
def test_removal_without_a_bus_still_removes(daemon):
    """There is nobody to tell; the files go all the same."""
    activation.install(daemon)
    activation.remove(None)
    assert list(activation.directory().iterdir()) == []


@pytest.mark.core
@pytest.mark.parametrize("name", ["SyncDaemon", "Credentials"])
def test_template_for_distributions_says_the_same(name):
    """What a package installs system-wide differs from ours in the directory alone."""
    template = Path(__file__).parents[3] / f"data/dbus-1/services/com.ubuntuone.{name}.service"
    program = f"u1tray-{name.lower()}"
    written = activation.content(f"com.ubuntuone.{name}", f"/usr/libexec/{program}")
    assert template.read_text().replace("@bindir@", "/usr/libexec") == written
