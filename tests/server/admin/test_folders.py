"""import-folder and export-folder: whole trees, byte for byte, by the rules of the API."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.rig.processes import Processes, wait_until
from tests.server.admin.cloud import BIG, EMAIL, ROOT, Copy, blob, check_promises, damage, fsck
from tests.server.files.client import Files
from tests.server.rig import Running, running_cloud

pytestmark = pytest.mark.end2end

ODD_NAMES = (
    "plain",
    "with blank",
    " leading and trailing ",
    "new\nline",
    "tab\tand\\backslash",
    "ünïcödé-日本語-🥝",
    "u\u0308 decomposed",
    "ü composed",
    "%2F percent",
    "a;b+c&d=e?f#g",
    "-rf",
    "~",
    "...",
    "\x1b[31mred",
    "n" * 255,
)


def run(
    started: Processes, command: str, data: Path, *words: str | Path
) -> tuple[CompletedProcess[str], dict[str, Any]]:
    """What a command did and printed as JSON."""
    done = started.run("u1server", command, "--data", str(data), "--json", *map(str, words))
    assert "Traceback" not in done.stderr, done.stderr
    return done, json.loads(done.stdout) if done.stdout else {}


@pytest.fixture
def account(started: Processes, data: Path) -> Path:
    """A data directory with an account."""
    words = ("u1server", "user", "add", EMAIL, "--data", str(data), "--password-stdin")
    assert started.run(*words, stdin="correct horse\n").returncode == 0
    return data


@pytest.fixture
def local(home: Path) -> Path:
    """A tree of odd names, small and large files, empty ones, and an empty directory."""
    top = home / "local"
    for number, name in enumerate(ODD_NAMES):
        folder = top / ("d" + name[:200]) / name
        folder.mkdir(parents=True)
        (folder / name).write_bytes(b"%d" % number * 1000 * number)
    (top / "big.bin").write_bytes(BIG)
    (top / "same.bin").write_bytes(BIG)
    (top / "empty").write_bytes(b"")
    (top / "nothing" / "in" / "here").mkdir(parents=True)
    deep = top
    for _ in range(40):
        deep = deep / ("deep" * 20)
    deep.mkdir(parents=True)
    (deep / "bottom").write_bytes(b"bottom")
    return top


def tree(top: Path) -> dict[bytes, bytes | None]:
    """Every path below with its bytes; None for a directory."""
    found: dict[bytes, bytes | None] = {}
    for path in top.rglob("*"):
        relative = os.fsencode(path.relative_to(top))
        found[relative] = None if path.is_dir() else path.read_bytes()
    return found


async def files_of(running: Running) -> Files:
    """The account's files through the API."""
    from u1tray.server.accounts import register

    found = await running.cloud.workers.read(register.find, EMAIL)
    credentials, _ = await running.add_token(found)
    return Files(running, credentials)


async def test_round_trip_is_byte_for_byte(
    started: Processes, account: Path, local: Path, home: Path
) -> None:
    """Odd names, empty files and directories too; the API shows every file; fsck is content."""
    done, told = run(started, "import-folder", account, EMAIL, local, "~/Ubuntu One/in here")
    assert (done.returncode, told["left_out"]) == (0, [])
    assert told["imported"] == sum(data is not None for data in tree(local).values())
    out = home / "out"
    done, told = run(started, "export-folder", account, EMAIL, "Ubuntu One/in here", out)
    assert (done.returncode, told["exported"]) == (0, told["exported"])
    assert tree(out) == tree(local)
    async with running_cloud(account) as running:
        shown = await check_promises(await files_of(running), [Copy(ROOT)])
    assert sorted(map(bytes, filter(None, shown.values()))) == sorted(
        data for data in tree(local).values() if data
    )
    assert fsck(started, account)[0].returncode == 0


def test_second_run_skips_what_is_there(
    started: Processes, account: Path, local: Path, home: Path
) -> None:
    """Unchanged files are neither stored nor written again; changed ones are."""
    words = (EMAIL, local, ROOT)
    first = run(started, "import-folder", account, *words)[1]
    told = run(started, "import-folder", account, *words)[1]
    assert (told["imported"], told["kept"]) == (0, first["imported"])
    (local / "big.bin").write_bytes(BIG[::-1])
    (local / "new").write_bytes(b"new")
    told = run(started, "import-folder", account, *words)[1]
    assert (told["imported"], told["kept"]) == (2, first["imported"] - 1)
    out = home / "out"
    run(started, "export-folder", account, EMAIL, ROOT, out)
    (out / "new").unlink()
    told = run(started, "export-folder", account, EMAIL, ROOT, out)[1]
    assert (told["exported"], told["kept"]) == (1, first["imported"])
    assert tree(out) == tree(local)


