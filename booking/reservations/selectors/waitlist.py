"""The waiting list: whose entries one sees, in which order they stand, and which of them freed time could serve."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Role
from accounts.viewers import Viewer
from booking.reservations.models import STILL_WAITING, WaitlistEntry, WaitStatus
from core.errors import Forbidden, NotFound, NotSignedIn
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

Action = Literal["view", "answer", "leave"]
AGAIN_AFTER: Final = timedelta(minutes=10)
"""The sweep asks again about an entry that found nothing after so long."""

_LONG: Final = ("search", "description", "technical_indicators", "services", "methods", "sample_requirements")

# Whether time that an entry `e` could use is free on its resource `r`; beyond the index of gaps nobody knows.
_MAY_FIT: Final = """
    e.status = 'waiting' AND upper(e.span) - e.minutes * interval '1 minute' > %(now)s
    AND (r.gaps_until IS NULL OR upper(e.span) > r.gaps_until OR EXISTS (
        SELECT 1 FROM calendars_freegap g
        WHERE g.resource_id = r.id AND g.minutes >= e.minutes
          AND g.starts_at <= upper(e.span) - e.minutes * interval '1 minute'
          AND g.ends_at >= greatest(lower(e.span), %(now)s) + e.minutes * interval '1 minute'
          AND least(g.ends_at, upper(e.span)) - greatest(g.starts_at, lower(e.span), %(now)s)
              >= e.minutes * interval '1 minute'))
"""

_FITTING: Final = f"""
    SELECT e.id FROM reservations_waitlistentry e JOIN calendars_resource r ON r.instrument_id = e.instrument_id
    WHERE e.instrument_id = %(instrument)s AND e.id > %(after)s AND {_MAY_FIT}
      AND (%(since)s::timestamptz IS NULL OR e.span && tstzrange(
          %(since)s::timestamptz - r.turnaround_minutes * interval '1 minute',
          %(until)s::timestamptz + r.turnaround_minutes * interval '1 minute'))
    ORDER BY e.id LIMIT %(limit)s
"""  # noqa: S608 - put together from the constants above

_WAITED_FOR: Final = """
    SELECT DISTINCT e.instrument_id FROM reservations_waitlistentry e
    WHERE e.status = 'waiting' AND e.instrument_id = ANY (ARRAY(
        SELECT %(instrument)s::bigint UNION
        SELECT other.instrument_id FROM calendars_resourceneed own
        JOIN calendars_resourceneed other ON other.resource_id = own.resource_id
        WHERE own.instrument_id = %(instrument)s))
"""

_DUE: Final = f"""
    SELECT e.instrument_id FROM reservations_waitlistentry e
    JOIN calendars_resource r ON r.instrument_id = e.instrument_id
    WHERE (e.looked_at IS NULL OR e.looked_at < %(before)s) AND {_MAY_FIT}
    GROUP BY e.instrument_id ORDER BY min(coalesce(e.looked_at, e.created_at)), e.instrument_id LIMIT %(limit)s
"""  # noqa: S608 - put together from the constants above


def entries_of(viewer: Viewer) -> "QuerySet[WaitlistEntry]":
    """What the viewer waits for or is offered, oldest first, with the position in the queue."""
    own = WaitlistEntry.objects.filter(user_id=viewer.person_id, status__in=STILL_WAITING)
    return with_position(own).order_by("pk")


def entries_at(instrument: Instrument) -> "QuerySet[WaitlistEntry]":
    """Who waits for an instrument, in the order in which they are served."""
    return with_position(WaitlistEntry.objects.filter(instrument=instrument, status__in=STILL_WAITING)).order_by(
        "pk"
    )


def entries_visible_to(viewer: Viewer) -> "QuerySet[WaitlistEntry]":
    """Own entries; staff: those for their institutions' instruments. Newest first. Raises: NotSignedIn."""
    entries = with_position(WaitlistEntry.objects.all()).order_by("-pk")
    if viewer.is_anonymous:
        raise NotSignedIn
    if viewer.is_platform_admin:
        return entries
    staffed = viewer.institutions_as(Role.OPERATOR, Role.MANAGER, Role.ADMIN)
    return entries.filter(Q(user_id=viewer.user_id) | Q(instrument__institution_id__in=staffed))


def access_entry(viewer: Viewer, entry_id: int, action: Action = "view") -> WaitlistEntry:
    """One entry with its offer. answer: its own person; leave: also staff.

    Raises: NotSignedIn, NotFound when the viewer may not see it, Forbidden when only not do this.
    """
    entry = entries_visible_to(viewer).filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    if action == "answer" and entry.user_id != viewer.user_id:
        raise Forbidden
    return entry


def with_position(entries: "QuerySet[WaitlistEntry]") -> "QuerySet[WaitlistEntry]":
    """Each with what is shown of it. position: 1 is asked first; who stands before it wants time in its span."""
    ahead = (
        WaitlistEntry.objects.filter(
            instrument=OuterRef("instrument"), status__in=STILL_WAITING, pk__lt=OuterRef("pk")
        )
        .filter(span__overlap=OuterRef("span"))
        .order_by()
        .values("instrument")
        .annotate(number=Count("pk"))
        .values("number")
    )
    related = entries.select_related("instrument__institution", "user", "account", "offer__instrument__institution")
    hidden = (f"{path}instrument__{name}" for path in ("", "offer__") for name in _LONG)
    return related.defer(*hidden).annotate(position=Coalesce(Subquery(ahead), 0) + 1)


def waited_for(instrument_id: int) -> list[int]:
    """Of this instrument and those that share something with it, the ones somebody waits for. One query."""
    return _keys(_WAITED_FOR, instrument=instrument_id)


def fitting_entries(
    instrument_id: int, freed: TimeWindow | None, *, after: int, now: datetime, limit: int
) -> list[WaitlistEntry]:
    """The next entries in the queue behind the key `after` that time free now could serve; freed None: any time.

    Before the locks, which name these people. Two queries.
    """
    keys = _keys(
        _FITTING,
        instrument=instrument_id,
        after=after,
        now=now,
        since=freed.starts_at if freed else None,
        until=freed.ends_at if freed else None,
        limit=limit,
    )
    return list(WaitlistEntry.objects.filter(pk__in=keys).order_by("pk")) if keys else []


def still_waiting(keys: Collection[int]) -> list[WaitlistEntry]:
    """Of these, those that wait behind the calendar's lock, in the order of the queue; locked."""
    waiting = WaitlistEntry.objects.filter(pk__in=keys, status=WaitStatus.WAITING)
    return list(waiting.select_for_update(no_key=True).order_by("pk"))


def instruments_due(now: datetime, *, limit: int) -> list[int]:
    """Instruments with free time for somebody not asked for AGAIN_AFTER: a job was lost, or rules changed."""
    return _keys(_DUE, before=now - AGAIN_AFTER, now=now, limit=limit)


def _keys(statement: str, **parameters: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [row[0] for row in cursor.fetchall()]
