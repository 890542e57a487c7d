"""The steps that need Django: translations, migrations, static files, demo data."""

from collections.abc import Callable
from pathlib import Path

from config.runner import processes, stamps
from config.runner.console import Step
from config.runner.environment import LOCK_FILE
from config.runner.layout import CHECKOUT, FRONTEND, Layout

ROOMS = [CHECKOUT / name for name in ("accounts", "booking", "config", "core", "instruments", "notifications")]
"""Without frontend, whose node_modules are large and hold nothing of Django's."""


def manage_command(layout: Layout, *arguments: str) -> list[str]:
    """The command line of a management command."""
    return [str(layout.python), str(CHECKOUT / "manage.py"), *arguments]


def compile_translations(layout: Layout, step: Step) -> None:
    """Every catalogue that changed, from frontend/locale into the data directory. Raises: Failure."""
    catalogues = list((FRONTEND / "locale").glob("*/LC_MESSAGES/*.po"))
    stale = [po for po in catalogues if not _is_compiled(layout, po)]
    for po in stale:
        target = _compiled(layout, po)
        target.parent.mkdir(parents=True, exist_ok=True)
        command = [
            str(layout.venv / "bin" / "pybabel"),
            "compile",
            "--input-file",
            str(po),
            "--output-file",
            str(target),
        ]
        processes.run(command, env=layout.environ(), log=layout.log / "translations.log")
        stamps.record(target.with_suffix(".stamp"), stamps.fingerprint([po]))
    if not stale:
        step.skip()


def migrate(layout: Layout, step: Step, *, applied: Callable[[], str]) -> None:
    """Bring the tables up to date, unless they are and the files haven't changed.

    applied: says which migrations the database has had; "" when it can't be asked, and then they always run. A
    restored copy is recognised by it.
    """
    stamp = layout.state / "migrated"
    files = [path for room in ROOMS for path in (*room.rglob("migrations/*.py"), *room.rglob("*.sql"))]
    before = applied()
    if before and stamps.is_current(stamp, stamps.fingerprint([LOCK_FILE, *files], before)):
        step.skip()
        return
    command = manage_command(layout, "migrate", "--no-input")
    processes.run(command, env=layout.environ(), log=layout.log / "migrate.log")
    stamps.record(stamp, stamps.fingerprint([LOCK_FILE, *files], applied()))


def collect_static(layout: Layout, step: Step) -> None:
    """Gather the built assets and the packages' own files. Raises: Failure."""
    files = [path for room in ROOMS for path in room.rglob("static/**/*")]
    files += (FRONTEND / "static").rglob("*")
    files += [LOCK_FILE, CHECKOUT / "config" / "settings.py", *layout.assets.rglob("*")]

    def work() -> None:
        command = manage_command(layout, "collectstatic", "--no-input", "--clear", "--verbosity", "0")
        processes.run(command, env=layout.environ(), log=layout.log / "collectstatic.log")

    value = stamps.fingerprint(files)
    stamps.unless_current(layout.state / "static", value, step, work, intact=layout.static.is_dir())


def seed_command(layout: Layout, scale: str) -> list[str]:
    """Demo data into an empty database; the command asks the database, not a file."""
    return manage_command(layout, "seed_demo", "--if-empty", "--scale", scale, "--skip-checks")


def _compiled(layout: Layout, po: Path) -> Path:
    return layout.locale / po.relative_to(FRONTEND / "locale").with_suffix(".mo")


def _is_compiled(layout: Layout, po: Path) -> bool:
    target = _compiled(layout, po)
    return target.exists() and stamps.is_current(target.with_suffix(".stamp"), stamps.fingerprint([po]))
