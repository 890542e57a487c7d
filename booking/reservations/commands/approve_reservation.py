"""Agree to a request."""

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Resource
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.events import ReservationApproved
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.access import may_approve
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


class OwnRequest(Forbidden):
    """Who asks for a booking does not decide on it, unless they administer the institution."""

    code = "own_request"
    title = _("Somebody else has to decide on your own request.")


@retried_when_busy
def approve_reservation(
    *, viewer: Viewer, reservation: Reservation, reason: str = "", expected_version: int | None = None
) -> Reservation:
    """Make a request a booking; its place was taken all along.

    The caller fetched the reservation through access_reservation(…, "manage"). reason: what the applicant may read.
    Raises: NotRequested, OwnRequest, Stale, CalendarBusy. Emits: ReservationApproved, CalendarChanged.
    """
    with acting(actor_id=viewer.user_id, command="approve", reason=reason.strip()):
        current = locked_for_change(reservation, expected_version, "approve")
        if not may_approve(viewer, current):
            raise OwnRequest
        current.status = Status.CONFIRMED
        current.request_expires_at = None
        current.version += 1
        current.save(update_fields=["status", "request_expires_at", "version"])
        window = TimeWindow.of(current.during)
        publish(ReservationApproved(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        calendar = Resource.objects.values_list("pk", flat=True).get(instrument_id=current.instrument_id)
        announce(current.instrument_id, window, revision=functions.revise(calendar))
    return current
