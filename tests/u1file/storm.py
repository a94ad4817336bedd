"""Ctrl-C at every moment of a get: 130 or the system's own end, soon, and nothing is left.

python -m tests.u1file.storm [--tries N] [--seconds S] [--held]; prints what became of each try.
While Python itself starts, nobody can keep it from telling its traceback: that counts as early.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.rig.cloud import remove_made
from tests.rig.environment import scrubbed
from tests.rig.processes import Processes, processes
from tests.u1file.bare import bare_machine
from tests.u1file.between import DOWN, Between, between

LIMIT_SECONDS = 45.0
SLOW_SECONDS = 2.0
LARGE_BYTES = 24_000_000
ROOT = "Ubuntu One/tree"


def main() -> int:
    """The exit code: 0 where every try ended well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=1.2, help="the latest moment")
    parser.add_argument("--held", action="store_true", help="while the cloud falls silent")
    chosen = parser.parse_args()
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="u1-storm-") as directory:
        home = Path(directory)
        (home / "logs").mkdir()
        with processes(scrubbed(home), home / "logs") as started:
            bare = bare_machine(started, home, lambda *_: None)
            bare.log_in()
            _make_tree(home / "tree")
            bare.done("put", "-rq", str(home / "tree"), ROOT)
            with between(bare.cloud.url) as line:
                started.env |= {"PYTHONFAULTHANDLER": "1", "U1_API_URL": line.url}
                for number in range(chosen.tries):
                    delay = chosen.seconds * number / chosen.tries
                    end = _interrupted(started, home, line, delay, is_held=chosen.held)
                    ends[end] += 1
                    if end.startswith("bad"):
                        print(f"{delay:.3f} s: {end}:\n{(home / 'said').read_text()}")
    remove_made()
    print(dict(ends))
    return int(any(end.startswith("bad") for end in ends))


def _make_tree(root: Path) -> None:
    for number in range(20):
        folder = root / f"d{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}").write_bytes(os.urandom(1000 + number))
    (root / "large").write_bytes(os.urandom(LARGE_BYTES))


def _interrupted(
    started: Processes, home: Path, line: Between, delay: float, *, is_held: bool
) -> str:
    """How one ended."""
    target = home / "back"
    subprocess.run(("rm", "-rf", str(target)), check=True)
    begun, ended = threading.Event(), threading.Event()
    if is_held:
        line.forget()
        line.trouble("GET /content", DOWN, 1_000_000, lambda: (begun.set(), ended.wait(60)))
    with (home / "said").open("wb") as said:
        command = ("u1file", "get", "-r", ROOT, str(target))
        child = subprocess.Popen(command, env=started.env, stdout=said, stderr=said)
    if is_held:
        assert begun.wait(60)
    time.sleep(delay)
    child.send_signal(signal.SIGINT)
    sent = time.monotonic()
    try:
        code = child.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGABRT)  # faulthandler tells what all threads do
        child.wait(LIMIT_SECONDS)
        return "bad: it hangs"
    finally:
        ended.set()
    text = (home / "said").read_text()
    if any(target.rglob(".*")):
        return "bad: something is left"
    if "start()" not in text and "Traceback" in text and code in (1, -signal.SIGINT):
        return "early"
    if code not in (0, 130, -signal.SIGINT) or "Traceback" in text or "ignored" in text:
        return f"bad: {code}"
    slow = ", slow" if time.monotonic() - sent > SLOW_SECONDS else ""
    return {0: "it had finished", 130: "130"}.get(code, "before it had begun") + slow


if __name__ == "__main__":
    raise SystemExit(main())
