"""The pages by themselves, without a service: what the Tab key visits, what waits, what is kept."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable

import pytest
from PyQt5.QtGui import QColor, QPalette
from PyQt5.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton

from tests.rig.processes import wait_until
from u1tray.credentials.dialog.messages import Attempt, Closed, Open, Page, Ready, Show
from u1tray.credentials.window.parts import is_dark
from u1tray.credentials.window.window import LogInWindow

pytestmark = pytest.mark.panel

OPENING = Open("log-in", "https://cloud.example.com", device="kiwi")


@pytest.fixture(scope="module")
def application() -> QApplication:
    """This process's Qt; it needs no display."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", "/tmp"))
        return QApplication.instance() or QApplication(["u1tray"])


@pytest.fixture
def said() -> list:
    """What the window tells its service."""
    return []


@pytest.fixture
def window(application: QApplication, said: list) -> Callable[[Open], LogInWindow]:
    """Opens windows."""

    def open_window(opening: Open = OPENING) -> LogInWindow:
        made = LogInWindow(opening, said.append, gettext.NullTranslations())
        made.appear()
        return made

    return open_window


def stops(window: LogInWindow) -> list[str]:
    """What the Tab key visits, from the first field on, by accessible names."""
    first = window.findChildren(QLineEdit)[0]
    found, widget = [], first
    while True:
        kinds = (QLineEdit, QPushButton, QToolButton)
        if isinstance(widget, kinds) and widget.isVisible() and widget.isEnabled():
            found.append(widget.accessibleName())
        widget = widget.nextInFocusChain()
        if widget is first:
            return found


def edit(window: LogInWindow, name: str) -> QLineEdit:
    return next(
        e for e in window.findChildren(QLineEdit) if e.accessibleName() == name and e.isVisible()
    )


def button(window: LogInWindow, name: str) -> QPushButton:
    buttons = window.findChildren(QPushButton)
    return next(b for b in buttons if b.accessibleName() == name and b.isVisible())


def test_tab_visits_everything_in_reading_order(window):
    """Keyboard only: fields from the top, then the buttons."""
    order = stops(window())
    start = order.index("Another cloud…")
    assert order[start:] + order[:start] == [
        "Another cloud…",
        "E-mail address",
        "Password",
        "Show: Password",
        "Name of this computer",
        "Log in",
        "Cancel",
        "Create an account…",
    ]


@pytest.mark.parametrize("page", list(Page))
def test_everything_that_takes_the_focus_has_a_name(window, page):
    """A screen reader has something to say on each page."""
    made = window(Open(page.value, "https://cloud.example.com", device="kiwi"))
    assert all(stops(made))
    assert made.windowTitle()


def test_missing_fields_are_asked_for_before_anything_is_sent(window, said):
    """The first that is empty gets the focus and the complaint."""
    made = window(Open("log-in"))
    for name, text in (
        ("Cloud address", "cloud.example.com"),
        ("E-mail address", " a@b.c "),
        ("Password", " with blanks "),
    ):
        button(made, "Log in").click()
        assert made.focusWidget() is edit(made, name)
        assert edit(made, name).accessibleDescription()
        edit(made, name).setText(text)
        assert not edit(made, name).accessibleDescription()
    button(made, "Log in").click()
    assert said == [Attempt("cloud.example.com", "", "a@b.c", " with blanks ")]
    assert not button(made, "Log in").isEnabled()
    assert button(made, "Cancel").isEnabled()


def test_countdown_ends_by_itself(window, application):
    """Retry-After: the button comes back when the time is over, and takes the focus."""
    made = window()
    made.show_page(Show("log-in", "TooManyAttempts", retry_after=1))
    assert not button(made, "Log in").isEnabled()

    def enabled() -> bool:
        application.processEvents()
        return button(made, "Log in").isEnabled()

    wait_until(enabled, 60, "the end of the countdown")
    assert made.focusWidget() is button(made, "Log in")


def test_password_is_hidden_until_it_is_asked_to_be_shown(window):
    """And hidden again at the second press."""
    made = window()
    (reveal,) = [b for b in made.findChildren(QToolButton) if b.isVisible()]
    modes = []
    for _ in range(2):
        modes.append(edit(made, "Password").echoMode())
        reveal.click()
    assert modes == [QLineEdit.EchoMode.Password, QLineEdit.EchoMode.Normal]
    assert edit(made, "Password").echoMode() == QLineEdit.EchoMode.Password


def test_closing_is_said_once_and_forgets_what_is_secret(window, said):
    """9.2: closing it is AuthorizationDenied."""
    made = window()
    field = edit(made, "Password")
    field.setText("hunter2")
    made.reject()
    made.close()
    assert said == [Closed()]
    assert field.text() == ""


def test_every_page_can_be_shown_and_says_so(window, said):
    """Whatever the service asks for is on the screen before it is told so."""
    made = window()
    for page in Page:
        made.show_page(Show(page.value))
    assert said == [Ready(page.value) for page in Page]


def test_complaint_can_be_read_on_dark_and_on_light(window, application):
    """Its colour contrasts with the window at least 4.5 to 1 (WCAG 2.1, 1.4.3)."""
    before = QPalette(application.palette())
    try:
        for background in ("#efefef", "#2b2b2b"):
            palette = QPalette(before)
            palette.setColor(QPalette.ColorRole.Window, QColor(background))
            application.setPalette(palette)
            made = window()
            made.show_page(Show("log-in", "NetworkError"))
            label = next(c for c in made.findChildren(QLabel) if "reached" in c.text())
            text = label.palette().color(QPalette.ColorRole.WindowText)
            assert contrast(text, QColor(background)) >= 4.5
            assert is_dark(made.palette()) is (background == "#2b2b2b")
    finally:
        application.setPalette(before)


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2.1."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
