"""A progress bar on a terminal, a line per step elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 30


class Progress:
    """Steps with weights; each may report its own share done, 0 to 1."""

    def __init__(self, weights: dict[str, float], stream: TextIO = sys.stderr) -> None:
        self.weights = weights
        self.stream = stream
        self.done = 0.0
        self.started_at = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[float], None]]:
        """One step; yields the function that takes the share done."""
        started_at = time.monotonic()
        self._draw(name, 0.0)
        yield lambda share: self._draw(name, share)
        self.done += self.weights[name]
        if not self.stream.isatty():
            self.stream.write(f"  {name}: {time.monotonic() - started_at:.1f} s\n")
            self.stream.flush()

    def finish(self) -> float:
        """Clear the bar. Returns the seconds since the start."""
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()
        return time.monotonic() - self.started_at

    def _draw(self, name: str, share: float) -> None:
        if not self.stream.isatty():
            return
        part = (self.done + self.weights[name] * share) / sum(self.weights.values())
        filled = round(part * _WIDTH)
        self.stream.write(f"\r\x1b[K[{'#' * filled}{'.' * (_WIDTH - filled)}] {part:4.0%} {name}")
        self.stream.flush()
