"""Writes data/completions from `u1tray.terminal.shells`: python -m tools.completions"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from u1tray.terminal import shells

DATA = Path(__file__).parents[1] / "data/completions"
PROGRAMS = ("u1file", "u1server", "u1sync")


def files() -> Iterator[tuple[Path, str]]:
    """Every file and what belongs in it."""
    for shell in shells.SHELLS:
        for program in PROGRAMS:
            yield DATA / shell / shells.file_name(shell, program), shells.script(shell, program)


def main() -> None:
    """Write them all."""
    for file, text in files():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    main()
