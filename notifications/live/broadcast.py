"""Sending hints after commit: coalesced for a moment in one thread per process, best effort."""

import asyncio
import atexit
import logging
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

GROUP: Final = "availability"
COALESCE_SECONDS: Final = 0.02
FINISH_SECONDS: Final = 2.0
HINTS_PER_MESSAGE: Final = 50
"""A notification carries at most 8 kB."""


@dataclass(frozen=True, slots=True)
class Hint:
    """An instrument's calendar has this revision now; what changed lies in the window, aware UTC."""

    instrument_id: int
    revision: int
    starts_at: datetime
    ends_at: datetime

    def document(self) -> dict[str, Any]:
        """As it goes over the socket. No personal data."""
        return {
            "instrument": self.instrument_id,
            "revision": self.revision,
            "changed": [self.starts_at.isoformat(), self.ends_at.isoformat()],
        }


def coalesced(hints: Iterable[Hint]) -> list[Hint]:
    """One hint per instrument: the newest revision, the hull of the windows."""
    newest: dict[int, Hint] = {}
    for hint in hints:
        known = newest.get(hint.instrument_id, hint)
        newest[hint.instrument_id] = replace(
            hint,
            revision=max(hint.revision, known.revision),
            starts_at=min(hint.starts_at, known.starts_at),
            ends_at=max(hint.ends_at, known.ends_at),
        )
    return list(newest.values())


class Broadcaster:
    """Takes hints from any thread and sends them from one of its own. Losing one is healed by revisions."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Hint | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def send(self, hint: Hint) -> None:
        """Never blocks, never raises."""
        self._start()
        self._queue.put(hint)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-broadcast", daemon=True)
                self._thread.start()
                atexit.register(self._finish)

    def _finish(self) -> None:
        """A command that ends right after its commit still tells: wait a moment for the last hints."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(FINISH_SECONDS)

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        going_on = True
        while going_on and (first := self._queue.get()) is not None:
            threading.Event().wait(COALESCE_SECONDS)
            waiting = self._waiting()
            going_on = None not in waiting
            batch = [first, *(hint for hint in waiting if hint is not None)]
            try:
                loop.run_until_complete(_send(coalesced(batch)))
            except Exception:
                logger.exception("Live updates: %d hints were not sent; revisions will heal it", len(batch))

    def _waiting(self) -> list[Hint | None]:
        batch: list[Hint | None] = []
        while not self._queue.empty():
            batch.append(self._queue.get())
        return batch


async def _send(hints: list[Hint]) -> None:
    layer = get_channel_layer()
    for start in range(0, len(hints), HINTS_PER_MESSAGE):
        documents = [hint.document() for hint in hints[start : start + HINTS_PER_MESSAGE]]
        await layer.group_send(GROUP, {"type": "hints", "hints": documents})


broadcaster: Final = Broadcaster()
