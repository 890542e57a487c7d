"""The verdict on moving a booking."""

from accounts.viewers import Viewer
from booking.reservations.models import Reservation
from booking.reservations.selectors.moving import context_of_move, verdict_on_operator
from booking.reservations.selectors.operators import OperatorChoice
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.windows import TimeWindow


def verdict_of_move(
    viewer: Viewer, reservation: Reservation, window: TimeWindow, operator: OperatorChoice = None
) -> Verdict:
    """What moving there would cost and which rules it breaks; the booking does not stand in its own way.

    operator: who shall run it there; None: whoever does now. Where it stays, nothing but that is judged.
    """
    if operator is not None and window == TimeWindow.of(reservation.during):
        return verdict_on_operator(viewer, reservation, operator)
    return verdict_on(context_of_move(viewer, reservation, window, operator))
