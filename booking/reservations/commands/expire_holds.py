"""Let lapsed holds and undecided requests go although nobody else asks for their calendars."""

from collections.abc import Collection

from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import Reservation, Status
from core import clock
from core.errors import CalendarBusy
from core.locks import retried_when_busy
from core.steps import each_on_its_own


def expire_holds() -> int:
    """The sweep: every calendar with a lapsed hold or request is locked once, which lets it go.

    Returns how many calendars; one that is busy is left for the next run. Safe to run late, twice or in parallel.
    Emits: what lock_calendars emits.
    """
    now = clock.now()
    held = Reservation.objects.filter(status=Status.HELD, hold_expires_at__lte=now)
    requested = Reservation.objects.filter(status=Status.REQUESTED, request_expires_at__lte=now)
    overdue = held.values_list("instrument_id", flat=True).union(requested.values_list("instrument_id", flat=True))
    return each_on_its_own(_expired_on, sorted(overdue))


def _expired_on(instrument_id: int) -> bool:
    try:
        expire_holds_on([instrument_id])
    except CalendarBusy:
        return False
    return True


@retried_when_busy
def expire_holds_on(instrument_ids: Collection[int]) -> None:
    """The lapsed holds and requests of these instruments. Raises: CalendarBusy."""
    lock_calendars(instrument_ids)
