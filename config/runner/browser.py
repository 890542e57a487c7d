"""A browser for the tests: the machine's own; installed from Debian's packages where that is allowed."""

import os
import shutil
import subprocess
from pathlib import Path

from config.runner import processes
from config.runner.console import Console
from config.runner.failures import Failure
from config.runner.layout import Layout

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chromium-headless-shell",
)
PLACES = (
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PACKAGES = ("chromium", "fonts-noto-cjk")
"""Without the fonts the Chinese pages are rows of boxes."""


def find() -> str | None:
    """CHROMIUM, or one in the usual places."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if shutil.which(named) else None
    found = (shutil.which(name) for name in (*NAMES, *PLACES))
    return next((path for path in found if path), None)


def find_or_install(layout: Layout, console: Console) -> str | None:
    """Like find; on Debian as root what is missing is installed. None where no browser can be had."""
    if (find() is None or not has_chinese_font()) and can_install():
        with console.step("browser from the distribution's packages"):
            _install(layout, console)
    return find()


def has_chinese_font() -> bool:
    """Whether the machine can draw Chinese."""
    try:
        done = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(done.stdout.strip())


def can_install() -> bool:
    """Debian or a descendant, as root."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def _install(layout: Layout, console: Console) -> None:
    environ = layout.environ() | {"DEBIAN_FRONTEND": "noninteractive"}
    log = layout.log / "browser.log"
    try:
        processes.run(["apt-get", "update", "--quiet"], env=environ, log=log)
        processes.run(["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES], env=environ, log=log)
    except Failure as failure:
        console.say(str(failure))
