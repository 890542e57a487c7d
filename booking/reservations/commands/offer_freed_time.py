"""Offer freed time to whoever waits for it: a hold, made under the calendar's lock."""

from datetime import datetime, timedelta
from typing import Final

from accounts.selectors import viewer_by_id
from accounts.viewers import Viewer
from booking.reservations.commands.book import Wanted, context_of
from booking.reservations.commands.editing import Subjects, announce, lock_calendars
from booking.reservations.commands.writing import write
from booking.reservations.events import ReservationHeld, WaitlistOffered
from booking.reservations.models import Status, WaitlistEntry, WaitStatus
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from booking.reservations.selectors.waitlist import fitting_entries, still_waiting
from booking.reservations.selectors.wishes import Wish, first_free
from core import clock, history
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

MOST_JUDGED: Final = 10
"""Entries judged in one transaction, so that the calendar is not locked for long."""

LEAST_NOTICE: Final = timedelta(minutes=5)
"""Time that must be booked sooner than this is offered to nobody."""


@retried_when_busy
def offer_freed_time(*, instrument_id: int, freed: TimeWindow | None = None, after: int = 0) -> int | None:
    """Go through the queue in order and hold free time for everybody whose wish it fits and whose rules pass.

    freed: where time became free, None: anywhere. after: the key of the last entry that was judged already. Returns
    where to go on, None at the end of the queue. What it finds depends on the calendar alone, so it may run late,
    twice or in parallel. Raises: CalendarBusy. Emits: WaitlistOffered, ReservationHeld, CalendarChanged.
    """
    now = clock.now()
    entries = fitting_entries(instrument_id, freed, after=after, now=now, limit=MOST_JUDGED)
    if not entries:
        return None
    whose = [(entry.user_id, entry.account_id) for entry in entries]
    lock_calendars([instrument_id], subjects=Subjects.of(*whose))
    instrument = Instrument.objects.get(pk=instrument_id)
    keys = [entry.pk for entry in entries]
    for entry in still_waiting(keys):
        _judge(instrument, entry)
    WaitlistEntry.objects.filter(pk__in=keys).update(looked_at=now)
    return keys[-1] if len(keys) == MOST_JUDGED else None


def _judge(instrument: Instrument, entry: WaitlistEntry) -> None:
    viewer = viewer_by_id(entry.user_id)
    if viewer is None or (entry.account_id is not None and entry.account_id not in viewer.enterprise_ids):
        return
    context = _fitting(viewer, instrument, entry)
    if context is None:
        return
    expires_at = _expires_at(context)
    reached = verdict_on(context)
    if reached.ok and expires_at >= context.now + LEAST_NOTICE:
        _offer(viewer, entry, reached, expires_at)


def _fitting(viewer: Viewer, instrument: Instrument, entry: WaitlistEntry) -> Context | None:
    """The context of the window to offer, None: there is none."""
    wish = Wish.of(entry)
    refused = [TimeWindow.of(window) for window in entry.refused]
    if wish.is_fixed and any(window.overlaps(wish.span) for window in refused):
        return None
    wanted = Wanted(places=wish.places, account_id=wish.account_id, filled=None, access_mode=wish.access_mode)
    context = context_of(viewer, instrument, wish.beginning(clock.now()), wanted)
    if wish.is_fixed:
        return context
    since = max(wish.span.starts_at, context.now + _lead(context) + LEAST_NOTICE)
    window = first_free(wish, context, since, refused)
    return context_of(viewer, instrument, window, wanted) if window else None


def _lead(context: Context) -> timedelta:
    return timedelta(minutes=context.value("lead_time") or 0)


def _expires_at(context: Context) -> datetime:
    """After the time to answer, and while it could still be booked."""
    latest = context.window.starts_at - _lead(context)
    minutes = context.value("offer_expires")
    return latest if minutes is None else min(latest, context.now + timedelta(minutes=minutes))


def _offer(viewer: Viewer, entry: WaitlistEntry, reached: Verdict, expires_at: datetime) -> None:
    context = reached.context
    key, revision = write(
        context,
        history=history.context(actor_id=None, command="offer"),
        status=Status.HELD,
        quote=reached.quote,
        user_id=viewer.user_id,
        booked_by_id=viewer.user_id,
        account_id=entry.account_id,
        hold_expires_at=expires_at,
        filled={"access_mode": entry.access_mode},
    )
    entry.status, entry.offer_id = WaitStatus.OFFERED, key
    entry.save(update_fields=["status", "offer"])
    place = (key, context.instrument_id, context.window.starts_at, context.window.ends_at)
    publish(ReservationHeld(*place, expires_at))
    publish(WaitlistOffered(*place, entry.pk, expires_at))
    alone = None if context.shares else revision
    announce(context.instrument_id, context.window, revision=alone, turnaround=context.turnaround_minutes)
