"""Close an instrument again and again."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.calendars import recurrence
from booking.calendars.recurrence import Rhythm
from booking.reservations.commands.place_closures import place_closures_of
from booking.reservations.models import Kind, RepeatingClosure
from booking.reservations.selectors.closures import Coming, coming_windows, in_the_way_of
from core.errors import Forbidden, Invalid
from core.history import acting
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.upkeep.models import MaintenancePlan


def repeat_closure(
    *,
    viewer: Viewer,
    instrument: Instrument,
    rhythm: Rhythm,
    reason: str,
    kind: Kind = Kind.CLOSURE,
    plan: MaintenancePlan | None = None,
) -> RepeatingClosure:
    """Enter a closure that comes again, and all its occurrences in the booking horizon that are free.

    Those over bookings wait, listed by `waiting_occurrences`. plan: the maintenance plan that it follows.
    Raises: Forbidden, Invalid (no reason). Emits: what place_closures_of emits.
    """
    if not viewer.staffs(instrument.institution_id) and plan is None:
        raise Forbidden
    if not 0 < len(reason.strip()) <= 200:
        raise Invalid
    with transaction.atomic(), acting(actor_id=viewer.user_id, command="repeat_closure", reason=reason.strip()):
        made = RepeatingClosure.objects.create(
            instrument=instrument,
            kind=kind,
            reason=reason.strip(),
            calendar_id=recurrence.store_rhythm(rhythm, zone(instrument.institution.zone)).pk,
            plan=plan,
            made_by_id=viewer.person_id,
            **_shown(rhythm),
        )
    place_closures_of(made.pk)
    return made


def repeat_plan(*, viewer: Viewer, instrument: Instrument, rhythm: Rhythm) -> list[Coming]:
    """When it would come within the booking horizon, and what lies in its way; nothing stays written.

    It is expanded by what would enter it, so that both say the same over every clock change. Raises: Forbidden.
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    tz = zone(instrument.institution.zone)
    with transaction.atomic():
        windows = coming_windows(recurrence.store_rhythm(rhythm, tz), tz)
        transaction.set_rollback(True)
    return in_the_way_of(instrument, windows)


def _shown(rhythm: Rhythm) -> dict[str, object]:
    """What pages say about when it comes, without reading the pattern."""
    return {
        "every": rhythm.every or None,
        "unit": rhythm.unit,
        "first_on": rhythm.first_on or rhythm.dates[0],
        "starts": rhythm.start,
        "minutes": rhythm.minutes,
        "until": rhythm.until,
    }
