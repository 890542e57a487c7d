"""`run.py test`: every check there is, then pytest, on a database of its own."""

import os
import sys

from config.runner import browser, checks, processes
from config.runner.console import Console
from config.runner.layout import Layout
from config.runner.options import TRUE_WORDS, Options
from config.runner.preparation import Preparation, owned

STEPS = 6
SIDE_BY_SIDE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder")
"""Each process has a database of its own; a file's tests stay together, since they share what is slow to make.

They are dealt out in the order of tests/conftest.py, slow files first.
"""


def test(options: Options) -> int:
    """Prepare as `up` does, in <data>/test, and run everything; 1 when anything failed."""
    console = Console(STEPS)
    with owned(options, "test") as layout:
        preparation = Preparation(layout, console, frozenset({"dev"}))
        # pytest makes a database of its own beside the cluster's; nothing in it is worth an fsync.
        database = preparation.prepare(lambda _database: None, durable=False)
        try:
            chromium = browser.find_or_install(layout, console)
            console.say()
            failed = checks.run_all(checks.static_checks(layout, wheel=preparation.wheel), layout, console)
            failed += missing_browser(chromium, console)
            console.say(f"{len(failed)} failed: {', '.join(failed)}" if failed else "All of these passed.")
            code = run_pytest(options, layout, chromium)
        finally:
            database.stop()
    if failed:
        sys.stderr.write(f"run.py: beside pytest these failed: {', '.join(failed)}\n")
    return 1 if failed or code else 0


def missing_browser(chromium: str | None, console: Console) -> list[str]:
    """Nobody may overlook that the pages were not tried; CI fails for it."""
    if chromium:
        return []
    console.say("=" * 78)
    console.say("NO BROWSER: the browser tests are SKIPPED, so no page has been tried in one. Install Chromium")
    console.say("or name one with CHROMIUM=/path/to/chromium.")
    console.say("=" * 78)
    return ["browser"] if os.environ.get("CI", "").lower() in TRUE_WORDS else []


def run_pytest(options: Options, layout: Layout, chromium: str | None) -> int:
    """The Python tests, in this terminal."""
    environ = checks.environ(layout)
    environ.pop("CHROMIUM", None)
    if chromium:
        environ["CHROMIUM"] = chromium
    if options.deep:
        environ["BENCHSHARE_DEEP"] = "1"
    command = [
        str(layout.python),
        "-m",
        "pytest",
        "-o",
        f"cache_dir={layout.cache / 'pytest'}",
        *SIDE_BY_SIDE,
        *options.arguments,
    ]
    return processes.run_here(command, env=environ)
