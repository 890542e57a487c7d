"""Plan a training whose time is booked."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from psycopg.types.range import TimestamptzRange

from accounts.viewers import Viewer
from core.errors import Forbidden
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.errors import QualificationInvalid
from instruments.qualifications.models import Level, TrainingSession

MOST_SEATS: Final = 200
MOST_VALID_DAYS: Final = 36_500


def plan_training(
    *,
    viewer: Viewer,
    instrument: Instrument,
    reservation_id: int,
    window: TimeWindow,
    level: Level,
    seats: int,
    for_group: bool = False,
    valid_days: int | None = None,
    note: str = "",
) -> TrainingSession:
    """Write down the training that a reservation was made for; runs in the transaction that made it.

    The viewer is the trainer. window: the reservation's. for_group: it grants for the instrument's whole group.
    Raises: Forbidden, QualificationInvalid.
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    if for_group and instrument.group_id is None:
        raise QualificationInvalid(_("The instrument belongs to no group."))
    if not 1 <= seats <= MOST_SEATS:
        raise QualificationInvalid(_("A training has from 1 to %(most)d seats.") % {"most": MOST_SEATS})
    if valid_days is not None and not 1 <= valid_days <= MOST_VALID_DAYS:
        raise QualificationInvalid(_("What it grants holds from 1 to %(most)d days.") % {"most": MOST_VALID_DAYS})
    return TrainingSession.objects.create(
        instrument_id=instrument.pk,
        group_id=instrument.group_id if for_group else None,
        trainer_id=viewer.person_id,
        reservation=reservation_id,
        during=TimestamptzRange(window.starts_at, window.ends_at),
        seats=seats,
        level=level,
        valid_days=valid_days,
        note=note.strip(),
    )
