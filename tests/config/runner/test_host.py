"""The calls that differ between operating systems."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.runner import host, serving

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
Eventually = Callable[[Callable[[], object]], bool]


def test_launch__parent_killed__child_gets_its_death_signal(eventually: Eventually) -> None:
    code = (
        "import subprocess, sys; from config.runner import host;"
        f"child = subprocess.Popen(host.launch_command({SLEEP!r}, death_signal=host.STOP));"
        "print(child.pid, flush=True); child.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert eventually(lambda: b"sleep" in Path(f"/proc/{child}/cmdline").read_bytes())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: host.process_token(child) is None)


def test_launch__parent_already_gone__does_not_start() -> None:
    command = host.launch_command(["touch", "/nonexistent"], death_signal=host.STOP)
    command[command.index(str(os.getpid()))] = "1"
    assert subprocess.run(command, check=False).returncode == 125


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_launch__as_root__identity_is_not_root(tmp_path: Path) -> None:
    identity = host.unprivileged_identity(tmp_path)
    command = host.launch_command(["id", "-u"], death_signal=host.KILL, identity=identity)
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert answer.strip() not in {"", "0"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_identity__files_of_another_user__that_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1235)
    assert host.unprivileged_identity(tmp_path) == "set:1234.1235"


def test_unreachable_parent__closed_directory__named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert host.unreachable_parent(closed / "data", "-") is None
    assert host.unreachable_parent(closed / "data", "set:1.1") in [closed, *closed.parents]


def test_process_token__ended__none() -> None:
    with subprocess.Popen(SLEEP) as process:
        assert host.process_token(process.pid) == host.process_token(process.pid) is not None
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert host.process_token(process.pid) is None, "a zombie has ended"


def test_free_port__preferred_is_taken__another_below_the_ephemeral_range() -> None:
    taken = host.free_port(None)
    with host.open_listener("127.0.0.1", taken):
        other = host.free_port(taken)
    assert other != taken
    assert max(taken, other) < 32768


@pytest.mark.parametrize(
    ("address", "shown"),
    [("127.0.0.1", "http://127.0.0.1:{}/"), ("0.0.0.0", "http://127.0.0.1:{}/"), ("::1", "http://[::1]:{}/")],
)
def test_address__any_host__can_be_typed_into_a_browser(address: str, shown: str) -> None:
    port = host.free_port(None)
    with serving.open_socket(address, port) as listener:
        assert serving.address_of(listener) == shown.format(port)
