"""Measures u1file beside curl, rclone and rsync on one machine, in one run, alternating.

    python -m tests.benchmarks.u1file [--quick] [--rounds N]

Prints a table of medians with the goals; exit code 1 when one is missed. Not a test: figures
need a quiet machine. Everything lies in memory (/dev/shm); each tool has a server of its kind:
u1file and curl our own, rclone its WebDAV for the large file and its SFTP for the small ones,
rsync its daemon.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Figure, table
from tests.rig.cloud import EMAIL, PASSWORD, RunningCloud, start_cloud
from tests.rig.environment import scrubbed
from tests.rig.processes import Processes, processes, wait_until
from u1tray.rest import Cloud, signing
from u1tray.rest.settings import CloudSettings

MEBIBYTE = 1024 * 1024
SMALL_BYTES = 4096
PER_FOLDER = 100
MEMORY_MIB = 80.0
LOGIN = ("bench", "mark")
ROOT = "Ubuntu One"
_BARE_START = "import http.client, ssl, json"


@dataclass(frozen=True)
class Amounts:
    """How large the large file is, and how many small ones there are."""

    large_mib: int
    small: int


@dataclass
class Bench:
    """A home in memory with a cloud, a log-in, and the servers of the others."""

    home: Path
    started: Processes
    cloud: RunningCloud
    amounts: Amounts
    webdav: str = ""
    sftp: str = ""
    rsync: str = ""
    header: str = ""

    def run(self, *command: str) -> tuple[float, float]:
        """Seconds it took, and the most memory it had, in MiB. It must succeed."""
        log = self.home / "last.log"
        begin = time.monotonic()
        with log.open("wb") as sink:
            child = subprocess.Popen(
                command, env=self.started.env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
            )
            _pid, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"{command} failed:\n{log.read_text(errors='replace')[-2000:]}")
        return seconds, usage.ru_maxrss / 1024


def figures(amounts: Amounts) -> dict[str, Figure]:
    """The rows; the second column is the program that each is held against."""

    def within(factor: float):
        return lambda ours, other: other is not None and ours <= factor * other

    def faster(factor: float):
        return lambda ours, other: other is not None and ours >= factor * other

    def free(_ours: float, _other: float | None) -> bool:
        return True

    large, small = f"{amounts.large_mib} MiB", f"{amounts.small} x 4 KiB"
    rows = {
        "put": (f"put {large}, beside curl", "s", "<= 1.3 x curl", within(1.3)),
        "put rclone": (f"put {large}, beside rclone", "s", "ahead of rclone", within(1.0)),
        "get": (f"get {large}, beside curl", "s", "<= 1.3 x curl", within(1.3)),
        "get rclone": (f"get {large}, beside rclone", "s", "ahead of rclone", within(1.0)),
        "put -r": (f"put -r {small}, beside rclone", "files/s", ">= 1.5 x rclone", faster(1.5)),
        "put -r rsync": (f"put -r {small}, beside rsync", "files/s", "-", free),
        "get -r": (f"get -r {small}, beside rclone", "files/s", ">= 1.5 x rclone", faster(1.5)),
        "get -r rsync": (f"get -r {small}, beside rsync", "files/s", "-", free),
        "sync": (f"second sync of {amounts.small}", "files/s", ">= 20000", _at_least(20_000)),
        "memory": ("most memory of all", "MiB", "< 80 MiB", lambda ours, _: ours < MEMORY_MIB),
        "start": ("query: to the first byte sent", "ms", "<= 2.5 x bare", within(2.5)),
    }
    return {key: Figure(*row) for key, row in rows.items()}


def _at_least(limit: float):
    return lambda ours, _other: ours >= limit


@contextmanager
def bench(amounts: Amounts) -> Iterator[Bench]:
    """Everything started and logged in; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="u1-bench-", dir="/dev/shm"))
    try:
        (home / "logs").mkdir()
        with processes(scrubbed(home), home / "logs") as started:
            (home / "passphrase").write_text("bench\n")
            (home / "passphrase").chmod(0o600)
            started.env["U1TRAY_PASSPHRASE_FILE"] = str(home / "passphrase")
            cloud = start_cloud(started, home, quota="100GB")
            made = Bench(home, started, cloud, amounts)
            _log_in(made)
            _start_others(made)
            _make_files(made)
            yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _log_in(at: Bench) -> None:
    login = ("u1file", "login", EMAIL, "--api-url", at.cloud.url, "--password-stdin")
    done = at.started.run(*login, stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    with Cloud(CloudSettings.of(at.cloud.url), program="benchmark") as client:
        keys = client.issue_token(EMAIL, PASSWORD, "curl")
    at.header = "Authorization: " + signing.authorization(
        *("PUT", f"{at.cloud.url}/x", keys),
        nonce="n",
        timestamp=1,
        signature_method=signing.PLAINTEXT,
    )


def _start_others(at: Bench) -> None:
    user, password = LOGIN
    hidden = at.started.run("rclone", "obscure", password).stdout.strip()
    for kind in ("webdav", "sftp", "rsync"):
        (at.home / kind).mkdir()
    ports = {kind: _free_port() for kind in ("webdav", "sftp", "rsync")}
    for kind in ("webdav", "sftp"):
        at.started.start(
            *("rclone", "serve", kind, str(at.home / kind)),
            *("--addr", f"127.0.0.1:{ports[kind]}", "--user", user, "--pass", password),
        )
    configuration = at.home / "rsyncd.conf"
    owner = "uid = root\ngid = root\n" if os.getuid() == 0 else ""
    configuration.write_text(
        f"use chroot = no\n{owner}[bench]\npath = {at.home / 'rsync'}\nread only = no\n"
    )
    at.started.start(
        *("rsync", "--daemon", "--no-detach", f"--config={configuration}"),
        *("--address=127.0.0.1", f"--port={ports['rsync']}"),
    )
    for port in ports.values():
        wait_until(lambda port=port: _answers(port), 30, f"port {port}")
    url = f"http://127.0.0.1:{ports['webdav']}"
    at.webdav = f":webdav,url='{url}',user={user},pass={hidden}:"
    at.sftp = (
        f":sftp,host=127.0.0.1,port={ports['sftp']},user={user},pass={hidden},shell_type=none:"
    )
    at.rsync = f"rsync://127.0.0.1:{ports['rsync']}/bench"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _make_files(at: Bench) -> None:
    for number in range(at.amounts.small):
        folder = at.home / "small" / f"d{number // PER_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}").write_bytes(os.urandom(SMALL_BYTES))
    _new_large(at)


