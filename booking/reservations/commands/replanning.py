"""Carrying out a plan for bookings that have to give way: first all let go, then each takes its new time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.range import TimestamptzRange

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.pricing.quotes import hourly_quote
from booking.reservations.commands.editing import NOBODY, Subjects, announce, held_resources
from booking.reservations.commands.moving import move
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived
from booking.reservations.commands.writing import quote_document
from booking.reservations.errors import PlanRefused, RuleViolations, SlotTaken, UnknownOperator, WaiverRefused
from booking.reservations.events import ReservationCancelled, ReservationCutShort, ReservationRescheduled
from booking.reservations.models import Reservation, Status
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.contexts import read_contexts
from booking.reservations.selectors.operators import NOTHING_HELD, Held, held_by, keeping
from booking.reservations.selectors.replanning import Action, Step, asked_of, returned, twins_of, window_of
from booking.reservations.selectors.verdicts import verdict_on
from booking.reservations.states import allows
from core import clock
from core.errors import DomainError
from core.events import publish
from core.history import acting
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

_COMMANDS = {
    Action.MOVE: "reschedule",
    Action.TWIN: "reschedule",
    Action.CANCEL: "cancel",
    Action.END: "cut_short",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the bookings of one instrument. back_at: when a suspended one is expected to take bookings.
    places: how many are left on the instrument, None: all. held: what those held that have let go.

    Its calendars are locked before anything is read.
    """

    viewer: Viewer
    instrument: Instrument
    reason: str
    steps: Mapping[int, Step]
    back_at: datetime | None = None
    places: int | None = None
    held: dict[int, Held] = field(default_factory=dict)

    def refuse_unless_it_fits(self, bookings: Collection[Reservation]) -> None:
        """Every booking has its step and none is named that isn't there. Raises: PlanRefused."""
        if {each.pk for each in bookings} != set(self.steps) or not all(map(self._is_possible, bookings)):
            raise PlanRefused

    def let_go(self, bookings: Sequence[Reservation], *, until: datetime | None = None) -> None:
        """Free the time of all that leave, cancel those that end here, cut running ones short at `until`.

        until None: as soon as each can end. Emits: ReservationCancelled, ReservationCutShort.
        """
        leaving = [each.pk for each in bookings if self.steps[each.pk].action in (Action.MOVE, Action.TWIN)]
        self.held.update(held_by(leaving) if leaving else {})
        for each in bookings:
            action = self.steps[each.pk].action
            if action == Action.CANCEL:
                self._cancel(each)
            elif action == Action.END:
                self._cut_short(each, until or earliest_end(each))
            elif action in (Action.MOVE, Action.TWIN):
                functions.release_claims(each.pk)

    def settle(self, bookings: Sequence[Reservation]) -> None:
        """Give those that move their new time, all rules checked. Raises: PlanRefused with every refusal.

        Emits: ReservationRescheduled, CalendarChanged for other instruments and for this one's new times.
        """
        moving = [each for each in bookings if self.steps[each.pk].action in (Action.MOVE, Action.TWIN)]
        refused = [found for each in moving if (found := self._settled(each))]
        if refused:
            raise PlanRefused(refused=refused)

    def _settled(self, current: Reservation) -> dict[str, Any] | None:
        step, agreed, before = self.steps[current.pk], window_of(current), current.instrument_id
        window = step.window or agreed
        with acting(actor_id=self.viewer.user_id, command="reschedule", reason=self.reason):
            try:
                self._move(current, step, window)
            except (SlotTaken, RuleViolations, WaiverRefused, UnknownOperator) as error:
                if error.__cause__ is not None:  # the constraint fired: the transaction can do nothing more
                    raise
                return _refusal(current, error)
        publish(ReservationRescheduled(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        around = current.turnaround_minutes
        if current.instrument_id == before:
            announce(before, agreed, window, turnaround=around)
        else:
            announce(before, agreed, turnaround=around)
            announce(current.instrument_id, window, turnaround=around)
        return None

    def _move(self, current: Reservation, step: Step, window: TimeWindow) -> None:
        instrument_id = step.instrument_id or current.instrument_id
        asked = asked_of(current, window, instrument_id)
        chosen = step.operator if isinstance(step.operator, int) else None
        (context,) = read_contexts(viewer=self.viewer, wishes=[asked._replace(operator=chosen)])
        context = keeping(context, self.held.get(current.pk, NOTHING_HELD), step.operator)
        if self.places is not None and instrument_id == self.instrument.pk:
            context = replace(context, capacity=min(context.capacity, self.places))
        reached = verdict_on(returned(context, self.instrument, self.back_at))
        given = refuse_unless_waived(self.viewer, reached, step.waivers)
        current.instrument_id = instrument_id
        move(current, reached, also=["instrument"])
        keep_waivers(self.viewer, current, given)

    def _cancel(self, current: Reservation) -> None:
        with acting(actor_id=self.viewer.user_id, command="cancel", reason=self.reason):
            functions.release_claims(current.pk)
            current.status, current.ended_reason = Status.CANCELLED, self.reason
            current.version += 1
            current.save(update_fields=["status", "ended_reason", "version"])
        window = window_of(current)
        publish(ReservationCancelled(current.pk, current.instrument_id, window.starts_at, window.ends_at))

    def _cut_short(self, current: Reservation, until: datetime) -> None:
        """What was agreed changes, so the price follows; the clock completes it as usual. No turnaround is left."""
        agreed = window_of(current)
        window = TimeWindow(agreed.starts_at, min(until, agreed.ends_at))
        held_until = agreed.ends_at + timedelta(minutes=current.turnaround_minutes)
        with acting(actor_id=self.viewer.user_id, command="cut_short", reason=self.reason):
            functions.shorten_claims(current.pk, agreed_end=held_until, ended_at=window.ends_at)
            self._reprice(current, window)
            current.during = TimestamptzRange(window.starts_at, window.ends_at)
            current.version += 1
            current.save(update_fields=["during", "quote", "total_fen", "version"])
        publish(ReservationCutShort(current.pk, current.instrument_id, window.starts_at, window.ends_at))

    def _reprice(self, current: Reservation, window: TimeWindow) -> None:
        if current.kind not in USES:
            return
        wishes = [asked_of(current, window, current.instrument_id)]
        (context,) = read_contexts(viewer=self.viewer, wishes=wishes)
        quote = hourly_quote(context.hourly_fen, window, current.places)
        current.quote, current.total_fen = quote_document(quote), quote.total_fen

    def _is_possible(self, booking: Reservation) -> bool:
        step = self.steps[booking.pk]
        command = _COMMANDS.get(step.action)
        if step.action in (Action.MOVE, Action.TWIN) and (
            booking.kind not in USES or booking.status == Status.HELD
        ):
            return False
        return command is None or allows(command, booking.status)


def plan_of(
    viewer: Viewer,
    instrument: Instrument,
    steps: Sequence[Step],
    reason: str,
    *,
    back_at: datetime | None = None,
    places: int | None = None,
) -> Plan:
    """A plan whose steps make sense in themselves. Raises: PlanRefused (twice the same, a twin that is none)."""
    twins = {twin.pk for twin in twins_of(instrument)} if any(step.instrument_id for step in steps) else set()
    for step in steps:
        wanted = step.instrument_id is not None if step.action == Action.TWIN else step.instrument_id is None
        if not wanted or (step.instrument_id is not None and step.instrument_id not in twins):
            raise PlanRefused
        if (step.action == Action.MOVE and step.window is None) or _is_needless(step):
            raise PlanRefused
    by_id = {step.reservation_id: step for step in steps}
    if len(by_id) != len(steps):
        raise PlanRefused
    return Plan(viewer, instrument, reason.strip(), by_id, back_at, places)


def calendars_of(instrument: Instrument, steps: Sequence[Step]) -> list[int]:
    """The instruments whose calendars a plan changes: all are locked in one call."""
    return [instrument.pk, *(step.instrument_id for step in steps if step.instrument_id is not None)]


def resources_of(instrument: Instrument, steps: Sequence[Step]) -> set[int]:
    """What the bookings that a plan names hold, needed still or not. One statement, none without steps."""
    if not steps:
        return set()
    named = [step.reservation_id for step in steps]
    return held_resources(Reservation.objects.filter(instrument=instrument, pk__in=named))


def subjects_of(steps: Sequence[Step]) -> Subjects:
    """Whose bookings a plan moves: caps count them. One statement, none where nothing moves."""
    moving = [step.reservation_id for step in steps if step.action in (Action.MOVE, Action.TWIN)]
    if not moving:
        return NOBODY
    return Subjects.of(*Reservation.objects.filter(pk__in=moving).values_list("user_id", "account_id"))


def earliest_end(running: Reservation) -> datetime:
    """The first whole minute at which a running booking can be made to end, at least a minute after its start."""
    now, minute = clock.now(), timedelta(minutes=1)
    begun = now.replace(second=0, microsecond=0)
    return max(begun if begun == now else begun + minute, window_of(running).starts_at + minute)


def _is_needless(step: Step) -> bool:
    """A window for something that takes none."""
    return step.window is not None and step.action not in (Action.MOVE, Action.TWIN)


def _refusal(current: Reservation, error: DomainError) -> dict[str, Any]:
    return {
        "reservation": current.pk,
        "code": error.code,
        "detail": str(error.detail),
        "violations": error.extra.get("violations", ()),
    }
