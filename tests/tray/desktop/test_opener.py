"""Opening: the desktop's opener gets a URL, and nothing that only looks like a file."""

from __future__ import annotations

import pytest

from tests.rig.opener import install_opener
from u1tray.tray.desktop import opener

pytestmark = pytest.mark.core


@pytest.fixture
def desktop(application, started, home, monkeypatch):
    """An xdg-open that notes what it was given."""
    made = install_opener(started, home)
    monkeypatch.setenv("PATH", started.env["PATH"])
    return made


def test_file_is_opened_by_its_url(desktop, home):
    """Blanks, percent signs and accents in a name reach the opener encoded."""
    file = home / "50 % más.txt"
    file.touch()
    assert opener.open_path(str(file))
    assert desktop.opened() == file.as_uri()


@pytest.mark.parametrize("path", ["", "relative.txt", "--help", "https://x.example", "/no/such"])
def test_what_is_no_local_file_is_not_opened(desktop, caplog, path):
    """A path comes from the bus: it must not become an option or a web address."""
    assert not opener.open_path(path)
    assert "not opened" in caplog.text
    assert not desktop.record.exists()


def test_web_page_is_opened(desktop):
    """The cloud's page, in the person's browser."""
    assert opener.open_url("https://cloud.example.com/a?b=c")
    assert desktop.opened() == "https://cloud.example.com/a?b=c"


def test_url_of_a_local_file_is_opened_if_it_is_there(desktop, home):
    """The manual and the synced folder are opened by URL too."""
    assert opener.open_url(home.as_uri())
    assert desktop.opened() == home.as_uri()
    assert not opener.open_url((home / "gone").as_uri())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.example/", "https://", "no url"])
def test_other_urls_are_not_opened(desktop, caplog, url):
    """Only pages of the web and local files."""
    assert not opener.open_url(url)
    assert "no web page" in caplog.text
