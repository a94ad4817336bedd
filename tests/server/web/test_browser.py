"""The pages in a real Chromium, as people use them."""

from __future__ import annotations

import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from selenium.webdriver.common.keys import Keys

from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes
from tests.server.web.chromium import Chromium, chromium
from u1tray.server.main import main  # noqa: F401 - a broken installation fails here, in words

pytestmark = pytest.mark.end2end

PASSWORD = "correct horse"
HERE = "/files/~/Ubuntu%20One"


@dataclass
class Desk:
    """A running cloud, a person's browser, and files to upload."""

    processes: Processes
    server: Process
    browser: Chromium
    home: Path

    def file(self, name: str, data: bytes) -> Path:
        """A file on the person's disk."""
        path = self.home / "disk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def person(self, email: str) -> None:
        """A new account, logged in with a browser that knows nothing of others."""
        self.add_account(email)
        self.browser.driver.delete_all_cookies()
        self.browser.size(1280, 800)
        self.log_in(email)

    def add_account(self, email: str) -> None:
        done = self.processes.run(
            "u1server", "user", "add", email, "--data", str(self.home / "cloud"),
            "--password-stdin", stdin=PASSWORD + "\n",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def log_in(self, email: str) -> None:
        self.browser.open("/login")
        self.browser.submit("button.main", email=email, password=PASSWORD)

    def stored(self, path: str) -> bytes:
        """What the cloud holds, fetched outside the browser."""
        (cookie,) = [c for c in self.browser.driver.get_cookies() if c["name"] == "u1"]
        request = urllib.request.Request(
            self.browser.origin + path, headers={"Cookie": f"u1={cookie['value']}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def shared_desk() -> Iterator[Desk]:
    """One cloud and one browser for all tests here; each has a person of its own."""
    home = Path(tempfile.mkdtemp(prefix="u1-"))
    logs = home / "logs"
    logs.mkdir()
    try:
        with processes(scrubbed(home), logs) as running:
            server = running.start(
                "u1server", "serve", "--data", str(home / "cloud"),
                "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
            )  # fmt: skip
            origin = server.wait_for_line("listening on ", 30).rpartition(" ")[2]
            with chromium(home, origin) as browser:
                yield Desk(running, server, browser, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def desk(shared_desk: Desk) -> Iterator[Desk]:
    """The desk, where no page of a test may break its policy or a script of its own."""
    shared_desk.browser.complaints()
    yield shared_desk
    assert shared_desk.browser.complaints() == []


def choose(desk: Desk, *files: Path) -> None:
    """By the button."""
    desk.browser.one("#files").send_keys("\n".join(map(str, files)))


def test_person_logs_in_and_out(desk: Desk) -> None:
    """A wrong password is said, the e-mail address stays; log-out is one click."""
    browser = desk.browser
    desk.add_account("in@example.com")
    browser.driver.delete_all_cookies()
    browser.open("/files/?q=a")
    assert browser.path.startswith("/login?next=")
    browser.submit("button.main", email="in@example.com", password="wrong")
    assert "The e-mail address or the password is wrong." in browser.text
    assert browser.one("#email").get_attribute("value") == "in@example.com"
    browser.submit("button.main", password=PASSWORD)
    assert browser.path == "/files/?q=a"
    browser.click(".out button")
    assert browser.path == "/login"
    browser.open("/files/")
    assert browser.path.startswith("/login")


def test_files_are_uploaded_by_button_and_by_drag(desk: Desk) -> None:
    """Several, a large one and a folder; the list is new without another page."""
    browser = desk.browser
    desk.person("up@example.com")
    browser.open(HERE)
    assert "This folder is empty." in browser.text
    large = bytes(range(256)) * 20_000
    choose(desk, desk.file("ünï %.txt", b"small"), desk.file("large.bin", large))
    browser.wait(lambda: browser.names() == ["large.bin", "ünï %.txt"], "both files")
    browser.wait(lambda: browser.run(_SAID) == "All files are uploaded.", "the last word")
    assert not browser.one("#uploads").is_displayed()
    desk.file("trip/day 1/a.jpg", b"jpeg")
    browser.drop("#listing", [desk.home / "disk/trip", desk.file("dropped", b"dropped")])
    browser.wait(lambda: browser.names()[:2] == ["trip", "dropped"], "what was dropped")
    assert desk.stored(f"{HERE}/large.bin") == large
    assert desk.stored(f"{HERE}/%C3%BCn%C3%AF%20%25.txt") == b"small"
    assert desk.stored(f"{HERE}/trip/day%201/a.jpg") == b"jpeg"
    assert "5.1 MB of 5.0 GB used" in browser.text


def test_upload_that_fails_says_why(desk: Desk) -> None:
    """Beside its name; what comes after it goes on."""
    browser = desk.browser
    desk.person("fail@example.com")
    browser.open(HERE)
    limit = desk.processes.run(
        "u1server", "user", "quota", "fail@example.com", "10", "--data", str(desk.home / "cloud")
    )
    assert limit.returncode == 0, limit.stderr
    choose(desk, desk.file("big", b"x" * 11), desk.file("little", b"x"))
    browser.wait(lambda: browser.names() == ["little"], "the file that fits")
    assert "big was not uploaded: There is not enough room" in browser.one("#uploads").text
    browser.wait(lambda: browser.run(_SAID) == "Some files were not uploaded.", "the last word")


def test_node_is_renamed_moved_published_deleted_and_found(desk: Desk) -> None:
    """A life of one file, by its menu."""
    browser = desk.browser
    desk.person("life@example.com")
    browser.open(HERE)
    choose(desk, desk.file("draft.txt", b"words"))
    browser.wait(lambda: browser.names() == ["draft.txt"], "the file")
    browser.one(".tools .make summary").click()
    browser.submit("button[value=new-folder]", folder="Letters")

    browser.row("draft.txt").find_element("css selector", "summary").click()
    field = browser.focused("input")
    assert browser.run(_SELECTED, field) == "draft"
    field.send_keys("final")
    browser.follow(lambda: field.send_keys(Keys.ENTER))
    assert browser.names() == ["Letters", "final.txt"]

    browser.row("final.txt").find_element("css selector", "summary").click()
    browser.follow(browser.row("final.txt").find_element("link text", "Move…").click)
    browser.follow(browser.driver.find_element("link text", "Letters").click)
    browser.click("button[value=move]")
    assert browser.path == f"{HERE}/Letters"
    assert "final.txt was moved here." in browser.text

    browser.one("td.do summary").click()
    browser.click("button[value=publish]")
    url = browser.one(".notice input").get_attribute("value")
    assert url is not None
    assert urllib.request.urlopen(url, timeout=20).read() == b"words"
    copy = browser.one(".notice .copy")
    copy.click()
    browser.wait(lambda: copy.text == "Copied", "the word on the button")
    assert browser.one(".badge").text == "public"

    browser.one("td.do summary").click()
    browser.click("button[value=delete]")
    assert "This folder is empty." in browser.text
    browser.click("button[value=undo]")
    assert "final.txt is back." in browser.text
    assert desk.stored(f"{HERE}/Letters/final.txt") == b"words"

    browser.one("#q").send_keys("INAL")
    browser.follow(lambda: browser.press(Keys.ENTER))
    assert browser.names() == ["final.txt"]
    assert "1 match" in browser.text


def test_menu_closes_as_menus_do(desk: Desk) -> None:
    """By Escape, which gives the focus back, by a click elsewhere, and for another one."""
    browser = desk.browser
    desk.person("menu@example.com")
    browser.open(HERE)
    choose(desk, desk.file("a", b"1"), desk.file("b", b"2"))
    browser.wait(lambda: browser.names() == ["a", "b"], "both files")
    first, second = browser.all("td.do summary")
    second.click()
    browser.focused("input")
    assert len(browser.all("details[open]")) == 1
    browser.press(Keys.ESCAPE)
    assert browser.all("details[open]") == []
    assert browser.driver.switch_to.active_element == second
    first.click()
    browser.focused("input")
    browser.one("h1").click()
    assert browser.all("details[open]") == []


def test_everything_goes_with_the_keyboard_alone(desk: Desk) -> None:
    """From the log-in to an undone deletion; the focus is seen at every stop."""
    browser = desk.browser
    desk.add_account("keys@example.com")
    browser.driver.delete_all_cookies()
    browser.open("/login")
    browser.press("keys@example.com", Keys.TAB, PASSWORD)
    browser.follow(lambda: browser.press(Keys.ENTER))
    browser.tab_to(lambda e: e.text == "Ubuntu One")
    browser.follow(lambda: browser.press(Keys.ENTER))
    browser.tab_to(lambda e: e.tag_name == "summary")
    browser.press(Keys.ENTER)
    browser.focused("input")
    browser.press("Plans")
    browser.follow(lambda: browser.press(Keys.ENTER))
    assert browser.names() == ["Plans"]
    browser.tab_to(lambda e: e.get_attribute("aria-label") == "Actions for Plans")
    browser.press(Keys.SPACE)
    browser.focused("input")
    browser.tab_to(lambda e: e.get_attribute("value") == "delete")
    browser.follow(lambda: browser.press(Keys.ENTER))
    browser.tab_to(lambda e: e.get_attribute("value") == "undo")
    browser.follow(lambda: browser.press(Keys.SPACE))
    assert browser.names() == ["Plans"]
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "To the content"


def test_device_is_signed_out(desk: Desk) -> None:
    """After a question."""
    browser = desk.browser
    desk.person("device@example.com")
    home = desk.home / "kiwi"
    done = desk.processes.run(
        "env", f"XDG_CONFIG_HOME={home}", f"U1_API_URL={browser.origin}",
        "python3", "-c", _ASK_FOR_A_TOKEN, browser.origin, "device@example.com", PASSWORD,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    browser.open("/devices/")
    assert "Ubuntu One @ kiwi [u1file]" in browser.text
    browser.one(".device summary").click()
    assert "Sign Ubuntu One @ kiwi [u1file] out?" in browser.text
    browser.click(".device button.danger")
    assert "Ubuntu One @ kiwi [u1file] is signed out." in browser.text
    assert "No device is signed in." in browser.text


def test_second_factor_is_set_up_and_used(desk: Desk) -> None:
    """With the picture, the key, the codes, and at the next log-in."""
    browser = desk.browser
    desk.person("two@example.com")
    browser.open("/account/")
    browser.submit("button[value=begin]", **{"factor-password": PASSWORD})
    picture = browser.one(".qr svg")
    assert picture.size["width"] == picture.size["height"] > 150
    device = pyotp.TOTP(browser.one("#secret").text.replace(" ", ""))
    browser.submit("button.main", code=device.now())
    codes = [code.text for code in browser.all(".codes code")]
    assert len(codes) == 10
    browser.click(".out button")
    desk.log_in("two@example.com")
    assert "Enter your code" in browser.text
    browser.submit("button.main", code=codes[0])
    assert browser.path == "/files/"


def test_pages_work_without_a_script(desk: Desk) -> None:
    """Upload by a form, menus by the browser itself."""
    browser = desk.browser
    desk.person("plain@example.com")
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(HERE)
        choose(desk, desk.file("one", b"1"), desk.file("two", b"2"))
        browser.click(".without-script")
        assert "2 files were uploaded." in browser.text
        browser.one("td.do summary").click()
        browser.submit("button[value=rename]", **{"name-1": "first"})
        assert "It is called first now." in browser.text
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


def pages(desk: Desk) -> Iterator[str]:
    """One after the other, all pages are open."""
    browser = desk.browser
    desk.person("all@example.com")
    browser.open("/files/")
    browser.one(".make summary").click()
    browser.submit("button[value=new-volume]", volume="Documents/a very long name " + "x" * 60)
    browser.open(HERE)
    choose(desk, desk.file("w" * 100 + ".txt", b"x"), desk.file("b", b"x"))
    browser.wait(lambda: len(browser.names()) == 2, "both files")
    browser.one("td.do summary").click()
    browser.click("button[value=publish]")
    public = browser.one(".notice input").get_attribute("value")
    yield "published"
    browser.one("td.do summary").click()
    yield "menu"
    browser.click("button[value=delete]")
    yield "deleted"
    for path in (
        "/files/",
        "/files/?q=www",
        "/files/?q=nothing",
        "/devices/",
        "/account/",
        "/files/~/nowhere",
        f"/move/~/Ubuntu%20One/{'w' * 100}.txt",
    ):
        browser.open(path)
        yield path
    browser.open("/account/")
    browser.submit("button[value=begin]", **{"factor-password": PASSWORD})
    yield "second factor"
    browser.driver.get(str(public))
    yield "public"
    browser.driver.delete_all_cookies()
    browser.open("/login")
    yield "/login"


def test_pages_fit_a_phone_and_are_readable(desk: Desk) -> None:
    """At 360 pixels nothing is beside the screen; contrast 4.5 in light and dark; every control
    has a name, every page one main part and one first heading (WCAG 2.1)."""
    browser = desk.browser
    seen = 0
    for page in pages(desk):
        browser.size(360)
        width = browser.run("return document.documentElement.scrollWidth")
        assert width <= 360, page
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            assert browser.run(_FAINT) == [], (page, scheme)
        browser.size(1280, 800)
        assert browser.run("return document.documentElement.scrollWidth") <= 1280, page
        assert browser.run("return document.querySelectorAll('main h1').length") == 1, page
        assert browser.run(_DOUBLE_IDS) == [], page
        assert nameless(browser) == [], page
        seen += 1
    assert seen >= 12


def nameless(browser: Chromium) -> list[str]:
    """The controls without a name, as a screen reader knows them."""
    nodes = browser.command("Accessibility.getFullAXTree")["nodes"]
    return [
        str(node["role"]["value"])
        for node in nodes
        if not node.get("ignored")
        and node["role"]["value"] in _CONTROLS
        and not node.get("name", {}).get("value", "").strip()
    ]


_CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "DisclosureTriangle", "image"}
_SAID = "return document.getElementById('said').textContent"
_SELECTED = "const f = arguments[0]; return f.value.slice(f.selectionStart, f.selectionEnd)"
_DOUBLE_IDS = """
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
return ids.filter((id, at) => ids.indexOf(id) !== at);
"""
# Texts whose colour is too near to the one behind them (WCAG 2.1, 1.4.3).
_FAINT = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function light([r, g, b]) {
  const [x, y, z] = [r, g, b].map((c) => {
    const part = c / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}
function behind(element) {
  for (let at = element; at !== null; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
}
const faint = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !element.checkVisibility({ opacityProperty: true })) continue;
  const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 80)}`);
}
return faint;
"""
_ASK_FOR_A_TOKEN = """
import json, sys, urllib.request
origin, email, password = sys.argv[1:]
body = {"email": email, "password": password, "token_name": "Ubuntu One @ kiwi [u1file]"}
urllib.request.urlopen(origin + "/api/v2/tokens/oauth", json.dumps(body).encode(), timeout=20)
"""
