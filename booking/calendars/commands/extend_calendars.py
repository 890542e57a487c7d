"""The regular work on calendars: new days appended, the past trimmed."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from django.db import connection

from booking.calendars import functions, recurrence
from booking.calendars.commands.forget_claims import forget_claims
from booking.calendars.commands.materialise_windows import horizon, locked_profile, materialise_windows
from booking.calendars.commands.open_calendar import complete_gaps, open_calendar
from booking.calendars.commands.revise_calendar import revise_calendar
from booking.calendars.models import LONGEST_BOOKING_WINDOW_DAYS, SEARCH_DAYS
from core import clock
from core.errors import CalendarBusy
from core.locks import retried_when_busy
from core.windows import zone as zone_of

logger = logging.getLogger(__name__)

Step = tuple[str, Callable[[], object]]
"""What it is about, for the log, and what to do."""

Progress = Callable[[int, int], None]

_DUE_PROFILES = """
    SELECT id FROM calendars_openingprofile
    WHERE expanded_until IS NULL OR expanded_until < (%s AT TIME ZONE zone)::date + %s::int ORDER BY id
"""

# The horizon is a local midnight, and days have 23 hours at least. Two hours less, because of a midnight that
# does not exist, or exists twice, this clock and Python's may mean different instants.
_DUE_RESOURCES = """
    SELECT r.id, n.zone, r.instrument_id, r.gaps_until IS NULL
    FROM calendars_resource r
    JOIN accounts_institution n ON n.id = r.institution_id
    JOIN catalogue_instrument i ON i.id = r.instrument_id
    WHERE (r.gaps_until IS NULL AND i.status = 'published')
       OR r.gaps_until < ((%(now)s AT TIME ZONE n.zone)::date + %(days)s::int)::timestamp AT TIME ZONE n.zone
                         - interval '2 hours'
    ORDER BY r.id
"""


def extend_calendars(progress: Progress = lambda done, total: None) -> int:
    """Append the missing last days to open windows and free gaps, and forget what is over. Idempotent.

    Published instruments without a calendar get theirs. Resource by resource, in id order, in short
    transactions, so that bookings wait for none of it; a busy one is tried again at the end. When nothing is
    due it costs two queries, whatever the number of instruments. progress is called with (done, total)
    resources. Returns how many were busy to the last; the next run takes them.
    """
    try:
        return _work_off(_profile_steps()) + _work_off(_resource_steps(), progress)
    finally:
        forget_claims()


def _work_off(steps: Sequence[Step], progress: Progress = lambda done, total: None) -> int:
    busy: list[Step] = []
    for done, step in enumerate(steps, start=1):
        if not _done(step):
            busy.append(step)
        progress(done, len(steps))
    return sum(not _done(step) for step in busy)


def _done(step: Step) -> bool:
    what, work = step
    try:
        work()
    except CalendarBusy:
        logger.warning("%s is busy; left for later", what)
        return False
    return True


def _profile_steps() -> list[Step]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE_PROFILES, [clock.now(), LONGEST_BOOKING_WINDOW_DAYS + SEARCH_DAYS])
        return [(f"opening profile {key}", partial(extend_profile, key)) for (key,) in cursor.fetchall()]


def _resource_steps() -> list[Step]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE_RESOURCES, {"now": clock.now(), "days": SEARCH_DAYS})
        return [
            (f"resource {key}", partial(_open, instrument_id) if new else partial(_extend_resource, key, zone))
            for key, zone, instrument_id, new in cursor.fetchall()
        ]


@retried_when_busy
def extend_profile(profile_id: int, until_on: date | None = None) -> None:
    """Append the missing open windows up to the start of a local day; None: the horizon. Raises: CalendarBusy."""
    profile = locked_profile(profile_id)
    zone = zone_of(profile.zone)
    until = until_on or horizon(zone)
    known = profile.expanded_until or clock.today(zone)
    if known < until:
        recurrence.reanchor(profile.calendar, zone, clock.today(zone))
        materialise_windows(profile=profile, from_on=known, until_on=until)


@retried_when_busy
def _extend_resource(resource_id: int, zone_name: str) -> None:
    functions.lock_resources([resource_id])
    complete_gaps(resource_id, zone_name)
    functions.trim_gaps([resource_id], clock.now() - timedelta(days=1))


def _open(instrument_id: int) -> None:
    open_calendar(instrument_id=instrument_id)
    revise_calendar(instrument_id=instrument_id)
