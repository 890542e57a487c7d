"""What follows from a change of a reservation in this room, as jobs in the same transaction."""

from booking.reservations.events import ReservationHeld, ReservationRequested
from booking.reservations.tasks import expire_hold
from core.events import subscribe


@subscribe(ReservationHeld)
def expire_at_its_time(event: ReservationHeld) -> None:
    """A job for the moment at which the hold lapses; if it was confirmed by then, the job finds nothing."""
    expire_hold.configure(schedule_at=event.expires_at).defer(instrument_id=event.instrument_id)


@subscribe(ReservationRequested)
def expire_undecided(event: ReservationRequested) -> None:
    """The same for a request that nobody decides."""
    expire_hold.configure(schedule_at=event.expires_at).defer(instrument_id=event.instrument_id)
