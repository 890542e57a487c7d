"""Give back what the waiting list offers, so that the next person gets it."""

from accounts.viewers import Viewer
from booking.reservations.commands.let_go import let_go
from booking.reservations.errors import HoldLapsed, OfferGone, ReservationEnded, ReservationRunning
from booking.reservations.models import Reservation, WaitlistEntry
from booking.reservations.waitlist_states import allows


def decline_offer(*, viewer: Viewer, entry: WaitlistEntry) -> WaitlistEntry:
    """The time is free again and goes to the next. Who wanted any such time keeps waiting for another.

    The caller fetched it through access_entry(…, "answer"). Raises: OfferGone, CalendarBusy.
    Emits: what let_go emits. Source: domain.md, "Waitlist"; what becomes of the entry: sql/waitlist.sql.
    """
    hold = offered(entry, "decline")
    try:
        let_go(viewer=viewer, hold=hold)
    except (HoldLapsed, ReservationEnded, ReservationRunning) as gone:
        raise OfferGone from gone
    entry.refresh_from_db()
    return entry


def offered(entry: WaitlistEntry, command: str) -> Reservation:
    """The held reservation of an entry that is being offered. Raises: OfferGone."""
    if entry.offer is None or not allows(command, entry.status):
        raise OfferGone(waitlist_status=entry.status)
    return entry.offer
