"""Waiting for locks: with a timeout, and with one retry.

Source: engine.md, "One transaction": a command that changes claims takes all its locks at its start.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from core.errors import CalendarBusy

P = ParamSpec("P")
R = TypeVar("R")

LOCK_TIMEOUT_MS = 3000
_LOCK_STATES = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected


def limit_lock_wait() -> None:
    """From here to the end of the transaction, no lock is waited for longer than LOCK_TIMEOUT_MS."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")


def retried_when_busy(function: Callable[P, R]) -> Callable[P, R]:
    """Run in a transaction; on a lock timeout or deadlock roll back and try once more.

    Inside an outer transaction the retry is a savepoint's. Raises CalendarBusy after the second failure.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in (1, 2):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not _is_lock_failure(error) or attempt == 2:
                    raise _busy_or(error) from error
        raise AssertionError("unreachable")

    return run


def _is_lock_failure(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _LOCK_STATES


def _busy_or(error: OperationalError) -> Exception:
    return CalendarBusy() if _is_lock_failure(error) else error
