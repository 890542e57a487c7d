"""Telling somebody who waits how far a long import is."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

Report = Callable[[int, int], None]
"""Called with what is done and the whole, in rows."""

EVERY: Final = 500


def silent(done: int, whole: int) -> None:
    """Nobody waits."""


def told(items: Iterable[T], whole: int, report: Report) -> Iterator[T]:
    """The items, with a report after every 500 and at the end."""
    for done, item in enumerate(items, 1):
        yield item
        if done % EVERY == 0 or done == whole:
            report(done, whole)