def _new_large(at: Bench) -> None:
    """Another content each time: the cloud keeps one content once."""
    with (at.home / "large").open("wb") as file:
        for _ in range(at.amounts.large_mib):
            file.write(os.urandom(MEBIBYTE))


def _forget_contents(at: Bench) -> None:
    """Let go of the memory of what was deleted, as the others do, instead of in an hour.

    Memory that nobody has used yet is slower to get.
    """
    for blob in (at.cloud.data / "contents").glob("??/??/*"):
        blob.unlink()


def measure_large(at: Bench, rows: dict[str, Figure], peaks: list[float], number: int) -> None:
    """One large file up and down, by us, curl and rclone."""
    # Another name each time: its server remembers for minutes what was deleted.
    other = f"{at.webdav}large{number}"
    large, back = str(at.home / "large"), str(at.home / "back")
    url = f"{at.cloud.url}/content/~/Ubuntu%20One"
    seconds, peak = at.run("u1file", "put", "-q", large, f"{ROOT}/large")
    peaks.append(peak)
    rows["put"].ours.append(seconds)
    rows["put rclone"].ours.append(seconds)
    seconds, peak = at.run("u1file", "get", "-q", f"{ROOT}/large", back)
    peaks.append(peak)
    rows["get"].ours.append(seconds)
    rows["get rclone"].ours.append(seconds)
    os.unlink(back)
    at.run("u1file", "rm", "-q", f"{ROOT}/large")
    _forget_contents(at)
    _new_large(at)
    curl = ("curl", "-sSf", "-H", at.header)
    rows["put"].bare.append(at.run(*curl, "-o", "/dev/null", "-T", large, f"{url}/curl")[0])
    rows["get"].bare.append(at.run(*curl, "-o", back, f"{url}/curl")[0])
    os.unlink(back)
    at.run("u1file", "rm", "-q", f"{ROOT}/curl")
    _forget_contents(at)
    rows["put rclone"].bare.append(at.run("rclone", "copyto", large, other)[0])
    rows["get rclone"].bare.append(at.run("rclone", "copyto", other, back)[0])
    for place in (back, at.home / f"webdav/large{number}"):
        os.unlink(place)
    _new_large(at)


