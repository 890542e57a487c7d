"""Change holidays, and tell which bookings that leaves outside the opening hours."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.set_holidays import Changed, set_holidays
from booking.calendars.holiday_tables import Day
from booking.reservations.selectors.displaced import Displaced, displaced_at


@dataclass(frozen=True, slots=True)
class HolidayPlan:
    """What changing holidays does, or would do. affected: bookings that lose their hours by it, soonest first."""

    changed: Changed
    affected: list[Displaced]


def change_holidays(
    *,
    viewer: Viewer | None,
    days: Sequence[Day],
    country: str = "",
    institution: Institution | None = None,
    is_dry_run: bool = False,
) -> HolidayPlan:
    """Change days of a country or an institution; the bookings it affects stay valid and are told.

    They are then listed among those that need re-planning, with the same ways out as under a closure. is_dry_run:
    nothing is written. Raises: Forbidden, CalendarBusy. Emits: HolidaysChanged.
    """
    with transaction.atomic():
        concerned = [institution.pk] if institution else _observing(country)
        before = {each.reservation.pk for key in concerned for each in displaced_at(key)}
        changed = set_holidays(viewer=viewer, days=days, country=country, institution=institution)
        after = [each for key in concerned for each in displaced_at(key)]
        if is_dry_run:
            transaction.set_rollback(True)
    affected = [each for each in after if each.reservation.pk not in before]
    return HolidayPlan(
        changed, sorted(affected, key=lambda each: (each.reservation.during.lower, each.reservation.pk))
    )


def _observing(country: str) -> list[int]:
    """The institutions with opening hours, at any level, that observe a country's holidays."""
    found = Institution.objects.filter(
        Q(opening_profiles__holidays=country)
        | Q(groups__opening_profiles__holidays=country)
        | Q(instruments__opening_profiles__holidays=country)
    )
    return sorted(set(found.values_list("pk", flat=True)))
