"""Who may work in a data directory, and what a killed run.py leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.runner import host, leftovers
from config.runner.failures import Refusal
from config.runner.locks import DirectoryLock
from config.runner.options import parse
from config.runner.preparation import owned

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_lock__held__refused_with_the_holder(tmp_path: Path) -> None:
    options = parse(["up", "--data-dir", str(tmp_path)])
    with (
        owned(options),
        pytest.raises(Refusal, match=f"in use by run.py, process {os.getpid()};"),
        owned(options),
    ):
        pytest.fail("both have it")


def test_lock__other_instance__independent(tmp_path: Path) -> None:
    options = parse(["up", "--data-dir", str(tmp_path)])
    with owned(options) as product, owned(options, "test") as other:
        assert product.root == other.root == product.home
        assert other.home == product.home / "test"


def test_lock__holder_killed__free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from config.runner.locks import DirectoryLock;"
        "print(DirectoryLock(Path(sys.argv[1])).acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "True\n"
        assert not DirectoryLock(tmp_path).acquire()
        holder.kill()
    lock = DirectoryLock(tmp_path)
    assert lock.acquire()
    lock.release()


def test_leftovers__recorded_process_still_runs__ended(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as orphan:
        leftovers.record(tmp_path / "children", [orphan.pid])
        assert leftovers.end(tmp_path / "children") == 1
        assert orphan.wait(5) == -host.STOP


def test_leftovers__number_belongs_to_another_process__left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as other:
        (tmp_path / "children").write_text(f'{{"{other.pid}": "1"}}')
        assert leftovers.end(tmp_path / "children") == 0
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_leftovers__damaged_file__ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "children").write_text(text)
    assert leftovers.end(tmp_path / "children") == 0
