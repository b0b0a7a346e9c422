"""Debian's WebKitGTK, on a screen of its own, as far as the tests need it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.service import Service

PATIENCE = 90  # seconds, for a busy machine
_MINI_BROWSERS = Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")

# What a click downloads is fetched within the page: the driver knows no downloads.
_FETCH_DOWNLOAD = """
const [selector, done] = arguments;
const click = HTMLAnchorElement.prototype.click;
HTMLAnchorElement.prototype.click = async function () {
  HTMLAnchorElement.prototype.click = click;
  const bytes = new Uint8Array(await (await fetch(this.href)).arrayBuffer());
  done(btoa(String.fromCharCode(...bytes)));
};
document.querySelector(selector).click();
"""
_TEXTS = "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText.trim())"


class WebKit:
    """A browser window of 1440x900; the context manager ends it.

    Args:
        driver: path of WebKitWebDriver.
    """

    def __init__(self, driver: str):
        self._driver = driver

    def __enter__(self) -> WebKit:
        read, write = os.pipe()
        self._screen = subprocess.Popen(
            [shutil.which("Xvfb"), "-displayfd", str(write), "-screen", "0", "1440x1000x24"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as display:
            number = display.readline().strip()
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(next(iter(sorted(_MINI_BROWSERS))))
        options.add_argument("--automation")
        service = Service(self._driver, env={**os.environ, "DISPLAY": f":{number}"})
        self.browser = webdriver.WebKitGTK(options=options, service=service)
        self.browser.set_window_size(1440, 900)
        self.browser.set_script_timeout(PATIENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        self.browser.quit()
        self._screen.terminate()
        self._screen.wait(10)

    def open(self, url: str) -> None:
        """Go to a page."""
        self.browser.get(url)

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds; a page that is just changing does not hold."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if condition():
                    return
            except WebDriverException:
                pass
            assert time.monotonic() < end, self.browser.find_element(By.TAG_NAME, "body").text
            time.sleep(0.1)

    def wait_for(self, selector: str) -> None:
        """Wait until an element is there."""
        self.wait_until(lambda: self.browser.find_elements(By.CSS_SELECTOR, selector))

    def texts(self, selector: str) -> list[str]:
        """Texts of the elements, as one moment of the page has them."""
        return self.browser.execute_script(_TEXTS, selector)

    def choose_file(self, selector: str, path: Path) -> None:
        """Give a file to an input."""
        self.wait_for(selector)
        self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(str(path))

    def hover(self, selector: str, x: float, y: float) -> None:
        """Move the pointer to a point of an element, given as fractions of its size."""
        element = self.browser.find_element(By.CSS_SELECTOR, selector)
        self.browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", element)
        width, height = element.size["width"], element.size["height"]
        actions = ActionChains(self.browser)
        for nudge in (3, 0):  # a pointer that comes from somewhere
            actions.move_to_element_with_offset(
                element, int((x - 0.5) * width) + nudge, int((y - 0.5) * height)
            )
        actions.perform()

    def click(self, selector: str) -> None:
        """Click an element."""
        self.browser.find_element(By.CSS_SELECTOR, selector).click()

    def press(self, selector: str, keys: str) -> None:
        """Press keys in an element."""
        self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(keys)

    def downloaded(self, selector: str) -> bytes:
        """Click a button once it is there, and return the file that the page then offers."""
        self.wait_for(selector)
        return base64.b64decode(self.browser.execute_async_script(_FETCH_DOWNLOAD, selector))
