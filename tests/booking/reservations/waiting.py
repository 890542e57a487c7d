"""Scenarios of the waiting list: somebody waits, time frees, the jobs run."""

import json
from datetime import timedelta
from typing import Any

from django.db import connection

from accounts.viewers import Viewer
from booking.reservations.commands.join_waitlist import join_waitlist
from booking.reservations.models import Reservation, WaitlistEntry
from booking.reservations.selectors.waitlist import access_entry
from booking.reservations.selectors.wishes import Wish
from booking.reservations.tasks import offer_time
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.booking import slot

_JOBS = "DELETE FROM procrastinate_jobs WHERE task_name = 'reservations.offer' RETURNING id, args"


def wish_for(window: TimeWindow | None = None, hours: float | None = None, **more: Any) -> Wish:
    """For this very window, or with hours given for as many anywhere within it."""
    window = window or slot()
    length = window.duration if hours is None else timedelta(hours=hours)
    return Wish(window, int(length.total_seconds() // 60), **more)


def waiting(
    viewer: Viewer, instrument: Instrument, window: TimeWindow | None = None, hours: float | None = None
) -> WaitlistEntry:
    """Somebody joins, by the command itself."""
    return join_waitlist(viewer=viewer, instrument=instrument, wish=wish_for(window, hours))


def run_offers() -> int:
    """Run the offer jobs that wait, and those that they insert; returns how many."""
    count = 0
    while jobs := lose_jobs():
        for _id, args in sorted(jobs):
            offer_time(**args)
            count += 1
    return count


def lose_jobs() -> list[tuple[int, dict[str, Any]]]:
    """Take the offer jobs from the queue without running them."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBS)
        return [(key, json.loads(args) if isinstance(args, str) else args) for key, args in cursor.fetchall()]


def again(entry: WaitlistEntry) -> WaitlistEntry:
    """The entry as it stands in the database."""
    return WaitlistEntry.objects.select_related("offer").get(pk=entry.pk)


def offer_of(entry: WaitlistEntry) -> Reservation:
    """The hold that is offered."""
    held = again(entry).offer
    assert held is not None
    return held


def offered_window(entry: WaitlistEntry) -> TimeWindow | None:
    """The window that is offered now, if any."""
    current = again(entry)
    return TimeWindow.of(current.offer.during) if current.status == "offered" and current.offer else None


def seen_by(viewer: Viewer, entry: WaitlistEntry) -> WaitlistEntry:
    """The entry as its person fetches it to answer."""
    return access_entry(viewer, entry.pk, "answer")
