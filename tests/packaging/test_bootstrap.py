"""bootstrap.sh where the system lacks something, and what it says then."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.end2end

REPOSITORY = Path(__file__).parents[2]
_TOOLS = ("sh", "sed", "dirname", "cat", "tr", "sort", "cksum", "find", "head", "python3")


class Machine:
    """A PATH with only the named tools, so that the rest is "not installed"."""

    def __init__(self, directory: Path) -> None:
        self.tools = directory / "bin"
        self.tools.mkdir()
        for name in _TOOLS:
            self.link(name)

    def link(self, name: str) -> None:
        found = shutil.which(name, path="/usr/bin:/bin")
        assert found is not None
        (self.tools / name).symlink_to(found)

    def script(self, name: str, text: str) -> None:
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def bootstrap(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(REPOSITORY / "bootstrap.sh"), *arguments],
            env={"PATH": str(self.tools), "HOME": str(self.tools)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def test_no_verb_prints_the_usage_and_fails(machine):
    """A person who types it bare is told the three verbs."""
    result = machine.bootstrap()
    assert result.returncode == 2
    for verb in ("setup", "run", "test"):
        assert f"./bootstrap.sh {verb}" in result.stderr


def test_help_prints_the_usage_and_succeeds(machine):
    """--help is no error."""
    result = machine.bootstrap("--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "./bootstrap.sh run" in result.stdout


def test_without_apt_the_packages_of_other_systems_are_named(machine):
    """Fedora, Arch and openSUSE get a command to copy; nothing is installed."""
    result = machine.bootstrap("setup")
    assert result.returncode == 1
    for command in ("dnf install", "pacman -S", "zypper install"):
        assert command in result.stderr


def test_without_root_the_exact_command_is_printed(machine):
    """Neither root nor sudo: it stops, and says what an administrator must type."""
    machine.script("apt-get", "echo must not run; exit 99")
    machine.script("id", "echo 1000")
    result = machine.bootstrap("setup")
    assert result.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends dbus\n" in result.stderr
    assert "must not run" not in result.stdout + result.stderr


def test_sudo_that_may_not_is_not_tried(machine):
    """sudo that would ask for a password is no way without a terminal."""
    machine.script("apt-get", "exit 99")
    machine.script("id", "echo 1000")
    machine.script("sudo", 'test "$1" != -n || exit 1; echo asked for a password; exit 99')
    result = machine.bootstrap("setup")
    assert result.returncode == 1
    assert "sudo apt-get install" in result.stderr
    assert "asked for a password" not in result.stdout + result.stderr


def test_failing_apt_is_reported_once(machine):
    """apt's own message stays visible, and ours says whose it is."""
    machine.script("apt-get", "echo E: no such package >&2; exit 100")
    machine.script("id", "echo 0")
    machine.link("env")
    result = machine.bootstrap("setup")
    assert result.returncode == 1
    assert "E: no such package" in result.stderr
    assert "apt could not install them" in result.stderr
