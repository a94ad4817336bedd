"""u1sync on a private bus, beside daemons that a test drives and the real one."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.rig.daemon import Daemon
from tests.rig.processes import wait_until
from u1tray.vocabulary import names


@dataclass
class Answer:
    """What u1sync printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def value(self):
        return json.loads(self.out)


@pytest.fixture
def u1sync(started):
    async def run(*arguments):
        done = await asyncio.to_thread(started.run, "u1sync", *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest_asyncio.fixture
async def driven(bus):
    """A daemon that a test drives; not there until it appears."""
    daemon = Daemon(bus.address)
    yield daemon
    await daemon.leave()


@pytest.fixture
def installed(bus, started, home):
    """The real daemon, activatable, without autoconnect; its configuration file."""
    file = home / ".config/u1tray/syncdaemon.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[__main__]\nautoconnect = False\n")
    if os.geteuid() == 0:
        started.env["U1TRAY_ALLOW_ROOT"] = "1"
    # The bus hands its own environment on, which lacks this permission: a small script has it.
    script = home / "daemon"
    command = Path(sys.executable).parent / "u1tray-syncdaemon"
    script.write_text(f"#!/bin/sh\nU1TRAY_ALLOW_ROOT=1 exec {command}\n")
    script.chmod(0o755)
    bus.activate(names.SYNCDAEMON, str(script))
    started.run(
        *("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus"),
        *("/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig"),
    )
    yield file
    started.run("u1sync", "quit")
    wait_until(lambda: started.run("u1sync", "status").returncode == 20, 60, "the daemon's end")
