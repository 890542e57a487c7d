"""The verdict on moving a booking."""

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.models import Reservation
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.windows import TimeWindow


def verdict_of_move(viewer: Viewer, reservation: Reservation, window: TimeWindow) -> Verdict:
    """What moving there would cost and which rules it breaks; the booking does not stand in its own way."""
    return verdict_on(
        read_context(
            viewer=viewer,
            instrument_id=reservation.instrument_id,
            window=window,
            tier=Tier(reservation.tier),
            kind=reservation.kind,
            places=reservation.places,
            user_id=reservation.user_id,
            account_id=reservation.account_id,
            operating_id=reservation.booked_by_id,
            excluding=reservation.pk,
        )
    )
