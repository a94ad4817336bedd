"""The activation files that let the session bus start our two services (D-Bus contract, 2).

Only ever called because a person asked for it: the indicator itself must not install services.
"""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from u1tray.disk import files
from u1tray.tray.desktop.programs import CREDENTIALS, SYNCDAEMON, program, service_exec
from u1tray.vocabulary import names, places
from u1tray.vocabulary.errors import RefusedError

PROGRAMS: Mapping[str, str] = {names.SYNCDAEMON: SYNCDAEMON, names.CREDENTIALS: CREDENTIALS}

_GROUP = "D-BUS Service"


class BusDaemon(Protocol):
    """What the installer asks of the session bus."""

    def reload_config(self) -> None:
        """ReloadConfig: read the activation files again."""

    def activatable_names(self) -> frozenset[str]:
        """ListActivatableNames."""

    def owner_of(self, name: str) -> str:
        """GetNameOwner; `''` without one."""


class Found(Enum):
    """Whose file is in the place of ours."""

    NONE = "none"
    OURS = "ours"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Change:
    """One file to write, or with `text` None to remove."""

    path: Path
    text: str | None


@dataclass(frozen=True)
class Plan:
    """What is to be done, what is as it should be, and what is left to whoever wrote it."""

    changes: tuple[Change, ...] = ()
    unchanged: tuple[Path, ...] = ()
    refused: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Report:
    """What came of a plan. `running` holds the services that keep running as they are."""

    plan: Plan
    activatable: frozenset[str]
    running: frozenset[str] = frozenset()
    hidden: Mapping[str, Path] = field(default_factory=dict)  # the other file of the same name


def directory() -> Path:
    """Where a person's own activation files are."""
    return places.data_home() / "dbus-1/services"


def content(name: str, command: str) -> str:
    """An activation file: exactly these keys (D-Bus contract, 2)."""
    return f"[{_GROUP}]\nName={name}\nExec={command}\n"


def whose(text: str | None, name: str) -> Found:
    """Judge a file's text (None: no file) by the program that its `Exec` runs."""
    if text is None:
        return Found.NONE
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
        words = shlex.split(parser.get(_GROUP, "Exec", fallback=""))
    except (configparser.Error, ValueError):
        return Found.FOREIGN
    ours = bool(words) and Path(words[0]).name == PROGRAMS[name]
    return Found.OURS if ours else Found.FOREIGN


def plan_installation(
    present: Mapping[str, str | None], commands: Mapping[str, str], place: Path, *, force: bool
) -> Plan:
    """What installing changes. `present`: the text of each name's file, None without one."""
    plan = Plan()
    for name, command in commands.items():
        path, wanted = place / f"{name}.service", content(name, command)
        if present.get(name) == wanted:
            plan = _with(plan, unchanged=path)
        elif whose(present.get(name), name) is Found.FOREIGN and not force:
            plan = _with(plan, refused=path)
        else:
            plan = _with(plan, change=Change(path, wanted))
    return plan


def plan_removal(present: Mapping[str, str | None], place: Path, *, force: bool) -> Plan:
    """What removing changes."""
    plan = Plan()
    for name, text in present.items():
        path, found = place / f"{name}.service", whose(text, name)
        if found is Found.FOREIGN and not force:
            plan = _with(plan, refused=path)
        elif found is not Found.NONE:
            plan = _with(plan, change=Change(path, None))
    return plan


def install(bus: BusDaemon, *, force: bool = False) -> Report:
    """Install both files for this person. Raises OSError, the bus's errors, NotFoundError.

    RefusedError when the bus does not offer a service after its file was written.
    """
    commands = {name: service_exec([str(program(word))]) for name, word in PROGRAMS.items()}
    plan = plan_installation(_present(), commands, directory(), force=force)
    report = _carry_out(plan, bus)
    missing = [name for name in _names_of(plan) if name not in report.activatable]
    if missing:
        text = (
            f"The session bus does not offer {' and '.join(missing)} although its file is in"
            f" {directory()}: does the bus run with another XDG_DATA_HOME? Log in again."
        )
        raise RefusedError(text)
    return report


def installed() -> frozenset[str]:
    """The services whose file of this person is ours: what the bus would start for their names.

    A file in the runtime directory would come first (D-Bus contract, 2) and is looked at too.
    """
    present = _present()
    runtime = places.runtime_dir()
    return frozenset(
        name
        for name, text in present.items()
        if whose(text, name) is Found.OURS
        and not (runtime and (runtime / f"dbus-1/services/{name}.service").exists())
    )


def remove(bus: BusDaemon | None, *, force: bool = False) -> Report:
    """Remove our files of this person; without a bus there is nobody to tell. Raises OSError."""
    return _carry_out(plan_removal(_present(), directory(), force=force), bus)


def describe(report: Report) -> list[str]:
    """The report as lines for a person."""
    plan = report.plan
    lines = [f"{'wrote' if c.text is not None else 'removed'} {c.path}" for c in plan.changes]
    lines += [f"{path} is as it should be" for path in plan.unchanged]
    lines += [f"{path} was not written by u1tray and is left as it is" for path in plan.refused]
    lines += [f"{name}: hides {path}" for name, path in sorted(report.hidden.items())]
    lines += [
        f"{name} is running and keeps running as it is until it is stopped"
        for name in sorted(report.running)
    ]
    return lines


def _with(
    plan: Plan,
    *,
    change: Change | None = None,
    unchanged: Path | None = None,
    refused: Path | None = None,
) -> Plan:
    return Plan(
        plan.changes + ((change,) if change else ()),
        plan.unchanged + ((unchanged,) if unchanged else ()),
        plan.refused + ((refused,) if refused else ()),
    )


def _names_of(plan: Plan) -> list[str]:
    return [path.stem for path in (*(c.path for c in plan.changes), *plan.unchanged)]


def _carry_out(plan: Plan, bus: BusDaemon | None) -> Report:
    for change in plan.changes:
        if change.text is None:
            files.remove(change.path)
        else:
            files.write_text(change.path, change.text)
    if bus is None:
        return Report(plan, frozenset())
    # Also when nothing changed: the bus may not have seen the files yet.
    bus.reload_config()
    touched = [change.path.stem for change in plan.changes]
    return Report(
        plan,
        bus.activatable_names(),
        frozenset(name for name in touched if bus.owner_of(name)),
        _others(touched),
    )


def _present() -> dict[str, str | None]:
    return {name: _text(directory() / f"{name}.service") for name in PROGRAMS}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _others(touched: Iterable[str]) -> dict[str, Path]:
    """Files of the same names further down the bus's search order."""
    found = {}
    for name in touched:
        paths = (place / f"dbus-1/services/{name}.service" for place in places.data_dirs())
        other = next((path for path in paths if path.exists()), None)
        if other is not None:
            found[name] = other
    return found
