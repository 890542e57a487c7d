"""Release the places of those who did not check in, or could not use an instrument that was out of order."""

from collections.abc import Mapping
from typing import Final

from booking.calendars import functions
from booking.reservations.commands.editing import announce, held_resources, lock_calendars
from booking.reservations.events import ReservationCancelled, ReservationEvent, ReservationNoShow
from booking.reservations.models import EndedBy, Reservation, Status
from booking.reservations.selectors.due import due_now
from core.errors import CalendarBusy
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.steps import each_on_its_own
from core.windows import TimeWindow

_ENDS: Final[Mapping[str, tuple[Status, EndedBy, type[ReservationEvent]]]] = {
    "no_show": (Status.NO_SHOW, EndedBy.NOT_CHECKED_IN, ReservationNoShow),
    "call_off": (Status.CANCELLED, EndedBy.OUT_OF_ORDER, ReservationCancelled),
}
"""How what the clock releases ends."""


def release_no_shows() -> int:
    """Every confirmed booking whose limit for checking in is up becomes a no-show. Returns how many were released.

    If its instrument was out of order it is called off instead, as is one whose use would be assumed when its time
    is over: no fee, no credit. Calendar by calendar; one that is busy is left for the next run. Safe to run late,
    twice or in parallel: what is due is asked again behind the calendar's lock. Source: engine.md, "Meanings".
    Emits: ReservationNoShow or ReservationCancelled, CalendarChanged.
    """
    due = sorted({(each.instrument_id, each.resource_id) for each in due_now(_ENDS)})
    return each_on_its_own(_released, due)


def _released(calendar: tuple[int, int]) -> int:
    try:
        return _release_on(*calendar)
    except CalendarBusy:
        return 0


@retried_when_busy
def _release_on(instrument_id: int, resource_id: int) -> int:
    late = [each.reservation_id for each in due_now(_ENDS, resources=[resource_id])]
    lock_calendars([instrument_id], resource_ids=held_resources(Reservation.objects.filter(pk__in=late)))
    due = {each.reservation_id: each.step for each in due_now(_ENDS, resources=[resource_id])}
    for reservation in Reservation.objects.filter(pk__in=due).order_by("pk"):
        _release(reservation, due[reservation.pk])
    return len(due)


def _release(current: Reservation, command: str) -> None:
    status, reason, event = _ENDS[command]
    with acting(actor_id=None, command=command):
        functions.release_claims(current.pk)
        current.status = status
        current.ended_reason = reason
        current.version += 1
        current.save(update_fields=["status", "ended_reason", "version"])
    window = TimeWindow.of(current.during)
    publish(event(current.pk, current.instrument_id, window.starts_at, window.ends_at))
    announce(current.instrument_id, window, turnaround=current.turnaround_minutes)
