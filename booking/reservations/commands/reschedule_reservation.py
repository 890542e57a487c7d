"""Move a reservation to another window."""

from collections.abc import Mapping
from dataclasses import asdict

from django.db import IntegrityError
from psycopg.types.range import TimestamptzRange

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.pricing.quotes import Quote
from booking.reservations.commands.book import refuse_unless_waived, taken_or, told
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationRescheduled
from booking.reservations.models import Reservation, Waiver
from booking.reservations.rules.registry import USES, Context
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.verdicts import verdict_on
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


def reschedule_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    window: TimeWindow,
    expected_version: int | None = None,
    waivers: Mapping[str, str] | None = None,
) -> Reservation:
    """Move it in place (same id); all rules are checked on the new window, its own claim does not hinder it.

    window: half-open, aware UTC. The tier stays the beneficiary's; the price is quoted anew.
    Raises: RuleViolations, SlotTaken, WaiverRefused, ReservationEnded, Stale, CalendarBusy.
    Emits: ReservationRescheduled, CalendarChanged (the hull of old and new window).
    """
    try:
        return _reschedule(viewer, reservation, window, expected_version, waivers or {})
    except SlotTaken as taken:
        raise told(taken, lambda: _context(viewer, reservation, window)) from taken


@retried_when_busy
def _reschedule(
    viewer: Viewer,
    reservation: Reservation,
    window: TimeWindow,
    expected_version: int | None,
    waivers: Mapping[str, str],
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="reschedule"):
        current = locked_for_change(reservation, expected_version)
        context = _context(viewer, current, window)
        reached = verdict_on(context)
        given = refuse_unless_waived(viewer, reached, waivers)
        before = TimeWindow.of(current.during)
        _move(current, context, reached.quote)
        for code, reason in given.items():
            Waiver.objects.update_or_create(
                reservation=current, code=code, defaults={"reason": reason, "by_id": viewer.person_id}
            )
        publish(ReservationRescheduled(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        publish(_changed(current.instrument_id, before, window))
    return current


def _context(viewer: Viewer, current: Reservation, window: TimeWindow) -> Context:
    return read_context(
        viewer=viewer,
        instrument_id=current.instrument_id,
        window=window,
        tier=Tier(current.tier),
        kind=current.kind,
        places=current.places,
        user_id=current.user_id,
        excluding=current.pk,
    )


def _move(current: Reservation, context: Context, quote: Quote) -> None:
    functions.release_claims(current.pk)
    claims = [(context.resource_id, place) for place in context.free_places[: current.places]]
    try:
        functions.take_claims(current.pk, claims, context.window, turns_around=current.kind in USES)
    except IntegrityError as error:
        raise taken_or(error) from error
    current.during = TimestamptzRange(context.window.starts_at, context.window.ends_at)
    current.turnaround_minutes = context.turnaround_minutes if current.kind in USES else 0
    current.quote = {"lines": [asdict(line) for line in quote.lines]}
    current.total_fen = quote.total_fen
    current.version += 1
    current.save(update_fields=["during", "turnaround_minutes", "quote", "total_fen", "version"])


def _changed(instrument_id: int, before: TimeWindow, after: TimeWindow) -> CalendarChanged:
    return CalendarChanged(
        instrument_id,
        functions.revision_of(instrument_id),
        min(before.starts_at, after.starts_at),
        max(before.ends_at, after.ends_at),
    )
