"""A progress bar on a terminal, elsewhere a line per step and per quarter of a long one; with an estimate."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 30
_LONG_SECONDS = 60
_ESTIMATES_FROM = 10
"""Seconds after which the speed is known well enough to say how long the rest takes."""


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
        quarters = 0

        def report(share: float) -> None:
            nonlocal quarters
            self._draw(name, share)
            if time.monotonic() - started_at > _LONG_SECONDS and quarters < int(share * 4) < 4:
                quarters = int(share * 4)
                self._say(f"{name}: {share:.0%}{self._estimate(name, share)}")

        yield report
        self.done += self.weights[name]
        self._say(f"{name}: {time.monotonic() - started_at:.1f} s")

    def finish(self) -> float:
        """Clear the bar. Returns the seconds since the start."""
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()
        return time.monotonic() - self.started_at

    def _say(self, line: str) -> None:
        if not self.stream.isatty():
            self.stream.write(f"  {line}\n")
            self.stream.flush()

    def _part(self, name: str, share: float) -> float:
        return (self.done + self.weights[name] * share) / sum(self.weights.values())

    def _estimate(self, name: str, share: float) -> str:
        """How long the rest takes if it goes on like this."""
        part, seconds = self._part(name, share), time.monotonic() - self.started_at
        if seconds < _ESTIMATES_FROM or part <= 0:
            return ""
        left = seconds * (1 - part) / part
        return f", about {left / 60:.0f} min left" if left >= 90 else f", about {left:.0f} s left"

    def _draw(self, name: str, share: float) -> None:
        if not self.stream.isatty():
            return
        part = self._part(name, share)
        filled = round(part * _WIDTH)
        self.stream.write(
            f"\r\x1b[K[{'#' * filled}{'.' * (_WIDTH - filled)}] {part:4.0%} {name}{self._estimate(name, share)}"
        )
        self.stream.flush()
