"""What follows from a change of a reservation in this room, as jobs in the same transaction."""

from typing import Final

from booking.calendars.events import CalendarChanged
from booking.conduct.models import Reason
from booking.reservations.events import (
    InstrumentReopened,
    OverrunEnded,
    PolicyChanged,
    ReservationCancelled,
    ReservationCheckedOut,
    ReservationCutShort,
    ReservationDeclined,
    ReservationEndMoved,
    ReservationEvent,
    ReservationExpired,
    ReservationHeld,
    ReservationNoShow,
    ReservationRequested,
    ReservationRescheduled,
)
from booking.reservations.rules.registry import all_rules
from booking.reservations.selectors.check_ins import is_overrun
from booking.reservations.selectors.waitlist import waited_for
from booking.reservations.tasks import (
    expire_hold,
    follow_faults,
    follow_plan,
    follow_training,
    judge,
    offer_time,
    revise_after_policy,
)
from core.events import subscribe
from instruments.upkeep.events import FaultReported, FaultResolved, MaintenancePlanned, MaintenancePlanWithdrawn

FREED: Final[tuple[type[ReservationEvent], ...]] = (
    ReservationCancelled,
    ReservationDeclined,
    ReservationExpired,
    ReservationNoShow,
)
"""The event's window is free again."""

FREED_ELSEWHERE: Final[tuple[type[ReservationEvent], ...]] = (
    ReservationRescheduled,
    ReservationCutShort,
    ReservationCheckedOut,
    ReservationEndMoved,
    InstrumentReopened,
)
"""Time became free, but not, or not only, in the event's window."""


@subscribe(ReservationHeld)
def expire_at_its_time(event: ReservationHeld) -> None:
    """A job for the moment at which the hold lapses; if it was confirmed by then, the job finds nothing."""
    expire_hold.configure(schedule_at=event.expires_at).defer(instrument_id=event.instrument_id)


@subscribe(ReservationRequested)
def expire_undecided(event: ReservationRequested) -> None:
    """The same for a request that nobody decides."""
    expire_hold.configure(schedule_at=event.expires_at).defer(instrument_id=event.instrument_id)


def offer_its_time(event: ReservationEvent) -> None:
    """The window is free: whoever waits for time in it is asked."""
    _offer(event.instrument_id, event.starts_at.isoformat(), event.ends_at.isoformat())


def offer_what_is_free(event: ReservationEvent) -> None:
    """Time is free that the event's window does not name."""
    _offer(event.instrument_id)


@subscribe(CalendarChanged)
def offer_what_is_bookable(event: CalendarChanged) -> None:
    """More hours or places, less turnaround, other rules: time may be bookable that was not."""
    if event.redrawn:
        _offer(event.instrument_id)


def _offer(instrument_id: int, since: str = "", until: str = "") -> None:
    """Jobs for the instrument and for those that share something with it, where somebody waits."""
    for waited in waited_for(instrument_id):
        offer_time.defer(instrument_id=waited, since=since, until=until)


for _kind in FREED:
    subscribe(_kind)(offer_its_time)
for _kind in FREED_ELSEWHERE:
    subscribe(_kind)(offer_what_is_free)


@subscribe(ReservationNoShow)
def judge_no_show(event: ReservationNoShow) -> None:
    """A job that lowers the credit, and one that calls a training off."""
    _judge(event, Reason.NO_SHOW)
    follow_training.defer(reservation_id=event.reservation_id)


def judge_overrun(event: ReservationEvent) -> None:
    """A job that lowers the credit of who stayed past the end; not while it runs, as it may yet be extended."""
    if is_overrun(event.reservation_id):
        _judge(event, Reason.OVERRUN)


subscribe(OverrunEnded)(judge_overrun)
subscribe(ReservationCheckedOut)(judge_overrun)


@subscribe(ReservationCancelled)
def judge_cancelling(event: ReservationCancelled) -> None:
    """A job that lowers the credit if it was late, and one that calls a training off."""
    _judge(event, Reason.LATE_CANCEL)
    follow_training.defer(reservation_id=event.reservation_id)


@subscribe(ReservationRescheduled)
def judge_moving(event: ReservationRescheduled) -> None:
    """Moving to later may be as late as cancelling; a training moves with its reservation."""
    _judge(event, Reason.LATE_CANCEL)
    follow_training.defer(reservation_id=event.reservation_id)


def _judge(event: ReservationEvent, reason: Reason) -> None:
    judge.defer(reservation_id=event.reservation_id, reason=reason.value)


@subscribe(FaultReported)
def suspend_faulty(event: FaultReported) -> None:
    """A fault that suspends takes the instrument out of service."""
    if event.suspends:
        follow_faults.defer(instrument_id=event.instrument_id)


@subscribe(FaultResolved)
def publish_mended(event: FaultResolved) -> None:
    """When it was the last one, the instrument can be booked again."""
    if event.suspends:
        follow_faults.defer(instrument_id=event.instrument_id)


@subscribe(MaintenancePlanned)
def enter_maintenance(event: MaintenancePlanned) -> None:
    """The plan's maintenance takes its time in the calendar."""
    follow_plan.defer(plan_id=event.plan_id)


@subscribe(MaintenancePlanWithdrawn)
def lift_maintenance(event: MaintenancePlanWithdrawn) -> None:
    """Its time is free again."""
    follow_plan.defer(plan_id=event.plan_id)


@subscribe(PolicyChanged)
def revise_calendars(event: PolicyChanged) -> None:
    """One job, if it is a rule of time: what screens and searches show depends on no other."""
    rule = all_rules().get(event.code)
    if rule is not None and rule.is_timed and not rule.is_counted:
        revise_after_policy.defer(institution_id=event.institution_id, group_id=event.group_id)
