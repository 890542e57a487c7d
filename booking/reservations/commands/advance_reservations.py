"""Let the clock begin and end what is due."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db import connection, transaction

from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.reservations.events import OverrunEnded, ReservationAdvanced, ReservationEvent, ReservationOverran
from booking.reservations.models import EndedBy
from booking.reservations.selectors.due import Due, due_now
from core import clock
from core.events import publish
from core.history import acting

BATCH = 500
"""Rows per transaction, so that no lock is held long."""

# Resources first, as every command does; who is booking on one right now is not waited for but left for later.
_LOCK: Final = """
    SELECT r.id FROM calendars_resource r
    WHERE r.id = ANY (%s::bigint[]) ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
"""

# A closure or maintenance is not used; it only ends. The use is marked assumed.
_START: Final = """
    UPDATE reservations_reservation b
    SET status = 'in_use', used_from = CASE WHEN b.kind IN ('use', 'training') THEN lower(b.during) END,
        use_is_assumed = b.kind IN ('use', 'training'), version = b.version + 1
    WHERE b.id = ANY (%(ids)s) AND b.status = 'confirmed'
    RETURNING b.id, lower(b.during), upper(b.during)
"""
_COMPLETE: Final = """
    UPDATE reservations_reservation b
    SET status = 'completed',
        used_from = CASE WHEN b.kind IN ('use', 'training') THEN coalesce(b.used_from, lower(b.during)) END,
        used_until = CASE WHEN b.kind IN ('use', 'training') THEN coalesce(b.used_until, upper(b.during)) END,
        use_is_assumed = b.kind IN ('use', 'training') AND (b.use_is_assumed OR b.used_from IS NULL),
        version = b.version + 1
    WHERE b.id = ANY (%(ids)s) AND b.status IN ('confirmed', 'in_use')
    RETURNING b.id, lower(b.during), upper(b.during)
"""
_END_OVERRUN: Final = """
    UPDATE reservations_reservation b
    SET status = 'completed', used_until = upper(b.during), use_is_assumed = true, ended_reason = %(reason)s,
        version = b.version + 1
    WHERE b.id = ANY (%(ids)s) AND b.status = 'in_use'
    RETURNING b.id, lower(b.during), upper(b.during)
"""
_OVERRUN: Final = """
    WITH noticed AS (
        INSERT INTO reservations_overrun (reservation_id, noticed_at) SELECT unnest(%(ids)s::bigint[]), %(now)s
        ON CONFLICT DO NOTHING RETURNING reservation_id
    )
    SELECT b.id, lower(b.during), upper(b.during), reservation_next_on_its_place(b.id)
    FROM noticed JOIN reservations_reservation b ON b.id = noticed.reservation_id
"""


class _Step(NamedTuple):
    """How one kind of due thing is done. reason: what is kept as such."""

    statement: str
    event: Callable[..., ReservationEvent]
    reason: str = ""


_STEPS: Final[Mapping[str, _Step]] = MappingProxyType(
    {
        "start": _Step(_START, ReservationAdvanced),
        "complete": _Step(_COMPLETE, ReservationAdvanced),
        "overrun": _Step(_OVERRUN, ReservationOverran),
        "end_overrun": _Step(_END_OVERRUN, OverrunEnded, EndedBy.NOT_CHECKED_OUT),
    }
)


def advance_reservations() -> int:
    """Begin and end what the clock decides, and notice overruns. No claim changes: see release_no_shows.

    Returns how many changed. Safe to run late, twice or in parallel: what is due is a function of the time and of
    the rows behind their calendar's lock. Source: engine.md, "Meanings".
    Emits: ReservationAdvanced, ReservationOverran, OverrunEnded, CalendarChanged (a new revision, so that screens
    that were cut off catch up).
    """
    total = 0
    while changed := _advance(clock.now()):
        total += changed
    return total


@transaction.atomic
def _advance(now: datetime) -> int:
    locked = _locked({each.resource_id for each in due_now(_STEPS, limit=BATCH)})
    due = due_now(_STEPS, resources=locked, limit=BATCH) if locked else []
    events = [event for step in _STEPS for event in _done(step, due, now)]
    if events:
        resources = {each.instrument_id: each.resource_id for each in due}
        revisions = functions.revise_all({resources[event.instrument_id] for event in events})
        for event in events:
            publish(event)
            revision = revisions[resources[event.instrument_id]]
            publish(CalendarChanged(event.instrument_id, revision, event.starts_at, event.ends_at))
    return len(events)


def _locked(resources: Iterable[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(resources)])
        return [row[0] for row in cursor.fetchall()]


def _done(name: str, due: list[Due], now: datetime) -> list[ReservationEvent]:
    """One statement for all of a kind."""
    instruments = {each.reservation_id: each.instrument_id for each in due if each.step == name}
    if not instruments:
        return []
    step = _STEPS[name]
    with acting(actor_id=None, command=name), connection.cursor() as cursor:
        cursor.execute(step.statement, {"ids": list(instruments), "reason": step.reason, "now": now})
        rows = cursor.fetchall()
    return [step.event(key, instruments[key], *facts) for key, *facts in rows]
