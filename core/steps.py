"""Work in steps that have nothing to do with each other: what fails for one keeps nobody from the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
logger = logging.getLogger(__name__)


def each_on_its_own(work: Callable[[T], int], items: Iterable[T]) -> int:
    """Do the work for every item and return the sum; each has to open its own transaction.

    Raises ExceptionGroup at the end, of whatever failed; each failure is logged at once.
    """
    total, failures = 0, []
    for item in items:
        try:
            total += work(item)
        except Exception as failure:
            logger.exception("%r failed; the others go on", item)
            failures.append(failure)
    if failures:
        raise ExceptionGroup("steps failed", failures)
    return total
