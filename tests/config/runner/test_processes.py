"""Commands that run to their end, or to ours."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.runner import host, processes
from config.runner.failures import Failure
from config.runner.layout import Layout

Eventually = Callable[[Callable[[], object]], bool]


def test_run__command_fails__its_last_lines_and_the_log(layout: Layout) -> None:
    log = layout.log / "step.log"
    with pytest.raises(Failure) as failed:
        processes.run(["sh", "-c", "echo why; exit 3"], env=layout.environ(), log=log)
    assert "failed with code 3" in str(failed.value)
    assert "    why" in str(failed.value)
    assert str(log) in str(failed.value)


def test_run__interrupted__ends_with_all_it_started(tmp_path: Path, eventually: Eventually) -> None:
    log = tmp_path / "log"
    code = (
        "import os, pathlib; from config.runner import processes;"
        f"processes.run(['sh', '-c', 'sleep 60 & echo $!; wait'], env=os.environ, log=pathlib.Path({str(log)!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as runner:
        assert eventually(lambda: log.exists() and log.read_text().endswith("\n"))
        runner.send_signal(signal.SIGINT)
        runner.wait(10)
    assert eventually(lambda: host.process_token(int(log.read_text())) is None)
