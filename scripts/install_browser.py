"""Find what the tests need, or install it: browsers, an emoji font and the program ffmpeg.

Tries, in this order: Debian's Chromium without windows, the Chromium of this system, Playwright's
own, Playwright's own newly downloaded (with the system libraries it needs), the system's package.
Ends with an error that says what is missing if none of them starts. Firefox and WebKitGTK are
Debian's; their tests are skipped elsewhere.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.conftest import SYSTEM_CHROMIUM
from training.sprites import FONT


def starts(executable: str | None) -> bool:
    """Whether Playwright can open a page in this browser; None is Playwright's own."""
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            browser.new_page().goto("about:blank")
            browser.close()
    except Error:
        return False
    return True


def working_browser() -> str | None:
    """Name of the browser that the tests take, if it starts."""
    for program in SYSTEM_CHROMIUM:
        if program.exists():
            return str(program) if starts(str(program)) else None
    return "Playwright's Chromium" if starts(None) else None


def run(*command: str) -> bool:
    """Run a command that asks nothing; whether it succeeded."""
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0


def apt_install(*packages: str) -> bool:
    """Install packages of Debian or Ubuntu, as root or with a sudo that asks no password."""
    if not shutil.which("apt-get"):
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not shutil.which("sudo"):
        return False
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    return run(*sudo, "apt-get", "update", "-q") and run(
        *sudo, *environment, "apt-get", "install", "-qy", "--no-install-recommends", *packages
    )


def install_browser() -> str | None:
    """Try one way after another; the name of the browser that then starts."""
    if not SYSTEM_CHROMIUM[0].exists():
        apt_install(SYSTEM_CHROMIUM[0].name)
    found = working_browser()
    if found:
        return found
    if run(sys.executable, "-m", "playwright", "install", "chromium"):
        if starts(None):
            return "Playwright's Chromium"
        if run(sys.executable, "-m", "playwright", "install-deps", "chromium") and starts(None):
            return "Playwright's Chromium"
    return working_browser() if apt_install("chromium") else None


def install_other_browsers() -> None:
    """Debian's Firefox and WebKitGTK, which needs a screen."""
    wanted = {"firefox-esr": "firefox-esr", "WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}
    missing = [package for program, package in wanted.items() if not shutil.which(program)]
    if missing and not apt_install(*missing):
        print("Firefox and WebKit are not tested here: Debian's packages for them are missing.")


def main() -> int:
    """Make them ready; 0 if the browser tests can run."""
    if not FONT.exists() and not apt_install("fonts-noto-color-emoji"):
        print(
            f"The font {FONT} is missing: the tests that draw toy scenes will be skipped. Debian "
            "and Ubuntu: sudo apt-get install fonts-noto-color-emoji. Elsewhere: name its file in "
            "the variable NOTO_COLOR_EMOJI."
        )
    install_other_browsers()
    if not shutil.which("ffprobe") and not apt_install("ffmpeg"):
        print(
            "The program ffmpeg is missing: the tests that compare videos with it will be skipped. "
            "Debian and Ubuntu: sudo apt-get install ffmpeg."
        )
    browser = install_browser()
    if browser is None:
        print(
            "No Chromium could be started or installed, and the browser tests need one. "
            "Debian: sudo apt-get install chromium. "
            f"Elsewhere: {sys.executable} -m playwright install --with-deps chromium",
            file=sys.stderr,
        )
        return 1
    print(f"Browser for the tests: {browser}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
