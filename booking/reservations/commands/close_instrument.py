"""Close an instrument for a window: closure or maintenance."""

from dataclasses import replace

from django.db.models import QuerySet

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.pricing.quotes import hourly_quote
from booking.reservations.commands.editing import announce, lock_calendars
from booking.reservations.commands.refusing import refusal, told
from booking.reservations.commands.writing import write
from booking.reservations.errors import SlotTaken
from booking.reservations.events import InstrumentClosed
from booking.reservations.models import OCCUPYING, Kind, Reservation, Status
from booking.reservations.rules.registry import Context, evaluate
from booking.reservations.selectors.contexts import read_context
from core import history
from core.errors import Forbidden
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


def close_instrument(
    *, viewer: Viewer, instrument: Instrument, window: TimeWindow, reason: str, kind: Kind = Kind.CLOSURE
) -> int:
    """Take every place of an instrument out of use for a window; returns the closure's reservation id.

    Refused while bookings lie in the window; `affected_reservations` names them.
    Raises: Forbidden, SlotTaken, RuleViolations (window_valid), CalendarBusy.
    Emits: InstrumentClosed, CalendarChanged.
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    try:
        return _close(viewer, instrument, window, reason, kind)
    except SlotTaken as taken:
        raise told(taken, lambda: _context(viewer, instrument, window, kind)) from taken


@retried_when_busy
def _close(viewer: Viewer, instrument: Instrument, window: TimeWindow, reason: str, kind: Kind) -> int:
    lock_calendars([instrument.pk])
    context = _context(viewer, instrument, window, kind)
    if violations := evaluate(context):
        raise refusal(violations, (), context.zone)
    closure_id, revision = write(
        context,
        history=history.context(actor_id=viewer.user_id, command="close", reason=reason),
        status=Status.CONFIRMED,
        quote=hourly_quote(None, window, context.places),
        user_id=None,
        booked_by_id=viewer.user_id,
        purpose=reason[:200],
    )
    publish(InstrumentClosed(closure_id, instrument.pk, window.starts_at, window.ends_at))
    announce(instrument.pk, window, revision=revision, turnaround=context.turnaround_minutes)
    return closure_id


def _context(viewer: Viewer, instrument: Instrument, window: TimeWindow, kind: Kind) -> Context:
    """A closure takes every place."""
    context = read_context(viewer=viewer, instrument_id=instrument.pk, window=window, tier=Tier.INTERNAL, kind=kind)
    return replace(context, places=context.capacity)


def affected_reservations(instrument: Instrument, window: TimeWindow) -> "QuerySet[Reservation]":
    """Bookings and closures that occupy the instrument during a window, in order of time."""
    return (
        Reservation.objects.filter(
            claims__resource__instrument=instrument,
            claims__occupies__overlap=(window.starts_at, window.ends_at),
            status__in=OCCUPYING,
        )
        .select_related("user", "account")
        .distinct()
        .order_by("during", "pk")
    )
