"""Turn a held window into a booking, without a gap."""

from collections.abc import Mapping

from accounts.viewers import Viewer
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.editing import Subjects, announce, locked_for_change, tell_booked
from booking.reservations.commands.filling import Columns, filled_columns
from booking.reservations.commands.moving import move
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived, told
from booking.reservations.errors import OfferElsewhere, SlotTaken
from booking.reservations.models import Reservation, Status, WaitlistEntry
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.moving import what_it_holds
from booking.reservations.selectors.operators import preferring
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


def confirm_hold(
    *,
    viewer: Viewer,
    hold: Reservation,
    window: TimeWindow,
    wanted: Wanted,
    waivers: Mapping[str, str] | None = None,
) -> Reservation:
    """Book what is held; the row stays the same. Another window or more places are taken with it if they are free.

    What the waiting list offers is booked in its own window or within it. Unless another is named,
    the access mode is that of the hold.
    The caller fetched it through access_hold. window: half-open, aware UTC.
    Raises: RuleViolations, SlotTaken, WaiverRefused, AnswersInvalid, ReservationEnded (lapsed), Forbidden,
    OfferElsewhere, FirmUnknown, CalendarBusy.
    Emits: ReservationBooked or ReservationRequested, CalendarChanged. Source: engine.md, "Meanings".
    """
    wanted.refuse_strangers(viewer, hold.instrument.institution_id)
    wanted = wanted.unless_named(hold.access_mode)
    try:
        return _confirm(viewer, hold, window, wanted, waivers or {})
    except SlotTaken as taken:
        raise told(taken, lambda: _context(viewer, hold, window, wanted)) from taken


@retried_when_busy
def _confirm(
    viewer: Viewer, hold: Reservation, window: TimeWindow, wanted: Wanted, waivers: Mapping[str, str]
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="confirm"):
        current = locked_for_change(hold, None, "confirm", subjects=Subjects.of(wanted.whose(viewer)))
        before = TimeWindow.of(current.during)
        _refuse_elsewhere(current, before, window)
        context = _context(viewer, current, window, wanted)
        reached = verdict_on(context)
        given = refuse_unless_waived(viewer, reached, waivers)
        _write(viewer, current, reached, wanted, filled_columns(viewer, context, wanted.filled))
        keep_waivers(viewer, current, given)
        tell_booked(current)
        announce(current.instrument_id, before, window, turnaround=context.turnaround_minutes)
    return current


def _refuse_elsewhere(current: Reservation, held: TimeWindow, window: TimeWindow) -> None:
    """An offer is held far longer than a hold, for that time alone. A query only where the window is another."""
    if not held.contains(window) and WaitlistEntry.objects.filter(offer=current).exists():
        raise OfferElsewhere


def _context(viewer: Viewer, hold: Reservation, window: TimeWindow, wanted: Wanted) -> Context:
    context = read_context(
        viewer=viewer,
        instrument_id=hold.instrument_id,
        window=window,
        tier=viewer.tier_at(hold.instrument.institution_id, wanted.account_id),
        kind=hold.kind,
        places=wanted.places,
        user_id=wanted.person_of(viewer),
        account_id=wanted.account_id,
        operating_id=viewer.user_id,
        excluding=hold.pk,
        operator=wanted.operator_id,
        declares=wanted.declares,
        mode=wanted.mode,
    )
    return preferring(context, what_it_holds(hold)) if context.needs else context


def _write(viewer: Viewer, current: Reservation, reached: Verdict, wanted: Wanted, filled: Columns) -> None:
    current.request_expires_at = reached.request_until
    current.status = Status.CONFIRMED if reached.request_until is None else Status.REQUESTED
    current.hold_expires_at = None
    current.created_at = reached.context.now  # when it was booked: undoing is free for minutes from here
    current.tier = reached.context.tier
    current.user_id, current.account_id = wanted.whose(viewer)
    current.purpose, current.note, current.places = wanted.purpose, wanted.note, wanted.places
    for column, value in filled.items():
        setattr(current, column, value)
    decided = ("status", "hold_expires_at", "created_at")
    move(current, reached, also=(*decided, "tier", "user", "account", "purpose", "note", "places", *filled))
