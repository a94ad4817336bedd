"""Run as a program: kills and disturbs what changes a folder, at every line it executes.

A child does one operation and is killed at line N of it, for every N; or a program writes to
the same place at line M first. Arguments: two directories to work in (the folder's and the
cache's), and the step between lines, 1 for all of them. Prints how many children there were, or
what was lost.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.simulate.disk import content_of
from u1tray.engine.local.folder import DiskFolder
from u1tray.engine.local.leftovers import recover
from u1tray.engine.local.partials import DiskPartial, Partials
from u1tray.engine.local.trashes import Places
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import Changed, New

OLD, NEW, FOREIGN = b"old" * 5, b"new" * 7, b"foreign" * 3
SAMPLES = 150
_OURS = f"u1tray{os.sep}engine{os.sep}local"


class Scene:
    """A folder in which one operation is about to happen."""

    def __init__(self, base: Path, cache: Path) -> None:
        self.root = base / "root"
        self.base = base
        self.cache = cache
        for path in (base, cache):
            shutil.rmtree(path, ignore_errors=True)
        (self.root / "d").mkdir(parents=True)
        (self.root / "f").write_bytes(OLD)
        (self.root / "d" / "g").write_bytes(OLD + b"g")
        self.folder = self.open()

    def open(self) -> DiskFolder:
        workers = Workers()
        self.partials = Partials(self.cache / "partials", workers)
        places = Places(self.base / "trash", self.base / "share")
        return DiskFolder(self.root, self.partials, workers, places)

    def stat(self, *names: str):
        return self.folder._inspector.stat(names)

    @property
    def mark(self) -> Path:
        """There once the other program has acted."""
        return self.base / "acted"

    def everything(self) -> list[bytes]:
        """The bytes of every file that is anywhere."""
        found = []
        for top in (self.base, self.cache):
            found += [p.read_bytes() for p in sorted(top.rglob("*")) if p.is_file()]
        return found


def _install(scene: Scene) -> Callable[[], object]:
    return _installing(scene, ("f",), scene.stat("f"))


def _install_new(scene: Scene) -> Callable[[], object]:
    return _installing(scene, ("n",), None)


def _installing(scene: Scene, names, replaces) -> Callable[[], object]:
    content = content_of(NEW)
    partial = DiskPartial(scene.partials, "x-y.part", None)
    partial.resume(content.size)
    partial._write_out([NEW])
    return lambda: scene.folder._installer.install(partial, names, replaces, 1.0)


def _install_small(scene: Scene) -> Callable[[], object]:
    """One that is in memory until it is put in place."""
    partial = DiskPartial(scene.partials, "x-y.part", None, is_small=True)
    partial._waiting.append(NEW)
    stat = scene.stat("f")
    return lambda: scene.folder._installer.install(partial, ("f",), stat, 1.0)


def _install_small_new(scene: Scene) -> Callable[[], object]:
    """The same where nothing is, with another one in the same directory."""
    files = []
    for name in ("n", "o"):
        partial = DiskPartial(scene.partials, f"x-{name}.part", None, is_small=True)
        partial._waiting.append(NEW)
        files.append(New(partial, (name,), 1.0))

    def install() -> None:
        for one in scene.folder._small_installer.install(files):
            if isinstance(one, Changed):
                raise one

    return install


def _trash(scene: Scene) -> Callable[[], object]:
    stats = {names: scene.stat(*names) for names in (("d",), ("d", "g"))}
    return lambda: scene.folder._changer.trash(("d",), stats)


def _trash_file(scene: Scene) -> Callable[[], object]:
    stats = {("f",): scene.stat("f")}
    return lambda: scene.folder._changer.trash(("f",), stats)


def _move(scene: Scene) -> Callable[[], object]:
    stat = scene.stat("f")
    return lambda: scene.folder._changer.move(("f",), stat, ("d", "f"))


OPERATIONS = {
    "install": _install,
    "install new": _install_new,
    "install small": _install_small,
    "install small new": _install_small_new,
    "trash": _trash,
    "trash file": _trash_file,
    "move": _move,
}


def _at_lines(actions: dict[int, Callable[[], None]]) -> Callable:
    """A trace function that does something before the Nth line of ours is executed."""
    counter = itertools.count(1)

    def trace(frame, event, _argument):
        if _OURS not in frame.f_code.co_filename:
            return None
        if event == "line":
            action = actions.get(next(counter))
            if action is not None:
                sys.settrace(None)
                action()
                sys.settrace(trace)
        return trace

    return trace


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _run(scene: Scene, operation: Callable[[], object], actions: dict) -> int:
    """How the child ended: 0 done, 1 Changed, 9 killed."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return status & 0x7F or status >> 8
    code = 3
    sys.settrace(_at_lines(actions))
    try:
        operation()
        code = 0
    except Changed:
        code = 1
    finally:
        sys.settrace(None)
        os._exit(code)