def measure_small(at: Bench, rows: dict[str, Figure], peaks: list[float], number: int) -> None:
    """Many small files up and down, by us, rclone and rsync; then ours once more, unchanged."""
    small, back = str(at.home / "small"), at.home / "back"
    count = at.amounts.small
    there = f"{ROOT}/small{number}"
    for key, command in (
        ("put -r", ("u1file", "put", "-rq", small, there)),
        ("get -r", ("u1file", "get", "-rq", there, str(back))),
    ):
        seconds, peak = at.run(*command)
        peaks.append(peak)
        rows[key].ours.append(count / seconds)
        rows[f"{key} rsync"].ours.append(count / seconds)
    shutil.rmtree(back)
    at.run("u1file", "sync", "-q", small, there)  # reads and remembers the hashes
    seconds, peak = at.run("u1file", "sync", "-q", small, there)
    peaks.append(peak)
    rows["sync"].ours.append(count / seconds)
    at.run("u1file", "rm", "-rq", there)
    copy = ("rclone", "copy", "--transfers", "16")
    # Another folder each time: its server goes on listing for minutes what was deleted below it.
    other = f"{at.sftp}small{number}"
    for key, command in (
        ("put -r", (*copy, small, other)),
        ("get -r", (*copy, other, str(back))),
        ("put -r rsync", ("rsync", "-a", f"{small}/", f"{at.rsync}/small/")),
        ("get -r rsync", ("rsync", "-a", f"{at.rsync}/small/", str(back))),
    ):
        rows[key].bare.append(count / at.run(*command)[0])
        if key.startswith("get"):
            shutil.rmtree(back)
    for place in (f"sftp/small{number}", "rsync/small"):
        shutil.rmtree(at.home / place)


def measure_start(at: Bench, rows: dict[str, Figure]) -> None:
    """From the start of the program to its first byte, beside what any HTTP client imports."""
    rows["start"].bare.append(1000 * at.run(sys.executable, "-c", _BARE_START)[0])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        begin = time.monotonic()
        child = subprocess.Popen(
            ("u1file", "query", ROOT),
            env={**at.started.env, "U1_API_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        listening.settimeout(60)
        connection, _ = listening.accept()
        with connection:
            connection.recv(1)
            rows["start"].ours.append(1000 * (time.monotonic() - begin))
        child.kill()
        child.wait()


def run(rounds: int, amounts: Amounts) -> bool:
    """All rounds, then the table; whether every goal is kept."""
    rows = figures(amounts)
    with bench(amounts) as at:
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
            peaks: list[float] = []
            measure_start(at, rows)
            measure_small(at, rows, peaks, number)
            measure_large(at, rows, peaks, number)
            rows["memory"].ours.append(max(peaks))
    text = table(list(rows.values()))
    print(re.sub("^(figure .*)u1tray       bare", r"\1u1file      other", text, count=1))
    return all(figure.kept for figure in rows.values())


def main() -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.u1file")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured")
    parser.add_argument("--quick", action="store_true", help="two rounds, 64 MiB, 1000 files")
    options = parser.parse_args()
    if options.quick:
        return 0 if run(2, Amounts(64, 1000)) else 1
    return 0 if run(options.rounds, Amounts(1024, 10_000)) else 1


if __name__ == "__main__":
    sys.exit(main())