async def test_import_into_a_serving_cloud_is_a_change_like_any(
    started: Processes, account: Path, local: Path
) -> None:
    """Each file takes a generation of its own, so a syncing program gets them by its delta (9)."""
    async with running_cloud(account) as running:
        files = await files_of(running)
        await files.put(f"{ROOT}/big.bin", b"old")
        kept = Copy(ROOT)
        await kept.update(files)
        before = await files.get(f"{ROOT}/big.bin")
        done, told = await asyncio.to_thread(
            run, started, "import-folder", account, EMAIL, local, ROOT
        )
        assert (done.returncode, told["left_out"]) == (0, [])
        found = await files.delta(ROOT, kept.generation)
        generations = [node["generation"] for node in found["delta"]["nodes"]]
        assert len(set(generations)) == len(generations) == told["imported"] + told["directories"]
        after = await files.get(f"{ROOT}/big.bin")
        assert after["key"] == before["key"]
        await check_promises(files, [kept])


def test_what_cannot_be_imported_is_told(started: Processes, account: Path, home: Path) -> None:
    """Links and pipes are left out (0), names that are no UTF-8 are failures (1)."""
    top = home / "local"
    (top / "dir").mkdir(parents=True)
    (top / "file").write_bytes(b"file")
    (top / "link").symlink_to("/etc/passwd")
    (top / "dirlink").symlink_to(top / "dir")
    os.mkfifo(top / "pipe")
    done, told = run(started, "import-folder", account, EMAIL, top, ROOT)
    reasons = {Path(one["path"]).name: one["reason"] for one in told["left_out"]}
    assert (done.returncode, told["imported"]) == (0, 1)
    assert reasons == {"link": "symlink", "dirlink": "symlink", "pipe": "special"}
    (Path(os.fsdecode(os.fsencode(top) + b"/\xff\xfe"))).write_bytes(b"x")
    done, told = run(started, "import-folder", account, EMAIL, top, ROOT)
    assert (done.returncode, told["kept"]) == (1, 1)
    assert [one["path"] for one in told["left_out"] if one["reason"] == "bad-name"] == [
        f"{top}/\\udcff\\udcfe"
    ]


async def test_import_keeps_kinds_apart(started: Processes, account: Path, home: Path) -> None:
    """A file where a directory belongs stays (1), and so does a directory for a file."""
    async with running_cloud(account) as running:
        files = await files_of(running)
        await files.put(f"{ROOT}/one", b"a file")
        await files.put(f"{ROOT}/two/below", b"in a directory")
    (home / "local" / "one").mkdir(parents=True)
    (home / "local" / "one" / "below").write_bytes(b"x")
    (home / "local" / "two").write_bytes(b"x")
    (home / "local" / "three").write_bytes(b"x")
    done, told = run(started, "import-folder", account, EMAIL, home / "local", ROOT)
    assert (done.returncode, told["imported"]) == (1, 1)
    assert {one["reason"] for one in told["left_out"]} == {"in-the-way"}
    async with running_cloud(account) as running:
        shown = await check_promises(await files_of(running), [])
    assert shown == {
        f"{ROOT}/one": b"a file",
        f"{ROOT}/two/below": b"in a directory",
        f"{ROOT}/three": b"x",
    }


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_import_ends_at_the_quota(started: Processes, account: Path, home: Path, size: int) -> None:
    """Exit code 7; what was stored is counted, and nothing more than the quota is used."""
    top = home / "local"
    top.mkdir()
    for number in range(8):
        (top / f"{number}").write_bytes(os.urandom(size))
    quota = ("u1server", "user", "quota", EMAIL, str(3 * size + 5), "--data", str(account))
    assert started.run(*quota).returncode == 0
    done, told = run(started, "import-folder", account, EMAIL, top, ROOT)
    assert (done.returncode, told["imported"]) == (7, 3)
    assert done.stderr.startswith("u1server: There is no room") or "no room for" in done.stderr
    listed = json.loads(
        started.run("u1server", "user", "list", "--json", "--data", str(account)).stdout
    )
    assert listed[0]["used_bytes"] == 3 * size
    assert fsck(started, account)[0].returncode == 0


def test_volume_is_made_when_asked_for(started: Processes, account: Path, local: Path) -> None:
    """Else exit code 4, as for an unknown account and directory."""
    words = (EMAIL, local, "~/Photos/2020")
    done, _ = run(started, "import-folder", account, *words)
    assert (done.returncode, "--create-volume" in done.stderr) == (4, True)
    assert run(started, "import-folder", account, *words, "--create-volume")[0].returncode == 0
    assert run(started, "import-folder", account, "x@example.com", local, ROOT)[0].returncode == 4
    assert run(started, "export-folder", account, EMAIL, "~/Photos/no", local)[0].returncode == 4


