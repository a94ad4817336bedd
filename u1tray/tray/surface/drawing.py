"""A drawing: the outline and colour in one of our SVG files, put onto pixmaps of any size.

Ours hold one path of straight lines and curves on a grid of 16, which QPainter draws by itself;
loading QtSvg for them would cost every session a megabyte. Any other file is left to QtSvg.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PyQt5.QtCore import QRectF
from PyQt5.QtGui import QBrush, QColor, QPainter, QPainterPath, QPixmap

_GRID = 16.0

# The drawings have a margin of less than one unit. At 22 and 44 pixels it is left out, so that
# the grid still falls on whole pixels (at 1.5 and 3 times its size).
_WHOLE = QRectF(0, 0, _GRID, _GRID)
_WITHOUT_MARGIN = QRectF(2 / 3, 2 / 3, 44 / 3, 44 / 3)
_SIZES_WITHOUT_MARGIN = (22, 44)

_MARK_RADIUS = 3.0
_MARK_GAP = 1.0
_MARK_COLOUR = "#b44ac0"  # seen on light and dark panels, and beside the colours of our icons

_OURS = re.compile(
    r'<svg [^>]*viewBox="0 0 16 16">\s*'
    r'<path d="(?P<data>[MLCZ0-9. -]+)" fill="(?P<colour>#[0-9a-f]{6})" fill-rule="evenodd"/>\s*'
    r"</svg>\s*"
)
_WORD = re.compile(r"[MLCZ]|-?[0-9.]+")

Paint = Callable[[QPainter, QRectF], None]


class Drawing:
    """Draws itself into a pixmap; `tint` replaces its colours by one."""

    def __init__(self, paint: Paint, tint: str | None) -> None:
        self._paint = paint
        self._tint = tint

    def marked(self) -> Drawing:
        """The same with a dot in the lower right corner, set off by a gap."""

        def paint(painter: QPainter, part: QRectF) -> None:
            self._paint(painter, part)
            viewport = painter.viewport()
            painter.scale(viewport.width() / _GRID, viewport.height() / _GRID)
            mode = painter.compositionMode()
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillPath(_circle(_MARK_RADIUS + _MARK_GAP), QBrush(QColor(_MARK_COLOUR)))
            painter.setCompositionMode(mode)
            painter.fillPath(_circle(_MARK_RADIUS), QBrush(QColor(_MARK_COLOUR)))
            painter.resetTransform()

        return Drawing(paint, self._tint)

    def pixmap(self, size: int) -> QPixmap:
        """A square pixmap of so many pixels."""
        pixmap = QPixmap(size, size)
        pixmap.fill(QColor(0, 0, 0, 0))  # without loading the names of Qt: 300 KiB
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        part = _WITHOUT_MARGIN if size in _SIZES_WITHOUT_MARGIN else _WHOLE
        self._paint(painter, part)
        if self._tint is not None:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(painter.viewport(), QColor(self._tint))
        painter.end()
        return pixmap


def _circle(radius: float) -> QPainterPath:
    path = QPainterPath()
    side = 2 * radius
    corner = _GRID - _MARK_RADIUS - radius
    path.addEllipse(QRectF(corner, corner, side, side))
    return path


def read(file: Path, tint: str | None = None) -> Drawing | None:
    """The drawing in an SVG file, or None where it cannot be drawn."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _OURS.fullmatch(text)
    paint = _by_qtsvg(text) if found is None else _by_painter(found["data"], found["colour"])
    return None if paint is None else Drawing(paint, tint)


def _by_painter(data: str, colour: str) -> Paint | None:
    path = _outline(_WORD.findall(data))
    if path is None:
        return None
    outline, brush = path, QBrush(QColor(colour))

    def paint(painter: QPainter, part: QRectF) -> None:
        viewport = painter.viewport()
        painter.scale(viewport.width() / part.width(), viewport.height() / part.height())
        painter.translate(-part.topLeft())
        painter.fillPath(outline, brush)
        painter.resetTransform()

    return paint


def _outline(words: list[str]) -> QPainterPath | None:
    """The path in SVG path data; only absolute M, L, C and Z. None for anything else."""
    path = QPainterPath()
    draw: dict[str, tuple[int, Callable[..., None]]] = {
        "M": (2, path.moveTo),
        "L": (2, path.lineTo),
        "C": (6, path.cubicTo),
        "Z": (0, path.closeSubpath),
    }
    place = 0
    try:
        while place < len(words):
            count, step = draw[words[place]]
            step(*map(float, words[place + 1 : place + 1 + count]))
            place += 1 + count
    except (KeyError, ValueError, TypeError):
        return None
    return path


def _by_qtsvg(text: str) -> Paint | None:
    try:
        from PyQt5.QtSvg import QSvgRenderer  # noqa: PLC0415 - see the module's docstring
    except ImportError:  # a package of its own in the distributions
        return None
    renderer = QSvgRenderer(text.encode())
    whole = renderer.viewBoxF()

    def paint(painter: QPainter, part: QRectF) -> None:
        grid = QRectF(
            whole.x() + part.x() * whole.width() / _GRID,
            whole.y() + part.y() * whole.height() / _GRID,
            part.width() * whole.width() / _GRID,
            part.height() * whole.height() / _GRID,
        )
        renderer.setViewBox(grid)
        renderer.render(painter)

    return paint if renderer.isValid() else None
