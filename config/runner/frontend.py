"""The front end: npm packages beside their package.json, the Vite build in the data directory."""

from collections.abc import Iterator
from pathlib import Path

from config.runner import node, processes, stamps
from config.runner.console import Step
from config.runner.layout import CHECKOUT, FRONTEND, Layout
from config.runner.locks import turn

IGNORED = {"node_modules", "locale", "__pycache__"}
LOCK_FILE = FRONTEND / "package-lock.json"


def install(layout: Layout, step: Step, *, wheel: bool) -> None:
    """`npm ci`, unless these packages are installed. Raises: Failure."""
    # The stamp lies among the packages: several data directories share them.
    stamp = FRONTEND / "node_modules" / ".benchshare"
    wanted = stamps.fingerprint([LOCK_FILE], "wheel" if wheel else str(node.system_version()))

    def work() -> None:
        environ = node.environ(layout, wheel=wheel)
        processes.run(
            ["npm", "ci", "--no-audit", "--no-fund"], env=environ, log=layout.log / "npm.log", cwd=FRONTEND
        )

    with turn(layout.shared_state / "npm.lock"):
        stamps.unless_current(stamp, wanted, step, work)


def build(layout: Layout, step: Step, *, wheel: bool) -> None:
    """Build the assets, unless their sources are unchanged. Raises: Failure."""

    def work() -> None:
        environ = node.environ(layout, wheel=wheel)
        processes.run(["npm", "run", "build"], env=environ, log=layout.log / "vite.log", cwd=FRONTEND)

    wanted = stamps.fingerprint(sources())
    stamps.unless_current(layout.state / "assets", wanted, step, work, intact=layout.assets.is_dir())


def sources() -> list[Path]:
    """What the build reads: the front end, and all templates and forms, where Tailwind finds class names."""
    found = list(_files(FRONTEND))
    for room in ("accounts", "instruments", "booking", "notifications", "core", "config"):
        found += (CHECKOUT / room).rglob("*.html")
        found += (CHECKOUT / room).rglob("forms.py")
    return found


def _files(directory: Path) -> Iterator[Path]:
    for path in directory.iterdir():
        if path.name in IGNORED or path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path
