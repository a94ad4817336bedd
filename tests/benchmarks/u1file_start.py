"""How soon `u1file query` sends its first byte, beside a bare Python that loads what it must.

python -m tests.benchmarks.u1file_start; the Credentials service and its keyring are running.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
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


def main() -> None:
    """Measure alternately; print medians and the quotient."""
    with tempfile.TemporaryDirectory(prefix="u1-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        with processes(scrubbed(home), home / "logs") as started:
            _prepare(started, home)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                started.env["U1_API_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
                _measure(started, listener)


def _prepare(started: Processes, home: Path) -> None:
    bus = start_bus(started, home)
    service = Path(sys.executable).parent / "u1tray-credentials"
    bus.activate("com.ubuntuone.Credentials", str(service))
    start_keyring(started)
    stored = started.run(sys.executable, "-c", STORE)
    assert stored.returncode == 0, stored.stderr


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
