"""End a repeating closure."""

from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import RepeatingClosure, Reservation, Status
from core import clock
from core.history import acting
from core.locks import retried_when_busy


@retried_when_busy
def withdraw_repeating_closure(*, viewer: Viewer, repeating: RepeatingClosure) -> None:
    """It comes no more: what was entered for the time to come is lifted, what runs stays. Idempotent.

    The caller fetched it through access_repeating_closure, or follows a plan that was withdrawn.
    Raises: CalendarBusy. Emits: ReservationCancelled, CalendarChanged.
    """
    lock_calendars([repeating.instrument_id])
    current = RepeatingClosure.objects.select_for_update().get(pk=repeating.pk)
    if current.withdrawn_at is not None:
        return
    with acting(actor_id=viewer.user_id, command="withdraw_repeating_closure"):
        current.withdrawn_at = clock.now()
        current.save(update_fields=["withdrawn_at"])
        current.occurrences.filter(closure__isnull=True).delete()
    coming = Reservation.objects.filter(
        closure_occurrence__repeating=current, status=Status.CONFIRMED, during__startswith__gt=clock.now()
    )
    for closure in coming.order_by("pk"):
        cancel_reservation(viewer=viewer, reservation=closure, reason=_("It no longer repeats."))
