"""How soon `u1file query` sends its first byte, beside a bare Python that loads what it must.

python -m tests.benchmarks.u1file_start; once with the Credentials service and its keyring running,
once without a session bus, with the encrypted vault and a passphrase file.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.rig.bus import start_bus
from tests.rig.environment import scrubbed
from tests.rig.keyring import start_keyring
from tests.rig.processes import Processes, processes

ROUNDS = 15
GOAL = 2.5
BARE = (sys.executable, "-c", "import http.client, ssl, json")
STORE = (
    "from u1tray.u1file.keys import service\n"
    "from u1tray.vocabulary.credentials import Credentials\n"
    "service.store(Credentials('n', 'c', 't', 's', 'ts'))\n"
)


SAVE = (
    "from urllib.parse import urlencode\n"
    "from u1tray.disk.vault import save\n"
    "from u1tray.disk.vault_files import vault_file\n"
    "from u1tray.vocabulary.credentials import Credentials\n"
    "wire = Credentials('n', 'c', 't', 's', 'ts').to_wire()\n"
    "save(vault_file(), urlencode(wire).encode(), b'open sesame')\n"
)


def main() -> None:
    """Measure alternately; print medians and the quotient."""
    for what, prepare in (("keyring", _with_keyring), ("vault", _with_vault)):
        print(f"{what}:")
        _measured(prepare)


def _measured(prepare: Callable[[Processes, Path], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="u1-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        with processes(scrubbed(home), home / "logs") as started:
            prepare(started, home)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                started.env["U1_API_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
                _measure(started, listener)


def _with_keyring(started: Processes, home: Path) -> None:
    bus = start_bus(started, home)
    service = Path(sys.executable).parent / "u1tray-credentials"
    bus.activate("com.ubuntuone.Credentials", str(service))
    start_keyring(started)
    _run(started, STORE)


def _with_vault(started: Processes, home: Path) -> None:
    file = home / "passphrase"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    started.env["U1TRAY_PASSPHRASE_FILE"] = str(file)
    _run(started, SAVE)


def _run(started: Processes, text: str) -> None:
    done = started.run(sys.executable, "-c", text)
    assert done.returncode == 0, done.stderr


def _measure(started: Processes, listener: socket.socket) -> None:
    bare, query = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(BARE, env=started.env, check=True)
        bare.append(time.perf_counter() - begun)
        query.append(_first_byte(started, listener))
    ours, theirs = statistics.median(query), statistics.median(bare)
    print(f"python -c {BARE[2]!r}: {theirs * 1000:.0f} ms (least {min(bare) * 1000:.0f})")
    print(f"u1file query, to the first byte: {ours * 1000:.0f} ms (least {min(query) * 1000:.0f})")
    print(f"quotient {ours / theirs:.2f} (least {min(query) / min(bare):.2f}), goal {GOAL}")


def _first_byte(started: Processes, listener: socket.socket) -> float:
    begun = time.perf_counter()
    command = ("u1file", "query", "Docs/a")
    with subprocess.Popen(command, env=started.env, stderr=subprocess.DEVNULL) as program:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1)
            took = time.perf_counter() - begun
            os.kill(program.pid, 9)
    return took


if __name__ == "__main__":
    main()
