"""Hold a training: book its time and plan it, or neither."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.commands.editing import Subjects, announce, lock_calendars
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived, told
from booking.reservations.commands.writing import write
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationBooked
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.verdicts import verdict_on
from core import history
from core.errors import Forbidden
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.commands.plan_training import plan_training
from instruments.qualifications.models import Level, TrainingSession


@dataclass(frozen=True, slots=True)
class Training:
    """What is taught: the level it grants, to how many, for how many days (None: without end)."""

    level: Level
    seats: int
    for_group: bool = False
    valid_days: int | None = None
    note: str = ""


def hold_training(
    *,
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    training: Training,
    waivers: Mapping[str, str] | None = None,
) -> TrainingSession:
    """Book time of kind training, which costs nothing, and open the training's seats; the viewer is the trainer.

    window: half-open, aware UTC. waivers: reason by code of the rules to let pass.
    Raises: Forbidden, QualificationInvalid, RuleViolations, SlotTaken, WaiverRefused, CalendarBusy.
    Emits: ReservationBooked, CalendarChanged.
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    try:
        return _hold(viewer, instrument, window, training, waivers or {})
    except SlotTaken as taken:
        raise told(taken, lambda: _context(viewer, instrument, window)) from taken


@retried_when_busy
def _hold(
    viewer: Viewer, instrument: Instrument, window: TimeWindow, training: Training, waivers: Mapping[str, str]
) -> TrainingSession:
    lock_calendars([instrument.pk], subjects=Subjects.of((viewer.user_id, None)))
    context = _context(viewer, instrument, window)
    given = refuse_unless_waived(viewer, verdict_on(context), waivers)
    reservation_id = _booked(viewer, context, training.note, given)
    session = plan_training(
        viewer=viewer,
        instrument=instrument,
        reservation_id=reservation_id,
        window=window,
        level=training.level,
        seats=training.seats,
        for_group=training.for_group,
        valid_days=training.valid_days,
        note=training.note,
    )
    publish(ReservationBooked(reservation_id, instrument.pk, window.starts_at, window.ends_at))
    announce(instrument.pk, window, turnaround=context.turnaround_minutes)
    return session


def _context(viewer: Viewer, instrument: Instrument, window: TimeWindow) -> Context:
    """As for a booking by the trainer, without a price."""
    context = read_context(
        viewer=viewer,
        instrument_id=instrument.pk,
        window=window,
        tier=Tier.INTERNAL,
        kind=Kind.TRAINING,
        user_id=viewer.user_id,
    )
    return replace(context, hourly_fen=None)


def _booked(viewer: Viewer, context: Context, note: str, waivers: Mapping[str, str]) -> int:
    reservation_id, _revision = write(
        context,
        history=history.context(actor_id=viewer.user_id, command="book", waivers=dict(waivers)),
        status=Status.CONFIRMED,
        quote=verdict_on(context).quote,
        user_id=viewer.user_id,
        booked_by_id=viewer.user_id,
        purpose=note[:200],
    )
    keep_waivers(viewer, Reservation(pk=reservation_id), waivers)
    return reservation_id
