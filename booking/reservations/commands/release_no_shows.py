"""Release the places of those who did not check in."""

from booking.calendars import functions
from booking.reservations.commands.editing import announce, lock_calendars
from booking.reservations.events import ReservationNoShow
from booking.reservations.models import EndedBy, Reservation, Status
from booking.reservations.selectors.due import due_now
from core.errors import CalendarBusy
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow

_STEP = ("no_show",)


def release_no_shows() -> int:
    """Every confirmed booking whose limit for checking in is up becomes a no-show. Returns how many.

    Calendar by calendar; one that is busy is left for the next run. Safe to run late, twice or in parallel: whether
    it is due is asked again behind the calendar's lock. Source: engine.md, "Meanings".
    Emits: ReservationNoShow, CalendarChanged.
    """
    return sum(map(_released, sorted({(each.instrument_id, each.resource_id) for each in due_now(_STEP)})))


def _released(calendar: tuple[int, int]) -> int:
    try:
        return _release_on(*calendar)
    except CalendarBusy:
        return 0


@retried_when_busy
def _release_on(instrument_id: int, resource_id: int) -> int:
    lock_calendars([instrument_id])
    due = [each.reservation_id for each in due_now(_STEP, resources=[resource_id])]
    for reservation in Reservation.objects.filter(pk__in=due).order_by("pk"):
        _release(reservation)
    return len(due)


def _release(current: Reservation) -> None:
    with acting(actor_id=None, command="no_show"):
        functions.release_claims(current.pk)
        current.status = Status.NO_SHOW
        current.ended_reason = EndedBy.NOT_CHECKED_IN
        current.version += 1
        current.save(update_fields=["status", "ended_reason", "version"])
    window = TimeWindow.of(current.during)
    publish(ReservationNoShow(current.pk, current.instrument_id, window.starts_at, window.ends_at))
    announce(current.instrument_id, window, turnaround=current.turnaround_minutes)
