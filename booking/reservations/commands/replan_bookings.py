"""Give bookings that lost their ground another time or instrument, cancel them, or let them stay."""

from collections.abc import Sequence
from typing import Final

from accounts.viewers import Viewer
from booking.reservations.commands.editing import announce, lock_calendars
from booking.reservations.commands.refusing import keep_waivers
from booking.reservations.commands.replanning import Plan, calendars_of, plan_of, resources_of, subjects_of
from booking.reservations.errors import PlanRefused
from booking.reservations.models import Reservation
from booking.reservations.selectors.displaced import Cause, back_at, displaced_on, displaced_ways
from booking.reservations.selectors.replanning import Action, Step, window_of
from core.errors import Forbidden
from core.history import acting
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument

_FREEING: Final = (Action.CANCEL, Action.END)
"""What frees time without taking other."""


def replan_bookings(
    *, viewer: Viewer, instrument: Instrument, plan: Sequence[Step], reason: str, places: int | None = None
) -> int:
    """Carry out a plan for bookings outside opening hours, on a suspended instrument or on places that go.

    plan: for any of the bookings of `displaced_ways`. All of it or none.
    keep: it stays; outside the hours that is a waiver.
    places: how many places are to be left. Returns how many bookings had a step.
    Raises: Forbidden, PlanRefused (extra: affected), CalendarBusy.
    Emits: ReservationRescheduled, ReservationCancelled, CalendarChanged. Source: engine.md, "Meanings".
    """
    if not viewer.staffs(instrument.institution_id):
        raise Forbidden
    try:
        return _replan(viewer, instrument, plan, reason, places)
    except PlanRefused as refused:
        raise PlanRefused(
            refused=refused.extra.get("refused", ()),
            affected=[way for _cause, way in displaced_ways(viewer, instrument, places=places)],
            zone=instrument.institution.zone,
        ) from refused


@retried_when_busy
def _replan(viewer: Viewer, instrument: Instrument, steps: Sequence[Step], reason: str, places: int | None) -> int:
    lock_calendars(
        calendars_of(instrument, steps),
        resource_ids=resources_of(instrument, steps),
        subjects=subjects_of(steps),
    )
    instrument.refresh_from_db(fields=["status", "expected_return_on"])  # a fault may have come or gone meanwhile
    plan = plan_of(viewer, instrument, steps, reason, back_at=back_at(instrument), places=places)
    causes = {each.reservation.pk: each.cause for each in displaced_on(instrument, places=places)}
    bookings = _locked(instrument, causes.keys() & plan.steps.keys())
    plan.refuse_unless_it_fits(bookings)
    ending = {each.pk: window_of(each) for each in bookings if plan.steps[each.pk].action in _FREEING}
    plan.let_go(bookings)
    plan.settle(bookings)
    for each in bookings:
        if plan.steps[each.pk].action == Action.KEEP and causes[each.pk] == Cause.HOURS:
            _keep(plan, each)
    if ending:
        around = max(each.turnaround_minutes for each in bookings)
        announce(instrument.pk, *ending.values(), turnaround=around)
    return len(bookings)


def _locked(instrument: Instrument, keys: set[int]) -> list[Reservation]:
    """The bookings behind the locks."""
    found = Reservation.objects.filter(pk__in=keys, instrument=instrument)
    related = found.select_related("instrument__institution", "user", "booked_by", "account")
    return list(related.select_for_update(of=("self",), no_key=True).order_by("during", "pk"))


def _keep(plan: Plan, booking: Reservation) -> None:
    with acting(actor_id=plan.viewer.user_id, command="keep", reason=plan.reason):
        keep_waivers(plan.viewer, booking, {"within_opening_hours": plan.reason})
