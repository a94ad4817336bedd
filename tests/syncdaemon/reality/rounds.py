"""Plays all scenarios of the table at once, each in a folder of its own, in one of three ways."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.syncdaemon.reality.rig import Picture, Reality, names_of, sha1
from tests.syncdaemon.reality.scenarios import SCENARIOS, Scenario, Tree
from tests.syncdaemon.reality.verbs import Step, write

BY_NAME = {one.name: one for one in SCENARIOS}
NAMES = sorted(BY_NAME)

Way = Callable[[Reality, Callable[[], None], Callable[[], None]], None]
"""Does what happens here and what happens there, and brings both together again."""


@dataclass
class Played:
    """What was found of each scenario, or why it was never found the same."""

    outcomes: dict[str, Picture | str]
    trashed: set[str | None]
    overtaken: set[str]
    """Scenarios in which sync took away what somebody was about to move or delete."""

    def check(self, name: str, *, is_exact: bool) -> None:
        """What must hold of a scenario after it."""
        found = self.outcomes[name]
        assert isinstance(found, dict), found
        scenario = BY_NAME[name]
        kept = {sha1(content) for content in scenario.keeps}
        if is_exact:
            assert kept <= {*found.values()}, found
            assert scenario.gives is None or names_of(found) == wanted(scenario.gives), found
        else:
            # Together, whoever was first may have deleted what the other's was, too.
            last = set() if name in self.overtaken else kept | _last_words(scenario)
            assert last <= {*found.values()} | self.trashed, found


def wanted(tree: Tree) -> Picture:
    """A tree of the table as a picture."""
    return {path.encode(): None if data is None else sha1(data) for path, data in tree.items()}


def _last_words(scenario: Scenario) -> set[str | None]:
    """The contents of an outcome: in a race, conflict copies may be more, and files elsewhere."""
    return {sha1(data) for data in (scenario.gives or {}).values() if data is not None}


def play(reality: Reality, way: Way) -> Played:
    """All scenarios in one go."""
    for scenario in SCENARIOS:
        _prepare(scenario, reality.here.folder / scenario.name)
    reality.settle()

    overtaken: set[str] = set()

    def happen(step: Step, folder: Path) -> None:
        try:
            step(folder)
        except FileNotFoundError:
            if way is not together:
                raise
            overtaken.add(folder.name)

    def here() -> None:
        for scenario in SCENARIOS:
            happen(scenario.here, reality.here.folder / scenario.name)

    def there() -> None:
        for scenario in SCENARIOS:
            happen(scenario.there, reality.there.folder / scenario.name)

    way(reality, here, there)
    outcomes = {name: _outcome(reality, name) for name in NAMES}
    trashed = {seen for one in reality.both for seen in one.trashed().values()}
    return Played(outcomes, trashed, overtaken)


def _prepare(scenario: Scenario, folder: Path) -> None:
    folder.mkdir()
    for path, data in scenario.before.items():
        if data is None:
            (folder / path).mkdir(exist_ok=True)
        else:
            write(path, data)(folder)


def _outcome(reality: Reality, name: str) -> Picture | str:
    try:
        return reality.settle(name)
    except AssertionError as error:
        return str(error)


def apart(reality: Reality, here: Callable[[], None], there: Callable[[], None]) -> None:
    """Both daemons watch, but have no connection; then first this computer gets one."""
    for one in reality.both:
        one.disconnect()
    here()
    there()
    reality.here.connect()
    assert reality.here.in_sync(60.0)
    reality.there.connect()


def stopped(reality: Reality, here: Callable[[], None], there: Callable[[], None]) -> None:
    """Both daemons are stopped meanwhile."""
    for one in reality.both:
        one.quit()
    here()
    there()
    reality.here.start()
    assert reality.here.in_sync(60.0)
    reality.there.start()


def together(_reality: Reality, here: Callable[[], None], there: Callable[[], None]) -> None:
    """Everything runs, and both work at the same time."""
    with ThreadPoolExecutor(2) as hands:
        for done in [hands.submit(here), hands.submit(there)]:
            done.result()
