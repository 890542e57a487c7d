"""Running things at the same moment, with real threads and a connection each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(calls: Sequence[Callable[[], Any]], *, seconds: float = 30) -> list[Any]:
    """Run them at the same moment; answers, or the exceptions, in the same order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(seconds)
            return call()
        except Exception as error:  # noqa: BLE001 - the exception is the answer
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
