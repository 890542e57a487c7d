"""One clear sentence for each thing the machine lacks."""

import importlib.util
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from config.runner import preflight, serving
from config.runner.failures import Refusal
from config.runner.layout import CHECKOUT


class Usage(NamedTuple):
    free: int


def test_disk__under_a_gigabyte__refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(free=900_000_000))
    with pytest.raises(Refusal, match=r"needs 1 GB of free disk .*; there are 900 MB\.$"):
        preflight.check_disk(tmp_path / "not" / "yet")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_venv__module_missing__refused(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else object())
    with pytest.raises(Refusal, match=f"Python's {module} module is missing; .*python3-venv"):
        preflight.check_venv()


def test_directory__below_a_file__refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="is a file"):
        preflight.check_directory(tmp_path / "file" / "data")


def test_port__busy__refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=rf"^Port {port} on 127\.0\.0\.1 is already in use; .*--port\.$"):
            serving.open_socket("127.0.0.1", port)


def test_host__not_of_this_machine__refused() -> None:
    with pytest.raises(Refusal, match=r"^Can't listen on 192\.0\.2\.1 port"):
        serving.open_socket("192.0.2.1", 8000)


def test_run__busy_port__one_sentence_and_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [
            sys.executable,
            str(CHECKOUT / "run.py"),
            "up",
            "--port",
            str(port),
            "--data-dir",
            str(tmp_path),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"run.py: Port {port} on 127.0.0.1 is already in use; choose another with --port.\n"


def test_run__old_python__one_sentence() -> None:
    """The check comes before anything an old Python could not read."""
    source = (CHECKOUT / "run.py").read_text()
    assert source.isascii()
    assert source.index("version_info") < source.index("from config")
