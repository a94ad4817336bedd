"""Pictures of the screen, and whether an icon of ours can be seen in them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from PyQt5.QtGui import QImage, qAlpha, qBlue, qGreen, qRed

from tests.rig.processes import Processes, wait_until

_STILL_PICTURES = 5
_STILL_SECONDS = 0.5
_SHARP = 60  # a difference of one colour channel that the eye sees at once


@dataclass(frozen=True)
class Box:
    """A part of a picture in pixels."""

    x: int
    y: int
    width: int
    height: int


def screenshot(started: Processes, path: Path) -> QImage:
    """The whole screen, also kept at `path`."""
    done = started.run("import", "-window", "root", str(path))
    assert done.returncode == 0, done.stderr
    image = QImage(str(path)).convertToFormat(QImage.Format_ARGB32)
    assert not image.isNull()
    return image


def settled(started: Processes, path: Path) -> QImage:
    """The whole screen once it was drawn: equal pictures for a while, also kept at `path`."""
    last, since, equal = screenshot(started, path), time.monotonic(), 1

    def is_still() -> bool:
        nonlocal last, since, equal
        image, now = screenshot(started, path), time.monotonic()
        if image == last:
            equal += 1
        else:
            last, since, equal = image, now, 1
        return equal >= _STILL_PICTURES and now - since >= _STILL_SECONDS

    wait_until(is_still, 60, "a still picture")
    return last


def render(started: Processes, icon: Path, size: int) -> QImage:
    """An SVG icon drawn by librsvg, which is not the drawer under test."""
    target = started.logs / f"{icon.stem}-{size}.png"
    done = started.run(
        "rsvg-convert", "-w", str(size), "-h", str(size), "-o", str(target), str(icon)
    )
    assert done.returncode == 0, done.stderr
    return QImage(str(target)).convertToFormat(QImage.Format_ARGB32)


def differing(image: QImage, before: QImage, within: Box) -> Box | None:
    """The smallest box around the pixels that differ between two pictures."""
    columns: set[int] = set()
    rows: set[int] = set()
    for y in range(within.y, within.y + within.height):
        for x in range(within.x, within.x + within.width):
            if image.pixel(x, y) != before.pixel(x, y):
                columns.add(x)
                rows.add(y)
    if not columns:
        return None
    width, height = max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
    return Box(min(columns), min(rows), width, height)


def similarity(image: QImage, icon: QImage, around: Box, background: int) -> float:
    """How well `icon` over `background` is found near `around`: 1.0 is pixel for pixel.

    The share of pixels without a sharp difference, at the best offset, among those where the
    icon is not transparent.
    """
    slack = 4
    best = 0.0
    for top in range(around.y - slack, around.y + slack + 1):
        for left in range(around.x - slack, around.x + slack + 1):
            best = max(best, _at(image, icon, left, top, background))
    return best


def _at(image: QImage, icon: QImage, left: int, top: int, background: int) -> float:
    drawn = equal = 0
    for y in range(icon.height()):
        for x in range(icon.width()):
            wanted = icon.pixel(x, y)
            alpha = qAlpha(wanted)
            if alpha < 64:
                continue
            drawn += 1
            px, py = left + x, top + y
            if image.valid(px, py):
                equal += _alike(image.pixel(px, py), wanted, background, alpha)
    return equal / drawn if drawn else 0.0


def _alike(seen: int, wanted: int, background: int, alpha: int) -> bool:
    def over(channel: int, below: int) -> float:
        return (channel * alpha + below * (255 - alpha)) / 255

    return all(
        abs(part(seen) - over(part(wanted), part(background))) < _SHARP
        for part in (qRed, qGreen, qBlue)
    )
