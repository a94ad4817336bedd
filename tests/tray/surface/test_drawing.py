"""Drawings: ours without QtSvg and just as QtSvg draws them; others with it; broken ones not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage, QPainter, QPixmap
from PyQt5.QtSvg import QSvgRenderer

from u1tray.tray.surface.drawing import read

pytestmark = pytest.mark.core

ICONS = Path(__file__).parents[3] / "resources/icons/hicolor"
FILES = sorted(ICONS.rglob("*.svg"))
CIRCLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<circle cx="16" cy="16" r="12" fill="#00ff00"/></svg>'
)


def by_qtsvg(file: Path, size: int) -> QImage:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(str(file)).render(painter)
    painter.end()
    return pixmap.toImage()


def furthest(one: QImage, other: QImage) -> int:
    """The largest difference of alpha between two pictures of one size."""
    side = range(one.width())
    return max(
        abs(one.pixelColor(x, y).alpha() - other.pixelColor(x, y).alpha())
        for x in side
        for y in side
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("size", [16, 32, 48])
def test_our_drawings_look_as_qtsvg_draws_them(application, file, size):
    """The short way to the pixels leads to the same picture as the standard one."""
    assert furthest(read(file).pixmap(size).toImage(), by_qtsvg(file, size)) <= 16


def test_our_drawings_load_no_qtsvg():
    """A megabyte that every session would pay for."""
    code = (
        "import sys; from pathlib import Path; from PyQt5.QtGui import QGuiApplication;"
        "app = QGuiApplication(['x', '-platform', 'offscreen']);"
        "from u1tray.tray.surface.drawing import read;"
        "assert all(read(Path(f)).pixmap(22).width() == 22 for f in sys.argv[1:]);"
        "assert 'PyQt5.QtSvg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, *map(str, FILES)], check=True, timeout=60)


@pytest.mark.parametrize("size", [16, 22, 44])
def test_another_svg_is_drawn_by_qtsvg(application, tmp_path, size):
    """A person may put an icon of his own in the place of ours; any grid will do."""
    file = tmp_path / "own.svg"
    file.write_text(CIRCLE)
    picture = read(file).pixmap(size).toImage()
    assert picture.pixelColor(size // 2, size // 2).green() == 255
    assert picture.pixelColor(0, 0).alpha() == 0


def test_tint_replaces_every_colour(application, tmp_path):
    """Light and dark: one colour, the shape kept."""
    file = tmp_path / "own.svg"
    file.write_text(CIRCLE)
    picture = read(file, "#123456").pixmap(32).toImage()
    assert picture.pixelColor(16, 16).name() == "#123456"
    assert picture.pixelColor(0, 0).alpha() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<svg",
        "no picture",
        CIRCLE[:60],
        '<svg viewBox="0 0 16 16"><path d="M1 1L2" fill="#123456" fill-rule="evenodd"/></svg>',
        '<svg viewBox="0 0 16 16"><path d="1 1 1" fill="#123456" fill-rule="evenodd"/></svg>',
        '<svg viewBox="0 0 16 16"><path d="M1 1L..5 2Z" fill="#123456" fill-rule="evenodd"/></svg>',
    ],
)
def test_broken_file_is_no_drawing(application, tmp_path, text):
    """Then the icon of the theme stands in; nothing is raised."""
    file = tmp_path / "broken.svg"
    file.write_text(text)
    assert read(file) is None


def test_missing_or_binary_file_is_no_drawing(application, tmp_path):
    """The same for what is no text at all."""
    assert read(tmp_path / "none.svg") is None
    (tmp_path / "binary.svg").write_bytes(b"\xff\xfe\x00")
    assert read(tmp_path / "binary.svg") is None
