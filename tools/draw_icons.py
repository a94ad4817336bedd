"""Draws the icon set: one cloud on a 16-pixel grid, and one mark cut out of it for each state.

Run it after changing a shape: `python tools/draw_icons.py`. It writes resources/icons: the
scalable set in colour, and its symbolic twins in one colour, to be recoloured by the panel.
Straight edges lie on whole pixels at 16 px, most of them on even ones, so that they are sharp at
24 px too.
"""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainterPath, QPainterPathStroker, QPolygonF, QTransform

ICONS = Path(__file__).parents[1] / "resources/icons/hicolor"
SYMBOLIC_COLOUR = "#bebebe"

GREEN, BLUE, GREY = "#2ea44f", "#2a82da", "#8a939c"
ORANGE, VIOLET, RED = "#e8730c", "#9a63d8", "#da3b3b"

SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <path d="{data}" fill="{colour}" fill-rule="evenodd"/>
</svg>
"""


# Qt cuts curves into short lines when it joins shapes: in a large space they stay round.
FINE = 10.0


def circle(x: float, y: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(x, y) * FINE, radius * FINE, radius * FINE)
    return path


def box(left: float, top: float, right: float, bottom: float, radius: float = 0) -> QPainterPath:
    path = QPainterPath()
    corner = QRectF(QPointF(left, top) * FINE, QPointF(right, bottom) * FINE)
    path.addRoundedRect(corner, radius * FINE, radius * FINE)
    return path


def polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(*point) * FINE for point in points]))
    path.closeSubpath()
    return path


def line(width: float, *points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]) * FINE)
    for point in points[1:]:
        path.lineTo(QPointF(*point) * FINE)
    pen = QPainterPathStroker()
    pen.setWidth(width * FINE)
    pen.setCapStyle(Qt.RoundCap)
    pen.setJoinStyle(Qt.MiterJoin)
    return pen.createStroke(path).simplified()


def moved(x: float, y: float, width: float, height: float, path: QPainterPath) -> QPainterPath:
    """The path made `width` and `height` times as large, then moved."""
    return QTransform().translate(x * FINE, y * FINE).scale(width, height).map(path)


def without(path: QPainterPath, *marks: QPainterPath) -> QPainterPath:
    for mark in marks:
        path = path.subtracted(mark)
    return path


def cloud() -> QPainterPath:
    base = box(0.8, 7.6, 15.2, 14, 3.2)
    return base.united(circle(9.2, 6.8, 4.8)).united(circle(4.8, 8.4, 3.2)).simplified()


def hollow(shape: QPainterPath, width: float) -> QPainterPath:
    pen = QPainterPathStroker()
    pen.setWidth(2 * width * FINE)
    pen.setJoinStyle(Qt.RoundJoin)
    return shape.intersected(pen.createStroke(shape))


def arrow(x: float, tip: float, end: float) -> QPainterPath:
    """An upright arrow of 5 pixels width whose shaft is 2 wide."""
    neck = tip + (2.5 if end > tip else -2.5)
    head = polygon((x, tip), (x + 2.5, neck), (x - 2.5, neck))
    return head.united(box(x - 1, min(neck, end), x + 1, max(neck, end)))


def key() -> QPainterPath:
    ring = circle(5.5, 10, 2.5).subtracted(circle(5.5, 10, 1))
    return ring.united(box(7.5, 9, 13, 11)).united(box(10, 11, 12, 12.5))


def program() -> QPainterPath:
    tray = without(box(4, 2, 12, 12, 3), box(6, 0, 10, 10, 1.5), box(0, 0, 16, 6))
    return without(cloud(), tray)


def quota() -> QPainterPath:
    return moved(1.2, -0.75, 0.85, 0.8, cloud()).united(box(1, 12, 15, 15, 1))


def offline() -> QPainterPath:
    slash = ((2, 2), (14, 14))
    return without(hollow(cloud(), 2), line(5, *slash)).united(line(2, *slash))


def icons() -> dict[str, tuple[str, QPainterPath]]:
    whole = cloud()
    dots = [circle(x, 10, 1.1) for x in (4.5, 8, 11.5)]
    check = line(2, (5, 9), (7.5, 11.5), (12, 7))
    shapes = {
        "": (BLUE, program()),
        "-stopped": (GREY, without(whole, box(6, 6, 10, 10))),
        "-connecting": (BLUE, without(whole, *dots)),
        "-disconnected": (GREY, hollow(whole, 2)),
        "-offline": (GREY, offline()),
        "-syncing": (BLUE, without(whole, arrow(5, 6, 12), arrow(11, 12, 6))),
        "-idle": (GREEN, without(whole, check)),
        "-quota": (ORANGE, quota()),
        "-login": (VIOLET, without(whole, key())),
        "-error": (RED, without(whole, box(8, 4, 10, 9), box(8, 10, 10, 12))),
        "-paused": (ORANGE, without(whole, box(5, 6, 7, 12), box(9, 6, 11, 12))),
    }
    return {f"u1tray{state}": shape for state, shape in shapes.items()}


def data(path: QPainterPath) -> str:
    """The path as SVG path data."""
    words: list[str] = []
    count = 0
    while count < path.elementCount():
        element = path.elementAt(count)
        if element.type == QPainterPath.MoveToElement:
            words.append(f"{'Z' if words else ''}M{number(element.x)} {number(element.y)}")
        elif element.type == QPainterPath.LineToElement:
            words.append(f"L{number(element.x)} {number(element.y)}")
        else:
            points = [path.elementAt(count + offset) for offset in range(3)]
            words.append("C" + " ".join(f"{number(p.x)} {number(p.y)}" for p in points))
            count += 2
        count += 1
    return "".join(words) + "Z"


def number(value: float) -> str:
    return f"{value / FINE:.2f}".rstrip("0").rstrip(".")


def main() -> None:
    for name, (colour, path) in icons().items():
        for file, fill in (
            (ICONS / "scalable/apps" / f"{name}.svg", colour),
            (ICONS / "symbolic/apps" / f"{name}-symbolic.svg", SYMBOLIC_COLOUR),
        ):
            file.write_text(SVG.format(data=data(path), colour=fill))


if __name__ == "__main__":
    main()
