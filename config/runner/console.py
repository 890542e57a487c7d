"""What run.py tells the person in front of it."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator


class Step:
    """One step in progress; its code may say that there was nothing to do, or add a remark."""

    def __init__(self) -> None:
        self.remark = ""
        self.skipped = False

    def skip(self) -> None:
        """There was nothing to do."""
        self.skipped = True


class Console:
    """Lines on standard output, whole ones even from several threads."""

    def __init__(self, steps: int = 0, *, quiet: bool = False) -> None:
        """quiet: keep standard output for a command whose output somebody may want to pipe."""
        self._lock = threading.Lock()
        self._steps = steps
        self._done = 0
        self._quiet = quiet

    def say(self, text: str = "") -> None:
        """One line. A terminal that has gone away is no reason to stop the product."""
        if self._quiet:
            return
        with self._lock, contextlib.suppress(OSError, ValueError):
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Report that a step began, and how long it took. A failing step is reported by its exception."""
        began = time.monotonic()
        self.say(f"      .. {title}")
        step = Step()
        yield step
        with self._lock:
            self._done += 1
            count = self._done
        took = "unchanged" if step.skipped else f"{time.monotonic() - began:.1f} s"
        remark = f" ({step.remark})" if step.remark else ""
        self.say(f"[{count}/{max(count, self._steps)}] ok {title}{remark}: {took}")
