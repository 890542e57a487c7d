"""Refuse a request."""

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.events import ReservationDeclined
from booking.reservations.models import Reservation, Status
from core.errors import Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


class DeclineReasonRequired(Invalid):
    """Whoever asked is told why."""

    code = "reason_required"
    title = _("Give a reason: the person who asked reads it.")


@retried_when_busy
def decline_reservation(
    *, viewer: Viewer, reservation: Reservation, reason: str, expected_version: int | None = None
) -> Reservation:
    """End a request; its time is free again at once.

    The caller fetched the reservation through access_reservation(…, "manage").
    Raises: NotRequested, DeclineReasonRequired, Stale, CalendarBusy. Emits: ReservationDeclined, CalendarChanged.
    """
    why = reason.strip()
    if not why:
        raise DeclineReasonRequired
    with acting(actor_id=viewer.user_id, command="decline", reason=why):
        current = locked_for_change(reservation, expected_version, "decline")
        functions.release_claims(current.pk)
        current.status = Status.DECLINED
        current.ended_reason = why
        current.version += 1
        current.save(update_fields=["status", "ended_reason", "version"])
        window = TimeWindow.of(current.during)
        publish(ReservationDeclined(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        announce(current.instrument_id, window, turnaround=current.turnaround_minutes)
    return current
