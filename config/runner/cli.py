"""The entry: parses, runs the command, and turns every expected failure into a sentence and a code."""

import signal
import sys
from collections.abc import Callable
from types import FrameType

from config.runner import options, processes
from config.runner.commands.bench import bench
from config.runner.commands.manage import manage
from config.runner.commands.test import test
from config.runner.commands.up import up
from config.runner.failures import Failure
from config.runner.options import Options

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMMANDS: dict[str, Callable[[Options], int]] = {"up": up, "test": test, "bench": bench, "manage": manage}


def main(argv: list[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 refused, 130 interrupted."""
    asked = options.parse(argv)
    for number in STOPPING:
        signal.signal(number, _interrupt)
    try:
        return COMMANDS[asked.command](asked)
    except Failure as failure:
        sys.stderr.write(f"run.py: {failure}\n")
        return failure.exit_code
    except KeyboardInterrupt:
        processes.interrupt()
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C, SIGTERM and a closed terminal all stop; once stopping, none of them interrupts that."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