def _save_over(scene: Scene, names: tuple[str, ...]) -> Callable[[], None]:
    def act() -> None:
        scene.mark.touch()
        beside = scene.root / ".saving"
        beside.write_bytes(FOREIGN)
        target = scene.root.joinpath(*names)
        if target.parent.is_dir() and not target.is_dir():
            beside.rename(target)

    return act


def _write_into(scene: Scene, names: tuple[str, ...]) -> Callable[[], None]:
    def act() -> None:
        target = scene.root.joinpath(*names)
        if target.parent.is_dir() and not target.is_dir():
            scene.mark.touch()
            target.write_bytes(FOREIGN)

    return act


TARGETS = {
    "install": ("f",),
    "install new": ("n",),
    "install small": ("f",),
    "install small new": ("n",),
    "trash": ("d", "g"),
    "trash file": ("f",),
    "move": ("f",),
}


def _check(scene: Scene, name: str, lines: object, kept: set[bytes], code: int) -> None:
    """Nothing is lost, neither before nor after what is left over is cleared away."""
    for when in ("after", "recovered"):
        lost = kept - set(scene.everything())
        if lost or code == 3:
            raise SystemExit(f"{name} at {lines}, {when}: lost {lost}, code {code}")
        folder = scene.open()
        recover(scene.partials, folder._trashes.ours)
        folder._inspector.list(())
        folder._inspector.list(("d",))
        folder.close()
    left = [p.name for p in scene.root.rglob(".u1tray-*.part")]
    if left:
        raise SystemExit(f"{name} at {lines}: left {left}")


def _check_place(scene: Scene, name: str, line: int) -> None:
    """Whoever opens the file finds the old or the new one, at any moment."""
    if name in {"install", "install small"}:
        data = (scene.root / "f").read_bytes()
        if data not in (OLD, NEW):
            raise SystemExit(f"{name} at {line}: {data!r}")


def main(base: Path, cache: Path, step: int) -> None:
    """`step` is how many lines are executed more each time."""
    children = 0
    lines = {}
    for name, prepare in OPERATIONS.items():
        for line in itertools.count(1, step):
            scene = Scene(base, cache)
            code = _run(scene, prepare(scene), {line: _die})
            children += 1
            _check_place(scene, name, line)
            _check(scene, name, line, {OLD, OLD + b"g"}, code)
            scene.folder.close()
            if code != 9:
                break
        lines[name] = line
    chance = random.Random(5)
    for _ in range(SAMPLES // step):
        name = chance.choice(sorted(OPERATIONS))
        first, second = chance.randint(1, lines[name]), chance.randint(1, lines[name] * 2)
        kind = chance.choice((_save_over, _write_into))
        scene = Scene(base, cache)
        operation = OPERATIONS[name](scene)
        actions = {first: kind(scene, TARGETS[name])}
        if second > first:
            actions[second] = _die
        code = _run(scene, operation, actions)
        children += 1
        # What a person replaced need not be kept, but what they wrote.
        kept = {FOREIGN} if scene.mark.exists() else set()
        _check(scene, name, (first, second, kind.__name__), kept, code)
        scene.folder.close()
    print(f"{children} children, lines {lines}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
