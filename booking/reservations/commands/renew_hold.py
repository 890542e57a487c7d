"""Keep a held window once more."""

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.commands.hold_window import HOLD_LASTS
from booking.reservations.events import ReservationHeld
from booking.reservations.models import Reservation, WaitlistEntry
from core import clock
from core.errors import Conflict
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


class RenewedAlready(Conflict):
    """A hold can be renewed once, an offer of the waiting list never."""

    code = "hold_renewed_already"
    title = _("This window was kept once more already. Book it now, or choose again.")


@retried_when_busy
def renew_hold(*, viewer: Viewer, hold: Reservation) -> Reservation:
    """Let it lapse HOLD_LASTS from now instead; once.

    The caller fetched it through access_hold. Raises: ReservationEnded, RenewedAlready, CalendarBusy.
    Emits: ReservationHeld. Source: engine.md, "Meanings".
    """
    with acting(actor_id=viewer.user_id, command="renew"):
        current = locked_for_change(hold, None, "renew")
        if _renewed(current) or WaitlistEntry.objects.filter(offer=current).exists():
            raise RenewedAlready
        current.hold_expires_at = clock.now() + HOLD_LASTS
        current.version += 1
        current.save(update_fields=["hold_expires_at", "version"])
        window = TimeWindow.of(current.during)
        publish(
            ReservationHeld(
                current.pk, current.instrument_id, window.starts_at, window.ends_at, current.hold_expires_at
            )
        )
    return current


def _renewed(hold: Reservation) -> bool:
    """A hold that was renewed lasts longer than one from its beginning does."""
    return hold.hold_expires_at is None or hold.hold_expires_at > hold.created_at + HOLD_LASTS
