"""Let lapsed holds and undecided requests go although nobody else asks for their calendars."""

from collections.abc import Collection

from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import Reservation, Status
from core import clock
from core.locks import retried_when_busy


def expire_holds() -> int:
    """The sweep: every calendar with a lapsed hold or request is locked once, which lets it go.

    Returns how many calendars. Safe to run late, twice or in parallel. Emits: what lock_calendars emits.
    Raises: CalendarBusy.
    """
    now = clock.now()
    held = Reservation.objects.filter(status=Status.HELD, hold_expires_at__lte=now)
    requested = Reservation.objects.filter(status=Status.REQUESTED, request_expires_at__lte=now)
    overdue = held.values_list("instrument_id", flat=True).union(requested.values_list("instrument_id", flat=True))
    instruments = sorted(overdue)
    for instrument_id in instruments:
        expire_holds_on([instrument_id])
    return len(instruments)


@retried_when_busy
def expire_holds_on(instrument_ids: Collection[int]) -> None:
    """The lapsed holds and requests of these instruments. Raises: CalendarBusy."""
    lock_calendars(instrument_ids)
