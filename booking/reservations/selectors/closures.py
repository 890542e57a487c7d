"""Closures and maintenance of one instrument, and what lies in their way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from accounts.viewers import Viewer
from booking.calendars import recurrence
from booking.calendars.models import LONGEST_BOOKING_WINDOW_DAYS, Claim
from booking.calendars.recurrence import Pattern
from booking.reservations.models import OCCUPYING, ClosureOccurrence, Kind, RepeatingClosure, Reservation
from booking.reservations.selectors.lists import LIVE
from core import clock
from core.errors import Forbidden, NotFound, NotSignedIn
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


def coming_closures(instrument: Instrument) -> "QuerySet[Reservation]":
    """Those that are not over, soonest first, with who entered them."""
    return (
        Reservation.objects.filter(
            instrument=instrument,
            kind__in=(Kind.CLOSURE, Kind.MAINTENANCE),
            status__in=LIVE,
            during__endswith__gt=clock.now(),
        )
        .select_related("booked_by")
        .order_by("during", "pk")
    )


def affected_reservations(instrument: Instrument, window: TimeWindow) -> "QuerySet[Reservation]":
    """Bookings and closures that occupy the instrument during a window, in order of time."""
    claims = Claim.objects.filter(
        reservation=OuterRef("pk"),
        resource__instrument=instrument,
        occupies__overlap=(window.starts_at, window.ends_at),
    )
    return (
        Reservation.objects.filter(Exists(claims), status__in=OCCUPYING)
        .select_related("instrument__institution", "user", "booked_by", "account")
        .order_by("during", "pk")
    )


def coming_windows(calendar: Pattern, zone: ZoneInfo) -> list[TimeWindow]:
    """When a repeating closure comes between now and the booking horizon, on the wall clock of the zone."""
    today = clock.today(zone)
    days = (today, today + timedelta(days=LONGEST_BOOKING_WINDOW_DAYS))
    found = recurrence.rhythm_windows(calendar, zone, days)
    return [window for window in found if window.starts_at > clock.now()]


@dataclass(frozen=True, slots=True)
class Coming:
    """One time at which a closure would come, and what lies in its way then: bookings and other closures."""

    window: TimeWindow
    affected: tuple[Reservation, ...] = ()


def in_the_way_of(instrument: Instrument, windows: Sequence[TimeWindow]) -> list[Coming]:
    """Each of these windows, soonest first, with what occupies the instrument then. One query for all of them."""
    if not windows:
        return []
    claims = Claim.objects.filter(
        resource__instrument=instrument,
        reservation__isnull=False,
        occupies__overlap=(windows[0].starts_at, max(window.ends_at for window in windows)),
    ).select_related("reservation__user", "reservation__account", "reservation__booked_by")
    held = [(TimeWindow.of(claim.occupies), claim.reservation) for claim in claims]
    return [
        Coming(window, _in_order(by for span, by in held if by is not None and span.overlaps(window)))
        for window in windows
    ]


def _in_order(found: Iterable[Reservation]) -> tuple[Reservation, ...]:
    """Once each, also where several places are taken."""
    once = {each.pk: each for each in found}
    return tuple(sorted(once.values(), key=lambda each: (each.during.lower, each.pk)))


def repeating_closures(instrument: Instrument) -> "QuerySet[RepeatingClosure]":
    """Those in force, oldest first, with who made them."""
    found = RepeatingClosure.objects.filter(instrument=instrument, withdrawn_at__isnull=True)
    return found.select_related("made_by").order_by("pk")


def waiting_occurrences(instrument: Instrument) -> "QuerySet[ClosureOccurrence]":
    """Occurrences of repeating closures that bookings keep from being entered, soonest first."""
    return _waiting().filter(repeating__instrument=instrument)


def waiting_at(institution_id: int) -> "QuerySet[ClosureOccurrence]":
    """The same for all instruments of an institution."""
    return _waiting().filter(repeating__instrument__institution=institution_id)


def _waiting() -> "QuerySet[ClosureOccurrence]":
    waiting = ClosureOccurrence.objects.filter(closure__isnull=True, is_skipped=False)
    waiting = waiting.filter(original_start__gt=clock.now(), repeating__withdrawn_at__isnull=True)
    return waiting.select_related("repeating__instrument__institution").order_by("original_start", "pk")


def access_repeating_closure(viewer: Viewer, repeating_id: int) -> RepeatingClosure:
    """One in force, for staff. Raises: NotSignedIn, NotFound, Forbidden."""
    found = RepeatingClosure.objects.filter(withdrawn_at__isnull=True).select_related("instrument__institution")
    repeating = found.filter(pk=min(repeating_id, 2**63 - 1)).first()
    _require_staff(viewer, repeating.instrument.institution_id if repeating else None)
    assert repeating is not None
    return repeating


def access_occurrence(viewer: Viewer, occurrence_id: int) -> ClosureOccurrence:
    """One that waits, for staff. Raises: NotSignedIn, NotFound, Forbidden."""
    occurrence = _waiting().filter(pk=min(occurrence_id, 2**63 - 1)).first()
    _require_staff(viewer, occurrence.repeating.instrument.institution_id if occurrence else None)
    assert occurrence is not None
    return occurrence


def _require_staff(viewer: Viewer, institution_id: int | None) -> None:
    if viewer.is_anonymous:
        raise NotSignedIn
    if institution_id is None:
        raise NotFound
    if not viewer.staffs(institution_id):
        raise Forbidden
