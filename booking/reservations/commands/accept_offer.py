"""Book what the waiting list offers."""

from accounts.viewers import Viewer
from booking.intake.answers import Filled
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.decline_offer import offered
from booking.reservations.errors import HoldLapsed, OfferGone, ReservationEnded, ReservationRunning
from booking.reservations.models import Reservation, WaitlistEntry
from core.windows import TimeWindow


def accept_offer(
    *,
    viewer: Viewer,
    entry: WaitlistEntry,
    purpose: str = "",
    note: str = "",
    filled: Filled | None = None,
) -> Reservation:
    """Turn the hold into a booking; its entry is taken. A refused one leaves the offer as it was.

    What the booking form asks is answered here and not when joining: while somebody waits, the form may change and
    an upload be forgotten; the offer keeps the time while it is filled in.

    The caller fetched it through access_entry(…, "answer").
    Raises: OfferGone (lapsed, answered already), AnswersInvalid, AccessModeNotOffered, RuleViolations, SlotTaken,
    Forbidden, CalendarBusy.
    Emits: what confirm_hold emits.
    """
    hold = offered(entry, "accept")
    wanted = Wanted(
        purpose=purpose, note=note, places=entry.places, account_id=entry.account_id, filled=filled or Filled()
    )
    try:
        return confirm_hold(viewer=viewer, hold=hold, window=TimeWindow.of(hold.during), wanted=wanted)
    except (HoldLapsed, ReservationEnded, ReservationRunning) as gone:
        raise OfferGone from gone
