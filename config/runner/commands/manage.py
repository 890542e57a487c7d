"""`run.py manage …`: a management command in the product's environment, with its database."""

from pathlib import Path

from config.runner import preflight, processes
from config.runner.console import Console
from config.runner.django_steps import manage_command
from config.runner.failures import Refusal
from config.runner.layout import Layout
from config.runner.locks import DirectoryLock
from config.runner.options import Options
from config.runner.postgres import Cluster
from config.runner.preparation import Preparation, binaries, start_database


def manage(options: Options) -> int:
    """Run the command and return its exit code; a database that doesn't run is started for as long.

    Raises: Refusal where nothing was ever made there: a second environment is hardly what somebody wants.
    """
    _check_made(options.data_dir)
    preflight.check_machine(options.data_dir)
    layout = Layout.at(options.data_dir)
    console = Console(quiet=True)
    lock = DirectoryLock(layout.state)
    if not lock.acquire():
        _check_running(layout, lock, console)
        return _run(layout, options)
    try:
        if not layout.python.exists():
            raise _nothing_in(options.data_dir)
        Preparation(layout, console).environment()
        database = start_database(layout, console)
        try:
            return _run(layout, options)
        finally:
            database.stop()
    finally:
        lock.release()


def _run(layout: Layout, options: Options) -> int:
    return processes.run_here(manage_command(layout, *options.arguments), env=layout.environ())


def _check_made(data_dir: Path) -> None:
    """Before anything is written there. Raises: Refusal."""
    if not (data_dir.expanduser().resolve() / "state").is_dir():
        raise _nothing_in(data_dir)


def _nothing_in(data_dir: Path) -> Refusal:
    return Refusal(f"No data in {data_dir.expanduser().resolve()} yet: run `python3 run.py up` first.")


def _check_running(layout: Layout, lock: DirectoryLock, console: Console) -> None:
    """Somebody runs this directory; its database has to be up. Raises: Refusal."""
    if not layout.python.exists() or not Cluster(layout, binaries(layout), console).running():
        raise Refusal(
            f"Process {lock.holder()} is still preparing {layout.home}; try again when the product is up."
        )
