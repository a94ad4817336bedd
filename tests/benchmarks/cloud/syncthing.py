"""Two syncthing instances that know only each other, on this machine."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.cloud.bench import SMALL_BYTES, Bench
from tests.benchmarks.cloud.client import HOST
from tests.benchmarks.cloud.peers import free_port
from tests.rig.processes import Process, wait_until

_FOLDER = "bench"
_SECONDS = 300.0
IN_DIRECTORY = 100
_LONE_OPTIONS = {
    "globalAnnounceEnabled": False,
    "localAnnounceEnabled": False,
    "relaysEnabled": False,
    "natEnabled": False,
    "urAccepted": -1,
    "crashReportingEnabled": False,
    "startBrowser": False,
    "autoUpgradeIntervalH": 0,
    "setLowPriority": False,
    "reconnectionIntervalS": 1,
}


@dataclass
class Instance:
    """One running syncthing."""

    home: Path
    gui: int
    listen: int
    key: str
    device: str
    process: Process

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What its REST API answers."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.gui}/rest/{path}",
            method=method,
            headers={"X-API-Key": self.key, "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            read = answer.read()
        return json.loads(read) if read.strip() else None

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return bool(self.ask("GET", "system/ping"))
        except OSError:
            return False

    @property
    def folder(self) -> Path:
        return self.home / "files"


@dataclass
class Pair:
    """Two instances that share one folder."""

    instances: tuple[Instance, Instance]

    def carry(self, source: int, name: str, count: int) -> float:
        """Files a second from the one to the other: from the scan until all are there."""
        giver, taker = self.instances[source], self.instances[1 - source]
        spread(giver.folder / name, count)
        started = time.perf_counter()
        giver.ask("POST", f"db/scan?folder={_FOLDER}&sub={name}")
        arrived = taker.folder / name
        whole = f"{count} files by syncthing"
        wait_until(lambda: count_spread(arrived) == count, _SECONDS, whole)
        return count / (time.perf_counter() - started)


def spread(folder: Path, count: int) -> None:
    """New small files in directories of a hundred.

    For each file that it makes, syncthing reads the whole directory anew, to see names that
    differ in case only; ten thousand in one cost it five times as much.
    """
    body = secrets.token_bytes(SMALL_BYTES)
    for number in range(count):
        directory = folder / f"{number // IN_DIRECTORY:03}"
        if number % IN_DIRECTORY == 0:
            directory.mkdir(parents=True)
        (directory / f"{number:05}").write_bytes(number.to_bytes(8, "big") + body[8:])


def start_pair(bench: Bench, *, watches: bool = False) -> Pair:
    """Both running, connected and idle; with `watches`, they see changes by themselves."""
    made = (_make(bench, "one"), _make(bench, "two"))
    for here, there in (made, made[::-1]):
        _configure(here, there, watches=watches)
    for here, there in (made, made[::-1]):
        wait_until(lambda h=here, t=there: _is_connected(h, t), _SECONDS, "connected")
    return Pair(made)


def _make(bench: Bench, name: str) -> Instance:
    home = bench.folder(f"syncthing-{name}")
    done = bench.started.run(
        "syncthing", "generate", f"--home={home}", "--no-default-folder", "--skip-port-probing"
    )
    assert done.returncode == 0, done.stderr
    configuration = (home / "config.xml").read_text()
    # It makes itself nice when it starts, before it can be asked not to.
    low, normal = (f"<setLowPriority>{text}</setLowPriority>" for text in ("true", "false"))
    assert low in configuration
    (home / "config.xml").write_text(configuration.replace(low, normal))
    key = re.search("<apikey>(.*?)</apikey>", configuration)
    device = re.search('<device id="([A-Z0-9-]+)"', configuration)
    assert key
    assert device
    gui = free_port()
    process = bench.started.start(
        *("syncthing", "serve", f"--home={home}", "--no-browser", "--no-restart", "--no-upgrade"),
        f"--gui-address={HOST}:{gui}",
    )
    made = Instance(home, gui, free_port(), key[1], device[1], process)
    made.folder.mkdir()
    wait_until(made.answers, _SECONDS, "syncthing answers")
    return made


def _configure(here: Instance, there: Instance, *, watches: bool) -> None:
    listens = {"listenAddresses": [f"tcp://{HOST}:{here.listen}"]}
    here.ask("PATCH", "config/options", {**_LONE_OPTIONS, **listens})
    address = f"tcp://{HOST}:{there.listen}"
    here.ask("POST", "config/devices", {"deviceID": there.device, "addresses": [address]})
    here.ask(
        "POST",
        "config/folders",
        {
            "id": _FOLDER,
            "path": str(here.folder),
            "devices": [{"deviceID": here.device}, {"deviceID": there.device}],
            "fsWatcherEnabled": watches,
            "fsWatcherDelayS": 1,  # its lowest
            "rescanIntervalS": 0,
        },
    )


def _is_connected(here: Instance, there: Instance) -> bool:
    found = here.ask("GET", "system/connections")["connections"].get(there.device, {})
    return bool(found.get("connected"))


def count_spread(folder: Path) -> int:
    """Whole files of `spread`; those on their way have names of their own."""
    try:
        return sum(
            not name.startswith(".") for one in os.scandir(folder) for name in os.listdir(one)
        )
    except OSError:  # not there yet, or a file whose name is no directory's
        return 0
