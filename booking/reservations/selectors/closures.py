"""Closures and maintenance of one instrument, and what lies in their way."""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.viewers import Viewer
from booking.calendars.models import Claim
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
