"""Close an instrument for a window: closure or maintenance."""

from dataclasses import replace

from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.book import refusal, write
from booking.reservations.events import InstrumentClosed
from booking.reservations.models import OCCUPYING, Kind, Reservation, Status
from booking.reservations.rules.registry import Context, evaluate
from booking.reservations.selectors.contexts import read_context
from core import clock, history
from core.errors import Forbidden
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


@retried_when_busy
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
    functions.lock_instruments([instrument.pk])
    context = read_context(viewer=viewer, instrument_id=instrument.pk, window=window, tier=Tier.INTERNAL, kind=kind)
    context = _all_places(context)
    if violations := evaluate(context):
        raise refusal(violations, (), context.zone)
    closure_id, revision = _write(viewer, context, kind, reason)
    publish(InstrumentClosed(closure_id, instrument.pk, window.starts_at, window.ends_at))
    publish(CalendarChanged(instrument.pk, revision, window.starts_at, window.ends_at))
    return closure_id


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


def _all_places(context: Context) -> Context:
    return replace(context, places=context.capacity)


def _write(viewer: Viewer, context: Context, kind: Kind, reason: str) -> tuple[int, int]:
    history_id, metadata = history.context(actor_id=viewer.user_id, command="close", reason=reason)
    return write(
        {
            "history_id": history_id,
            "history": metadata,
            "instrument": context.instrument_id,
            "resources": [context.resource_id] * context.capacity,
            "claim_places": list(range(1, context.capacity + 1)),
            "kind": kind.value,
            "status": Status.CONFIRMED.value,
            "starts_at": context.window.starts_at,
            "ends_at": context.window.ends_at,
            "turnaround": 0,
            "places": context.capacity,
            "user": None,
            "booked_by": viewer.user_id,
            "account": None,
            "tier": Tier.INTERNAL.value,
            "purpose": reason[:200],
            "note": "",
            "quote": Jsonb({}),
            "total_fen": 0,
            "now": clock.now(),
        }
    )
