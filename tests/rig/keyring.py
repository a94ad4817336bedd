"""gnome-keyring on the private bus: a real Secret Service, unlocked or locked."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from tests.rig.processes import Process, Processes, wait_until

PASSWORD = "pw"
_DEFAULT = "/org/freedesktop/secrets/aliases/default"


@dataclass
class Keyring:
    """A running Secret Service whose default collection exists."""

    started: Processes
    process: Process

    def lock(self) -> None:
        """Lock the default collection, as a screen that was locked does."""
        _call(self.started, "Lock", f"array:objpath:{_DEFAULT}")

    def end(self) -> None:
        """Leave the bus."""
        self.process.end()


def start_keyring(started: Processes) -> Keyring:
    """Start gnome-keyring with an unlocked login keyring in the home of `started`."""
    # The shell hands over the password on standard input and becomes the daemon.
    command = f"printf '{PASSWORD}' | exec gnome-keyring-daemon --foreground --unlock"
    process = started.start("sh", "-c", f"{command} --components=secrets")

    def ready() -> bool:
        return "/org/freedesktop/secrets/collection" in _call(
            started, "ReadAlias", "string:default"
        )

    wait_until(ready, 60, "the keyring's default collection", process)
    return Keyring(started, process)


def _call(started: Processes, member: str, argument: str) -> str:
    done: subprocess.CompletedProcess[str] = started.run(
        "dbus-send",
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        f"org.freedesktop.Secret.Service.{member}",
        argument,
    )
    return done.stdout
