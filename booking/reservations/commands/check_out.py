"""End a use."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.events import ReservationCheckedOut
from booking.reservations.models import Reservation, Status
from core import clock
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


@retried_when_busy
def check_out(*, viewer: Viewer, reservation: Reservation, expected_version: int | None = None) -> Reservation:
    """End a running use now. What is left of its time is free at once; `during` stays as agreed.

    The caller fetched the reservation through access_reservation(…, "change").
    Raises: ReservationNotBegun, ReservationEnded, Stale, CalendarBusy.
    Emits: ReservationCheckedOut, CalendarChanged. Source: engine.md, "Meanings".
    """
    with acting(actor_id=viewer.user_id, command="check_out"):
        current = locked_for_change(reservation, expected_version, "check_out")
        now, agreed = clock.now(), TimeWindow.of(current.during)
        claimed_until = current.used_until or agreed.ends_at
        current.status = Status.COMPLETED
        current.used_from = current.used_from or min(agreed.starts_at, now)
        current.used_until = now
        current.version += 1
        current.save(update_fields=["status", "used_from", "used_until", "version"])
        functions.shorten_claims(current.pk, agreed_end=claimed_until, ended_at=now)
        publish(ReservationCheckedOut(current.pk, current.instrument_id, agreed.starts_at, now))
        announce(current.instrument_id, agreed, turnaround=current.turnaround_minutes)
    return current
