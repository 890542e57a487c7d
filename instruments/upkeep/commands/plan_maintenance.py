from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from core import clock, events, history
from core.errors import Forbidden
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.upkeep.errors import PlanInvalid
from instruments.upkeep.events import MaintenancePlanned
from instruments.upkeep.models import MaintenancePlan, Unit

MOST_DATES = 60
LONGEST_MINUTES = 7 * 1440
_MOST = {Unit.WEEKS.value: 104, Unit.MONTHS.value: 24}


@dataclass(frozen=True, slots=True)
class Wanted:
    """When maintenance comes: either every so many weeks or months from first_on on, or on dates. Local dates."""

    starts: time
    minutes: int
    every: int | None = None
    unit: str = ""
    first_on: date | None = None
    dates: Sequence[date] = ()


def plan_maintenance(
    *, viewer: Viewer, instrument: Instrument, wanted: Wanted, note: str, calibration_due_on: date | None = None
) -> MaintenancePlan:
    """Plan maintenance that comes again; what follows for the calendar is others' business.

    Raises: Forbidden, PlanInvalid. Emits: MaintenancePlanned.
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    today = clock.today(zone(instrument.institution.zone))
    dates = _checked(wanted, note.strip(), today)
    acting = history.acting(actor_id=viewer.user_id, command="plan_maintenance", reason=note.strip())
    with transaction.atomic(), acting:
        plan = MaintenancePlan.objects.create(
            instrument=instrument,
            every=wanted.every,
            unit=wanted.unit,
            first_on=wanted.first_on,
            dates=dates,
            starts=wanted.starts,
            minutes=wanted.minutes,
            note=note.strip(),
            calibration_due_on=calibration_due_on,
            planned_by_id=viewer.person_id,
        )
        events.publish(MaintenancePlanned(plan.pk, instrument.pk))
    return plan


def _checked(wanted: Wanted, note: str, today: date) -> list[date]:
    """The dates in order, each once. Raises: PlanInvalid."""
    if not 0 < len(note) <= 200:
        raise PlanInvalid(_("Say what is done, in at most 200 characters."))
    if not 0 < wanted.minutes <= LONGEST_MINUTES or wanted.starts.tzinfo:
        raise PlanInvalid(_("Give a time of day without an offset and a length of at most seven days."))
    dates = sorted(set(wanted.dates))
    if bool(dates) == (wanted.every is not None):
        raise PlanInvalid(_("Say either how often or on which dates."))
    if len(dates) > MOST_DATES or any(on < today for on in dates):
        raise PlanInvalid(_("Give at most 60 dates, none of them past."))
    _check_repeat(wanted, today)
    return dates


def _check_repeat(wanted: Wanted, today: date) -> None:
    if wanted.every is None:
        if wanted.unit or wanted.first_on:
            raise PlanInvalid(_("Say either how often or on which dates."))
        return
    if not 1 <= wanted.every <= _MOST.get(wanted.unit, 0):
        raise PlanInvalid(_("Every 1 to 104 weeks, or every 1 to 24 months."))
    if wanted.first_on is None or wanted.first_on < today:
        raise PlanInvalid(_("Say on which day it comes first, today or later."))
