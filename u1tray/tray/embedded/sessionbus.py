"""The session bus that `--embedded` works on: the person's own, or a private one without that.

A private bus knows our two services and nothing else: nobody's keyring or panel lives there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from u1tray.bus import blocking
from u1tray.tray.desktop import activation
from u1tray.tray.desktop.busdaemon import BusDaemon
from u1tray.tray.desktop.programs import program, service_exec
from u1tray.tray.embedded.children import Children
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import NotFoundError, OfflineError

ADDRESS_VARIABLE = "DBUS_SESSION_BUS_ADDRESS"
START_SECONDS = 10.0

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class Session:
    """The bus, and for a private one how to take its files away (`close`)."""

    daemon: BusDaemon
    is_private: bool
    close: Callable[[], None]


def open_session(children: Children) -> Session:
    """The person's bus, else a private one, for us and for every child. Raises a U1Error."""
    found = persons_bus()
    if found is not None:
        return Session(found, False, found.bus.close)
    return _private_bus(children)


def persons_bus() -> BusDaemon | None:
    """The session bus that is there already, or None."""
    runtime = places.runtime_dir()
    # Without this check libdbus would start a bus that nobody ends.
    if not os.environ.get(ADDRESS_VARIABLE) and not (runtime and (runtime / "bus").exists()):
        return None
    try:
        return BusDaemon(blocking.open_session())
    except OfflineError:
        return None


def _private_bus(children: Children) -> Session:
    if shutil.which("dbus-daemon") is None:
        text = (
            "There is no session bus, and no dbus-daemon to start one: install dbus "
            "(Debian, Ubuntu, Arch), dbus-daemon (Fedora) or dbus-1-daemon (openSUSE)."
        )
        raise NotFoundError(text)
    # Not below the home: a socket's path has 108 bytes.
    runtime = places.runtime_dir()  # after su or sudo often one that is not there, or another's
    usable = runtime is not None and os.access(runtime, os.W_OK | os.X_OK)
    directory = Path(tempfile.mkdtemp(prefix="u1tray-bus-", dir=runtime if usable else None))
    try:
        configuration = directory / "bus.conf"
        services = directory / "services"
        services.mkdir()
        for name, word in activation.PROGRAMS.items():
            command = service_exec([str(program(word))])
            (services / f"{name}.service").write_text(activation.content(name, command))
        configuration.write_text(
            _CONFIGURATION.format(socket=directory / "socket", services=services)
        )
        options = [f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address"]
        child = children.start(["dbus-daemon", *options], log_name="embedded-bus.log")
        address = "unix:" + child.wait_for_line("unix:", START_SECONDS)
        os.environ[ADDRESS_VARIABLE] = address
        daemon = BusDaemon(blocking.open_session())
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise

    def close() -> None:
        daemon.bus.close()
        with contextlib.suppress(OSError):
            shutil.rmtree(directory)

    return Session(daemon, True, close)
