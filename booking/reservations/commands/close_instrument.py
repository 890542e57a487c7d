"""Close an instrument for a window: closure or maintenance."""

from collections.abc import Sequence
from dataclasses import replace

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.pricing.quotes import hourly_quote
from booking.reservations.commands.editing import announce, lock_calendars
from booking.reservations.commands.refusing import refusal, told
from booking.reservations.commands.replanning import (
    Plan,
    calendars_of,
    earliest_end,
    plan_of,
    resources_of,
    subjects_of,
)
from booking.reservations.commands.writing import write
from booking.reservations.errors import PlanRefused, SlotTaken
from booking.reservations.events import InstrumentClosed
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.rules.registry import Context, evaluate
from booking.reservations.selectors.closures import affected_reservations, waiting_occurrences
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.replanning import Action, Step, WaysOut, ways_out
from core import history
from core.errors import Forbidden
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

MOST_AFFECTED = 200


def close_instrument(
    *,
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    reason: str,
    kind: Kind = Kind.CLOSURE,
    plan: Sequence[Step] = (),
    occurrence_id: int | None = None,
) -> int:
    """Take every place of an instrument out of use for a window; returns the closure's reservation id.

    plan: what becomes of each booking in the window, all of it carried out or nothing. One that runs may be kept
    (the closure begins after it) or end where the closure begins. `closure_plan` proposes a plan.
    occurrence_id: of a repeating closure, which has waited for this.
    Raises: Forbidden, SlotTaken (bookings in the window; extra: affected), PlanRefused (the plan does not fit),
    RuleViolations (window_valid), CalendarBusy.
    Emits: InstrumentClosed, CalendarChanged, and for bookings ReservationRescheduled, ReservationCancelled,
    ReservationCutShort. Source: engine.md, "Meanings".
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    try:
        return _close(viewer, instrument, window, reason, kind, plan, occurrence_id)
    except PlanRefused as refused:
        raise PlanRefused(
            refused=refused.extra.get("refused", ()),
            affected=closure_plan(viewer, instrument, window),
            zone=instrument.institution.zone,
        ) from refused
    except SlotTaken as taken:
        known = told(taken, lambda: _context(viewer, instrument, window, kind))
        affected = closure_plan(viewer, instrument, window)
        raise SlotTaken(known.detail, **{**known.extra, "affected": affected}) from taken


def closure_plan(viewer: Viewer, instrument: Instrument, window: TimeWindow) -> list[WaysOut]:
    """What lies in the window, in order of time, with its ways out; at most MOST_AFFECTED. Six statements."""
    affected = list(affected_reservations(instrument, window)[:MOST_AFFECTED])
    return ways_out(viewer, instrument, affected, since=window.ends_at)


@retried_when_busy
def _close(
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    reason: str,
    kind: Kind,
    steps: Sequence[Step],
    occurrence_id: int | None,
) -> int:
    lock_calendars(
        calendars_of(instrument, steps),
        resource_ids=resources_of(instrument, steps),
        subjects=subjects_of(steps),
    )
    affected = list(affected_reservations(instrument, window).select_for_update(of=("self",), no_key=True))
    plan = plan_of(viewer, instrument, steps, reason)
    if steps:
        plan.refuse_unless_it_fits(affected)
    window = _after_those_kept(plan, affected, window)
    if steps:
        plan.let_go(affected, until=window.starts_at)
    closure_id = enter_closure(viewer, instrument, window, plan.reason, kind)
    plan.settle(affected)
    if occurrence_id is not None:
        waiting_occurrences(instrument).filter(pk=occurrence_id).update(closure=closure_id)
    return closure_id


def enter_closure(viewer: Viewer, instrument: Instrument, window: TimeWindow, reason: str, kind: Kind) -> int:
    """Enter a closure on a locked calendar; returns its id. Raises: SlotTaken, RuleViolations.

    Emits: InstrumentClosed, CalendarChanged.
    """
    context = _context(viewer, instrument, window, kind)
    if violations := evaluate(context):
        raise refusal(violations, (), context.zone)
    closure_id, revision = write(
        context,
        history=history.context(actor_id=viewer.user_id, command="close", reason=reason),
        status=Status.CONFIRMED,
        quote=hourly_quote(None, window, context.places),
        user_id=None,
        booked_by_id=viewer.user_id,
        purpose=reason[:200],
    )
    publish(InstrumentClosed(closure_id, instrument.pk, window.starts_at, window.ends_at))
    announce(instrument.pk, window, revision=revision, turnaround=context.turnaround_minutes)
    return closure_id


def _after_those_kept(plan: Plan, affected: Sequence[Reservation], window: TimeWindow) -> TimeWindow:
    """The closure's time behind bookings that stay or have to end. Raises: PlanRefused (none is left)."""
    steps = [(each, plan.steps[each.pk].action) for each in affected if each.pk in plan.steps]
    kept = [claim.occupies.upper for each, action in steps if action == Action.KEEP for claim in each.claims.all()]
    kept += [earliest_end(each) for each, action in steps if action == Action.END]
    starts_at = max([window.starts_at, *kept])
    if starts_at >= window.ends_at:
        raise PlanRefused
    return TimeWindow(starts_at, window.ends_at)


def _context(viewer: Viewer, instrument: Instrument, window: TimeWindow, kind: Kind) -> Context:
    """A closure takes every place."""
    context = read_context(viewer=viewer, instrument_id=instrument.pk, window=window, tier=Tier.INTERNAL, kind=kind)
    return replace(context, places=context.capacity)