def test_export_replaces_nothing_unless_forced(
    started: Processes, account: Path, local: Path, home: Path
) -> None:
    """Differing files stay (6); with --force they are replaced, and links are, not their target."""
    run(started, "import-folder", account, EMAIL, local, ROOT)
    out = home / "out"
    out.mkdir()
    (out / "big.bin").write_bytes(b"mine")
    target = home / "target"
    target.write_bytes(b"not to be touched")
    (out / "same.bin").symlink_to(target)
    done, told = run(started, "export-folder", account, EMAIL, ROOT, out)
    assert (done.returncode, {one["reason"] for one in told["left_out"]}) == (6, {"differs"})
    assert (out / "big.bin").read_bytes() == b"mine"
    done, _ = run(started, "export-folder", account, EMAIL, ROOT, out, "--force")
    assert (done.returncode, tree(out)) == (0, tree(local))
    assert target.read_bytes() == b"not to be touched"
    assert not (out / "same.bin").is_symlink()


def test_export_follows_no_link_out_of_the_folder(
    started: Processes, account: Path, home: Path
) -> None:
    """A link in place of a directory is in the way, even with --force."""
    source = home / "local"
    (source / "dir").mkdir(parents=True)
    (source / "dir" / "file").write_bytes(b"x")
    run(started, "import-folder", account, EMAIL, source, ROOT)
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (home / "out").mkdir()
    (home / "out" / "dir").symlink_to(elsewhere)
    done, told = run(started, "export-folder", account, EMAIL, ROOT, home / "out", "--force")
    assert (done.returncode, {one["reason"] for one in told["left_out"]}) == (1, {"in-the-way"})
    assert list(elsewhere.iterdir()) == []


def test_export_never_writes_wrong_bytes(
    started: Processes, account: Path, local: Path, home: Path
) -> None:
    """A damaged blob is told (1) and leaves no file; times are those of the cloud."""
    run(started, "import-folder", account, EMAIL, local, ROOT)
    blob(account, BIG).write_bytes(BIG[:-1] + b"!")
    damage(account, "UPDATE nodes SET changed_at = 1325376000 WHERE name = 'empty'")
    done, told = run(started, "export-folder", account, EMAIL, ROOT, home / "out")
    assert (done.returncode, {one["reason"] for one in told["left_out"]}) == (1, {"damaged"})
    assert sorted(one["path"] for one in told["left_out"]) == ["big.bin", "same.bin"]
    expected = {k: v for k, v in tree(local).items() if k not in (b"big.bin", b"same.bin")}
    assert tree(home / "out") == expected
    assert (home / "out" / "empty").stat().st_mtime == 1325376000


def test_killed_import_and_export_are_run_again(
    started: Processes, account: Path, home: Path
) -> None:
    """kill -9 at some moments: no half file, no damage, and the last run has all of it."""
    top = home / "local"
    for number in range(1500):
        folder = top / str(number % 10)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}").write_bytes(b"%06d" % number * (10 if number % 5 else 9000))
    out = home / "out"
    ahead = ("u1server", "import-folder", "--data", str(account), EMAIL, str(top), ROOT)
    back = ("u1server", "export-folder", "--data", str(account), EMAIL, ROOT, str(out))
    for words in (ahead, back):
        for moment_s in (0.5, 0.8, 1.1):
            process = started.start(*words)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(moment_s)
            process.signal(signal.SIGKILL)
            process.wait()
        assert started.run(*words).returncode == 0
    left = {path for path in tree(out) if path.endswith(b".u1export")}
    assert {k: v for k, v in tree(out).items() if k not in left} == tree(top)
    assert fsck(started, account)[0].returncode == 0


def test_interrupted_import_ends_in_one_line(started: Processes, account: Path, home: Path) -> None:
    """Ctrl-C: no traceback, and what was stored is whole."""
    top = home / "local"
    top.mkdir()
    for number in range(600):
        (top / f"{number}").write_bytes(b"%06d" % number * 9000)
    process = started.start(
        "u1server", "import-folder", "--data", str(account), EMAIL, str(top), ROOT
    )
    stored = account / "contents"
    wait_until(lambda: any(stored.glob("??/??/*")), 60.0, "the first stored content", process)
    process.signal(signal.SIGINT)
    process.wait()
    assert "Traceback" not in process.output
    assert fsck(started, account)[0].returncode == 0
