"""Let a running use end later or earlier than agreed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import IntegrityError
from psycopg.types.range import TimestamptzRange

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Claim
from booking.pricing.quotes import hourly_quote
from booking.reservations.commands.editing import Subjects, announce, locked_for_change
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived
from booking.reservations.commands.writing import quote_document, taken_or
from booking.reservations.errors import EndInPast
from booking.reservations.events import ReservationEndMoved
from booking.reservations.models import Kind, Overrun, Reservation, Status
from booking.reservations.rules.registry import USES, Context, Taken, evaluate
from booking.reservations.selectors.moving import context_of_move
from booking.reservations.selectors.operators import newcomers
from booking.reservations.selectors.verdicts import Verdict
from core import clock
from core.events import publish
from core.history import acting, noted
from core.locks import retried_when_busy
from core.windows import TimeWindow

ABOUT_THE_START: Final = frozenset({"starts_in_future", "lead_time", "max_per_day", "max_per_day_enterprise"})
"""Rules that a use which has begun has passed."""


@retried_when_busy
def extend_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    ends_at: datetime,
    expected_version: int | None = None,
    waivers: Mapping[str, str] | None = None,
) -> Reservation:
    """Move the end of a running use. Later: into free time on its own place, all rules but those about the start
    checked again, priced anew. Earlier: the rest is free at once, `during` and price stay as agreed.

    The caller fetched the reservation through access_reservation(…, "change"). ends_at: aware UTC.
    Raises: EndInPast, InvalidWindow (before its start), RuleViolations, SlotTaken, WaiverRefused,
    ReservationNotBegun, ReservationEnded, Stale, CalendarBusy.
    Emits: ReservationEndMoved, CalendarChanged. Source: engine.md, "Tables" and "Meanings".
    """
    with acting(actor_id=viewer.user_id, command="extend"):
        whose = Subjects.of((reservation.user_id, reservation.account_id))
        current = locked_for_change(reservation, expected_version, "extend", subjects=whose)
        agreed = TimeWindow.of(current.during)
        if ends_at < clock.now():
            raise EndInPast
        window = TimeWindow(agreed.starts_at, ends_at)  # who came early and leaves before the start checks out
        if ends_at > (current.used_until or agreed.ends_at):
            _lengthen(viewer, current, window, waivers or {})
        else:
            _shorten(current, agreed, ends_at)
        publish(ReservationEndMoved(current.pk, current.instrument_id, agreed.starts_at, ends_at))
        reached = TimeWindow(agreed.starts_at, max(ends_at, agreed.ends_at))
        announce(current.instrument_id, agreed, reached, turnaround=current.turnaround_minutes)
    return current


def _shorten(current: Reservation, agreed: TimeWindow, ends_at: datetime) -> None:
    functions.shorten_claims(current.pk, agreed_end=current.used_until or agreed.ends_at, ended_at=ends_at)
    current.used_until = ends_at if ends_at < agreed.ends_at else None
    current.version += 1
    current.save(update_fields=["used_until", "version"])


def _lengthen(viewer: Viewer, current: Reservation, window: TimeWindow, waivers: Mapping[str, str]) -> None:
    reached = _verdict(viewer, current, window)
    given = refuse_unless_waived(viewer, reached, waivers)
    functions.release_claims(current.pk)
    try:
        functions.take_claims(current.pk, reached.context.claims, window, turns_around=True)
    except IntegrityError as error:
        raise taken_or(error) from error
    _save(current, reached)
    Overrun.objects.filter(reservation=current).delete()
    keep_waivers(viewer, current, given)


def _save(current: Reservation, reached: Verdict) -> None:
    """Up to what was agreed before, nothing new is agreed."""
    window, agreed = reached.context.window, TimeWindow.of(current.during)
    current.used_until = window.ends_at if window.ends_at < agreed.ends_at else None
    if window.ends_at > agreed.ends_at:
        current.during = TimestamptzRange(window.starts_at, window.ends_at)
        current.turnaround_minutes = reached.context.turnaround_minutes
        current.quote, current.total_fen = quote_document(reached.quote), reached.quote.total_fen
    current.version += 1
    with noted(run_by=newcomers(reached.context)):
        current.save(update_fields=["during", "turnaround_minutes", "used_until", "quote", "total_fen", "version"])


def _verdict(viewer: Viewer, current: Reservation, window: TimeWindow) -> Verdict:
    context = _on_its_own_places(current, context_of_move(viewer, current, window))
    violations = tuple(broken for broken in evaluate(context) if broken.code not in ABOUT_THE_START)
    hourly_fen = context.hourly_fen if context.kind in USES else None
    return Verdict(context, hourly_quote(hourly_fen, window, context.places), violations, ())


def _on_its_own_places(current: Reservation, context: Context) -> Context:
    """Whoever is there can't change places: those it does not have are as good as taken.

    What the instrument has come to need since it was booked is taken with the longer time.
    """
    own = set(Claim.objects.filter(reservation=current).values_list("resource_id", "place"))
    others = (
        Taken(place, context.window, Kind.USE, Status.IN_USE)
        for place in range(1, context.capacity + 1)
        if (context.resource_id, place) not in own
    )
    kept = {need.slot for need in context.needs if (need.resource_id, need.place) in own}
    needs = tuple(need for need in context.needs if need.slot not in kept or (need.resource_id, need.place) in own)
    return replace(context, taken=(*context.taken, *others), needs=needs, absent_operators=())
