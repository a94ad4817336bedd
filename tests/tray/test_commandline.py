"""The command line: its words, its exit codes, and what is missing on this machine."""

from __future__ import annotations

import sys

import pytest

from u1tray import __version__
from u1tray.tray.commandline import parse
from u1tray.tray.options import Options

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], Options()),
        (["--show"], Options(show=True)),
        (["--no-gui", "--debug"], Options(no_gui=True, debug=True)),
        (["--embedded", "--no-gui"], Options(embedded=True, no_gui=True)),
        (["--embedded", "--reset", "--yes"], Options(embedded=True, reset=True, yes=True)),
    ],
)
def test_words_become_options(words, options) -> None:
    """Every switch has its field."""
    assert parse(words) == options


@pytest.mark.parametrize(
    "words",
    [
        ["--nonsense"],
        ["--reset"],
        ["--yes", "--no-gui"],
        ["--show", "--quit"],
        ["--no-gui", "--show"],
        ["word"],
    ],
)
def test_what_makes_no_sense_ends_with_two(words, capsys) -> None:
    """One line that says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert "u1tray: error:" in capsys.readouterr().err


def test_version_and_help_end_with_zero(started) -> None:
    """--version and --help need neither display nor bus."""
    version = started.run("u1tray", "--version")
    assert (version.returncode, version.stdout) == (0, f"u1tray {__version__}\n")
    told = started.run("u1tray", "--help")
    assert told.returncode == 0
    for option in ("--show", "--quit", "--diagnose", "--no-gui", "--embedded", "--debug"):
        assert option in told.stdout


def test_missing_display_is_said_plainly(started) -> None:
    """Qt itself would abort with a core dump."""
    done = started.run("u1tray")
    assert done.returncode == 4
    assert "--no-gui" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_missing_bus_is_said_plainly(started, home) -> None:
    """Exit code 8: offline."""
    started.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={home}/none"
    done = started.run("u1tray", "--no-gui")
    assert done.returncode == 8
    assert done.stderr == "u1tray: the session bus cannot be reached\n"


@pytest.mark.parametrize(
    ("module", "package"), [("PyQt5", "python3-pyqt5"), ("dbus", "python3-dbus")]
)
def test_missing_module_names_the_package(started, home, module, package) -> None:
    """Both come from the distribution: say which package, never a traceback."""
    (home / "sitecustomize.py").write_text(
        f"import sys\nsys.modules[{module!r}] = None\n", encoding="utf-8"
    )
    started.env["PYTHONPATH"] = str(home)
    done = started.run(sys.executable, "-m", "u1tray.tray.main", "--no-gui")
    assert done.returncode == 4
    assert package in done.stderr
    assert "Traceback" not in done.stderr
