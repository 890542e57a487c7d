"""Move a reservation to another window."""

from collections.abc import Mapping

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.commands.moving import move
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived, told
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationRescheduled
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.verdicts import verdict_on
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


def reschedule_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    window: TimeWindow,
    expected_version: int | None = None,
    waivers: Mapping[str, str] | None = None,
) -> Reservation:
    """Move it in place (same id); all rules are checked on the new window, its own claim does not hinder it.

    window: half-open, aware UTC. The tier stays the beneficiary's; the price is quoted anew.
    Raises: RuleViolations, SlotTaken, WaiverRefused, ReservationEnded, Stale, CalendarBusy.
    Emits: ReservationRescheduled, CalendarChanged (the hull of old and new window).
    """
    try:
        return _reschedule(viewer, reservation, window, expected_version, waivers or {})
    except SlotTaken as taken:
        raise told(taken, lambda: _context(viewer, reservation, window)) from taken


@retried_when_busy
def _reschedule(
    viewer: Viewer,
    reservation: Reservation,
    window: TimeWindow,
    expected_version: int | None,
    waivers: Mapping[str, str],
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="reschedule"):
        current = locked_for_change(reservation, expected_version, "reschedule")
        context = _context(viewer, current, window)
        reached = verdict_on(context)
        given = refuse_unless_waived(viewer, reached, waivers)
        before = TimeWindow.of(current.during)
        move(current, reached)
        keep_waivers(viewer, current, given)
        publish(ReservationRescheduled(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        announce(current.instrument_id, before, window, turnaround=context.turnaround_minutes)
    return current


def _context(viewer: Viewer, current: Reservation, window: TimeWindow) -> Context:
    return read_context(
        viewer=viewer,
        instrument_id=current.instrument_id,
        window=window,
        tier=Tier(current.tier),
        kind=current.kind,
        places=current.places,
        user_id=current.user_id,
        excluding=current.pk,
    )
