"""Many small files up and down by eight connections, beside programs that carry folders."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.cloud import client, peers, together
from tests.benchmarks.cloud.bench import CONNECTIONS, SMALL_BYTES, Bench, is_there
from tests.benchmarks.cloud.ours import ROOT, Cloud, start_cloud
from tests.benchmarks.cloud.syncthing import Pair, start_pair
from tests.benchmarks.cloud.table import OURS, Measure, at_least
from tests.benchmarks.cloud.together import File

_SFTP, _SYNCTHING = "rclone to rclone sftp", "syncthing"
_EACH, _RELAXED = "u1server, a request each", "u1server, relaxed"
_NGINX = "nginx"
_SECONDS = 600.0

# Puts or gets a folder of files; the files a second.
Carry = Callable[[int], tuple[float, float]]
# Files a second of ours.
Way = Callable[[Cloud, Sequence[File]], float]


def small(bench: Bench) -> list[Measure]:
    """PUT and GET of files beside rclone and syncthing, files a second."""
    goals = (at_least(1.5, _SFTP), at_least(1.5, _SYNCTHING))
    what = f"{bench.sizes.small} x {SMALL_BYTES} bytes"
    put, get = Measure(f"PUT {what}", "1/s", goals), Measure(f"GET {what}", "1/s", goals)
    put.notes.append("syncthing is measured from one folder to the other and back")
    put.notes.append(f"u1server has {together.TOGETHER} files in a request (16.8) but where not")
    cloud, relaxed = (
        start_cloud(bench, f"cloud-{durability}", "--durability", durability)
        for durability in ("full", "relaxed")
    )
    many = (together.put_together, together.get_together)
    carriers: dict[str, Carry] = {
        OURS: _ours(bench, cloud, *many),
        _EACH: _ours(bench, cloud, together.put_each, together.get_each),
        _RELAXED: _ours(bench, relaxed, *many),
    }
    if is_there("rclone", put, get):
        carriers[_SFTP] = _sftp(bench)
    if is_there("syncthing", put, get):
        carriers[_SYNCTHING] = _syncthing(bench)
    for number in bench.rounds(put, get):
        for who, carry in carriers.items():
            up, down = carry(number)
            put.add(who, up)
            get.add(who, down)
    for measure in (put, get):
        measure.notes += [
            f"a request each: {measure.median(_EACH) / measure.median(who):.2f} x {who}"
            for who in (_SFTP, _SYNCTHING)
            if who in measure.values
        ]
    return [put, get, *_beside_nginx(bench)]


def _ours(bench: Bench, cloud: Cloud, put: Way, get: Way) -> Carry:
    def carry(number: int) -> tuple[float, float]:
        body = secrets.token_bytes(SMALL_BYTES)
        files = [
            File(f"{ROOT}/{put.__name__}-{number}/{n}", n.to_bytes(8, "big") + body[8:])
            for n in range(bench.sizes.small)
        ]
        return put(cloud, files), get(cloud, files)

    return carry


def _sftp(bench: Bench) -> Carry:
    folder = bench.folder("sftp")
    port = peers.start_rclone(bench, folder, "sftp", "--user", "u", "--pass", "p")
    obscured = bench.started.run("rclone", "obscure", "p").stdout.strip()
    remote = f":sftp,host={client.HOST},port={port},user=u,pass='{obscured}':"

    def copy(source: str, target: str) -> float:
        options = ("--transfers", str(CONNECTIONS), "--checkers", str(CONNECTIONS), "-q")
        started = time.perf_counter()
        done = bench.started.run("rclone", "copy", source, target, *options, seconds=_SECONDS)
        assert done.returncode == 0, done.stderr
        return bench.sizes.small / (time.perf_counter() - started)

    def carry(number: int) -> tuple[float, float]:
        source, back = _filled(bench, f"source-{number}"), bench.home / f"back-{number}"
        up = copy(str(source), f"{remote}{number}")
        assert len(list((folder / str(number)).iterdir())) == bench.sizes.small
        down = copy(f"{remote}{number}", str(back))
        assert len(list(back.iterdir())) == bench.sizes.small
        for used in (source, back):
            shutil.rmtree(used)
        return up, down

    return carry


def _syncthing(bench: Bench) -> Carry:
    pair: Pair = start_pair(bench)

    def carry(number: int) -> tuple[float, float]:
        count = bench.sizes.small
        return pair.carry(0, f"up-{number}", count), pair.carry(1, f"down-{number}", count)

    return carry


def _filled(bench: Bench, name: str) -> Path:
    """A folder of small files that differ."""
    made = bench.folder(name)
    body = secrets.token_bytes(SMALL_BYTES)
    for number in range(bench.sizes.small):
        (made / str(number)).write_bytes(number.to_bytes(8, "big") + body[8:])
    return made


def _beside_nginx(bench: Bench) -> list[Measure]:
    """How far a server of static files is away, with curl for both."""
    get = Measure(f"GET {bench.sizes.small} files, curl --parallel {CONNECTIONS}", "1/s")
    if not (is_there("nginx", get) and is_there("curl", get)):
        return [get]
    cloud = start_cloud(bench, "cloud-nginx")
    folder = _filled(bench, "static")
    port = peers.start_nginx(bench, folder)
    targets = [f"/content/{ROOT}/{n}" for n in range(bench.sizes.small)]
    body = secrets.token_bytes(SMALL_BYTES)
    client.rate(
        cloud.port,
        [cloud.request("PUT", t, n.to_bytes(8, "big") + body[8:]) for n, t in enumerate(targets)],
    )
    for _ in bench.rounds(get):
        get.add(OURS, _curl(bench, [cloud.signed_url("GET", target) for target in targets]))
        get.add(
            _NGINX, _curl(bench, [f"http://{client.HOST}:{port}/{n}" for n in range(len(targets))])
        )
    return [get]


def _curl(bench: Bench, urls: list[str]) -> float:
    list_file = bench.home / "urls"
    list_file.write_text("".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls))
    options = ("--parallel", "--parallel-max", str(CONNECTIONS), "--fail", "-s", "-S")
    started = time.perf_counter()
    done = bench.started.run("curl", *options, "-K", str(list_file), seconds=_SECONDS)
    assert done.returncode == 0, done.stderr
    return len(urls) / (time.perf_counter() - started)
