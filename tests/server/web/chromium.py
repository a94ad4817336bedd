"""A real Chromium with nothing of the machine's user in it, driven by its own driver."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.rig.processes import wait_until

WAIT_S = 20.0
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
)

# Until the page was drawn anew, and all that moved in it is still.
_DRAWN = """
return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  .then(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))
  .then(() => null);
"""


class Chromium:
    """One window. `origin` is where all pages are."""

    def __init__(self, driver: webdriver.Chrome, origin: str) -> None:
        self.driver = driver
        self.origin = origin

    def open(self, path: str) -> None:
        self.driver.get(self.origin + path)

    @property
    def path(self) -> str:
        """Where it is, without the origin."""
        return self.driver.current_url.removeprefix(self.origin)

    @property
    def text(self) -> str:
        """What a person sees."""
        return self.one("body").text

    def one(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def row(self, name: str) -> WebElement:
        """The row of a node."""
        return next(row for row in self.all(".nodes tbody tr") if name in row.text)

    def names(self) -> list[str]:
        """The nodes that are listed."""
        return [
            str(n)
            for n in self.run(
                "return [...document.querySelectorAll('.nodes .node bdi')].map(e => e.textContent)"
            )
        ]

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """The truthy result of a condition; a page that changes meanwhile is no fault."""

        def holds() -> Any:
            with contextlib.suppress(WebDriverException):
                return condition()

        return wait_until(holds, WAIT_S, what)

    def follow(self, act: Callable[[], Any]) -> None:
        """Do what leads to another page, and be there."""
        old = self.one("html")
        act()

        def is_gone() -> bool:
            try:
                old.is_enabled()
            except StaleElementReferenceException:
                return self.run("return document.readyState") == "complete"
            return False

        self.wait(is_gone, "another page")

    def click(self, css: str) -> None:
        """Click what leads to another page."""
        self.follow(self.one(css).click)

    def submit(self, css: str, **values: str) -> None:
        """Fill fields by their ids and click what sends them."""
        for id_, value in values.items():
            field = self.one(f"#{id_}")
            field.clear()
            field.send_keys(value)
        self.click(css)

    def press(self, *keys: str) -> None:
        """Keys to whatever has the focus."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def focused(self, css: str) -> WebElement:
        """What has the focus, once that is such an element."""

        def found() -> WebElement | None:
            element = self.driver.switch_to.active_element
            return (
                element
                if self.run("return arguments[0].matches(arguments[1])", element, css)
                else None
            )

        element = self.wait(found, f"the focus on {css}")
        assert isinstance(element, WebElement)
        return element

    def tab_to(self, is_wanted: Callable[[WebElement], bool]) -> WebElement:
        """Press Tab until something has the focus; every stop on the way shows its focus."""
        for _ in range(60):
            self.press(Keys.TAB)
            element = self.driver.switch_to.active_element
            assert self.run(_FOCUS_IS_SEEN, element), element.get_attribute("outerHTML")
            if is_wanted(element):
                return element
        raise AssertionError("not reached with the Tab key")

    def size(self, width: int, height: int = 740) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """`light` or `dark`, and no motion between them."""
        wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self.command("Emulation.setEmulatedMedia", features=features)
        self.run(_DRAWN)

    def command(self, name: str, **values: Any) -> Any:
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, values)

    def drop(self, css: str, files: list[Path]) -> None:
        """Drag files or folders from the desktop onto something, and let go."""
        box = self.one(css).rect
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.command(
                "Input.dispatchDragEvent",
                type=kind,
                x=box["x"] + box["width"] / 2,
                y=box["y"] + box["height"] / 2,
                data=data,
            )

    def complaints(self) -> list[str]:
        """What the browser complained of: scripts that failed, policies that were broken.

        Answers that are not 2xx are no faults of a page.
        """
        return [
            f"{entry['level']}: {entry['message']}"
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("WARNING", "SEVERE") and entry["source"] != "network"
        ]


@contextlib.contextmanager
def chromium(home: Path, origin: str) -> Iterator[Chromium]:
    """A browser with a fresh profile; ended on leaving."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in (*_FLAGS, f"--user-data-dir={home / 'chromium'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(shutil.which("chromedriver") or "chromedriver")
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_script_timeout(WAIT_S)
        yield Chromium(driver, origin)
    finally:
        driver.quit()


_FOCUS_IS_SEEN = """
const style = getComputedStyle(arguments[0]);
const label = arguments[0].closest(".pick")?.querySelector("label");
const shown = label ? getComputedStyle(label) : style;
return arguments[0] === document.body || shown.outlineStyle !== "none";
"""
