"""The icons: all there, all different by shape, drawn sharp at the sizes panels ask for."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from PyQt5.QtCore import QSize
from PyQt5.QtGui import QImage, QPainter

from u1tray.status.values import Indicator
from u1tray.tray.settings import IconStyle
from u1tray.tray.surface.icon import SIZES, Drawings, TrayIcon, prefers_symbolic, preloads_menu
from u1tray.tray.surface.menu import LiveMenu
from u1tray.tray.view.look import LOOKS, PROGRAM, Look

pytestmark = pytest.mark.core

ICONS = Path(__file__).parents[3] / "resources/icons/hicolor"
ALL_LOOKS = sorted({*LOOKS.values(), PROGRAM}, key=lambda look: look.icon)


def find(name: str) -> Path | None:
    kind = "symbolic" if name.endswith("-symbolic") else "scalable"
    file = ICONS / kind / "apps" / f"{name}.svg"
    return file if file.exists() else None


@pytest.fixture
def drawings(application):
    return Drawings(find)


def image(drawings: Drawings, look: Look, style: IconStyle, size: int) -> QImage:
    pixmap = drawings.icon(look, style).pixmap(QSize(size, size))
    assert pixmap.width() == size
    return pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)


def shape(picture: QImage) -> tuple[int, ...]:
    """Alpha of each pixel."""
    side = range(picture.width())
    return tuple(picture.pixelColor(x, y).alpha() for y in side for x in side)


def test_every_indicator_has_a_look():
    """D-Bus contract, 8.3: each indicator has an icon and a fallback."""
    assert set(LOOKS) == set(Indicator)


@pytest.mark.parametrize("look", ALL_LOOKS, ids=lambda look: look.icon)
def test_every_look_has_a_drawing_and_a_symbolic_twin(look):
    """D-Bus contract, 8.3: each icon has a -symbolic twin."""
    assert find(look.icon) is not None
    assert find(look.symbolic) is not None


@pytest.mark.parametrize("style", [IconStyle.COLOUR, IconStyle.LIGHT, IconStyle.DARK])
@pytest.mark.parametrize("size", [16, 22])
def test_two_looks_differ_by_shape(drawings, style, size):
    """D-Bus contract, 8.3: by shape, not by colour alone; visibly, not by one pixel."""
    shapes = {look: shape(image(drawings, look, style, size)) for look in ALL_LOOKS}
    for one, other in combinations(ALL_LOOKS, 2):
        far_apart = [a for a, b in zip(shapes[one], shapes[other], strict=True) if abs(a - b) > 127]
        assert len(far_apart) >= 6, (one.icon, other.icon)


@pytest.mark.parametrize("look", ALL_LOOKS, ids=lambda look: look.icon)
def test_icons_are_drawn_at_each_size(drawings, look):
    """A panel gets each size drawn for it, none scaled."""
    sizes = {size.width() for size in drawings.icon(look, IconStyle.COLOUR).availableSizes()}
    assert sizes == set(SIZES)


@pytest.mark.parametrize("size", [16, 22, 24, 32, 44, 48, 64, 96])
def test_straight_edges_fall_on_whole_pixels(drawings, size):
    """Crisp: the stopped icon's square has no half-transparent edge at any size."""
    picture = image(drawings, LOOKS[Indicator.STOPPED], IconStyle.DARK, size)
    middle = [
        picture.pixelColor(size // 2, y).alpha() for y in range(size * 5 // 16, size * 3 // 4)
    ]
    assert 0 in middle
    assert [alpha for alpha in middle if 0 < alpha < 255] == []


def test_light_and_dark_are_one_colour(drawings):
    """Preferences, light or dark: every pixel has the one tint."""
    for style, grey in ((IconStyle.LIGHT, 0xF2), (IconStyle.DARK, 0x36)):
        picture = image(drawings, LOOKS[Indicator.ERROR], style, 48)
        colour = picture.pixelColor(24, 38)
        assert (colour.red(), colour.green(), colour.blue()) == (grey, grey, grey)


def test_same_icon_is_drawn_once(drawings):
    """Going to and fro between two states draws nothing again."""
    look = LOOKS[Indicator.SYNCING]
    first = drawings.icon(look, IconStyle.COLOUR)
    assert drawings.icon(look, IconStyle.COLOUR) is first


@pytest.mark.parametrize("file", [None, "broken.svg"])
def test_missing_or_broken_drawing_still_gives_an_icon(application, tmp_path, file):
    """An invisible icon is worse than a strange one."""
    path = None if file is None else tmp_path / file
    if path is not None:
        path.write_text("<svg")
    icon = Drawings(lambda _name: path).icon(LOOKS[Indicator.ERROR], IconStyle.COLOUR)
    assert not icon.pixmap(16, 16).isNull()


@pytest.mark.parametrize(
    ("desktop", "symbolic"),
    [("GNOME", True), ("ubuntu:GNOME", True), ("Unity", True), ("KDE", False), ("", False)],
)
def test_desktops_that_recolour_are_known(desktop, symbolic):
    """D-Bus contract, 8.3: the twin is used first on panels that ask for it."""
    assert prefers_symbolic(desktop) is symbolic


def test_icon_has_a_name_only_where_the_desktop_finds_it(application, drawings, installed_icons):
    """A panel told of a name it cannot find would show nothing, or something else."""
    look = LOOKS[Indicator.PAUSED]
    assert drawings.icon(look, IconStyle.COLOUR).name() == "u1tray-paused"
    assert drawings.icon(look, IconStyle.LIGHT).name() == ""


def test_icon_has_no_name_where_it_is_not_in_a_data_directory(application, drawings):
    """In a virtual environment the icons lie where no panel looks."""
    assert drawings.icon(LOOKS[Indicator.PAUSED], IconStyle.AUTOMATIC).name() == ""


def test_symbolic_twin_is_named_on_panels_that_ask_for_it(
    application, drawings, installed_icons, monkeypatch
):
    """D-Bus contract, 8.3: the twin is used first there; the choice of a style comes before."""
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    look = LOOKS[Indicator.PAUSED]
    assert drawings.icon(look, IconStyle.AUTOMATIC).name() == "u1tray-paused-symbolic"
    assert drawings.icon(look, IconStyle.COLOUR).name() == "u1tray-paused"


def test_desktops_that_preload_menus_are_known():
    """Ubuntu's is GNOME too."""
    assert preloads_menu("ubuntu:GNOME")
    assert not preloads_menu("KDE")
    assert not preloads_menu("")


def test_tray_icon_sets_only_what_changed(application, monkeypatch, drawings):
    """A panel hears of an icon or a tooltip only when it is another one."""
    heard = []
    menu = LiveMenu(tuple)
    tray = TrayIcon(menu.widget, drawings, IconStyle.COLOUR)
    monkeypatch.setattr(tray._item, "setIcon", lambda _icon: heard.append("icon"))
    monkeypatch.setattr(tray._item, "setToolTip", heard.append)
    monkeypatch.setattr(tray._item, "setVisible", lambda _shown: None)
    look = LOOKS[Indicator.UP_TO_DATE]
    tray.show(look, "one")
    tray.show(look, "one")
    tray.show(look, "two")
    tray.set_style(IconStyle.COLOUR)
    assert heard == ["icon", "one", "two"]
    tray.set_style(IconStyle.DARK)
    assert heard == ["icon", "one", "two", "icon"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", [IconStyle.COLOUR, IconStyle.LIGHT, IconStyle.DARK])
def test_mark_is_a_shape_in_every_icon(drawings, style, size):
    """Never by colour alone: a dot in the corner, set off by a gap, whatever the state."""
    for look in ALL_LOOKS:
        plain = drawings.icon(look, style).pixmap(QSize(size, size)).toImage()
        marked = drawings.icon(look, style, marked=True).pixmap(QSize(size, size)).toImage()
        middle = round(size * 13 / 16)
        assert marked.pixelColor(middle, middle).alpha() > 200
        assert shape(marked.convertToFormat(QImage.Format.Format_ARGB32)) != shape(
            plain.convertToFormat(QImage.Format.Format_ARGB32)
        )
        assert marked.pixelColor(size // 3, size // 3) == plain.pixelColor(size // 3, size // 3)


def test_marked_icon_has_no_name(drawings):
    """A panel that finds the name in a theme would draw it without the dot."""
    for look in ALL_LOOKS:
        assert drawings.icon(look, IconStyle.AUTOMATIC, marked=True).name() == ""


@pytest.mark.parametrize(("width", "height"), [(24, 30), (30, 24), (22, 22)])
def test_icon_is_not_stretched_where_its_place_is_no_square(drawings, width, height):
    """XEmbed: trays give places of any shape, and Qt hands them on."""
    picture = QImage(width, height, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    drawings.icon(LOOKS[Indicator.UP_TO_DATE], IconStyle.COLOUR).paint(painter, picture.rect())
    painter.end()
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    alone = image(drawings, LOOKS[Indicator.UP_TO_DATE], IconStyle.COLOUR, side)
    drawn = picture.copy(left, top, side, side)
    assert shape(drawn) == shape(alone)
