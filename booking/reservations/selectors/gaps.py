"""Free gaps of many instruments in one statement: from the index, and computed beyond its horizon.

Source: engine.md, "Tables", FreeGap.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from booking.reservations.policy_values import StoredValue
from booking.reservations.selectors.timing import Gap
from core.windows import zone as zone_of

BEYOND_DAYS: Final = 35
"""So much time beyond the index is computed for one question."""

# Parallel places have equal gaps: each is told once, with how many places have it.
_INDEXED = """
    SELECT w.instrument, n.zone, r.revision, extract(epoch FROM r.gaps_until),
           reservation_policy(i.id, i.group_id, i.institution_id), (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            extract(epoch FROM s.starts_at), extract(epoch FROM s.ends_at), extract(epoch FROM s.opened_at),
            s.places) ORDER BY s.starts_at, s.ends_at), '[]')
        FROM (
            SELECT starts_at, ends_at, min(opened_at) AS opened_at, count(*) AS places FROM calendars_freegap
            WHERE resource_id = r.id AND tiers & w.bit <> 0
              AND (starts_at, ends_at) > (w.after_start, w.after_end)
              AND ends_at >= w.done AND starts_at <= w.latest AND minutes + 0 >= w.minutes
            GROUP BY starts_at, ends_at ORDER BY starts_at, ends_at LIMIT %(limit)s
        ) s)
    FROM unnest(
        %(ids)s::bigint[], %(bits)s::int[], %(done)s::timestamptz[], %(latest)s::timestamptz[], %(minutes)s::int[],
        %(after_start)s::timestamptz[], %(after_end)s::timestamptz[]
    ) w (instrument, bit, done, latest, minutes, after_start, after_end)
    JOIN calendars_resource r ON r.instrument_id = w.instrument
    JOIN catalogue_instrument i ON i.id = w.instrument
    JOIN accounts_institution n ON n.id = i.institution_id
"""

_BEYOND = """
    SELECT w.instrument, (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            extract(epoch FROM s.starts_at), extract(epoch FROM s.ends_at), extract(epoch FROM s.opened_at),
            s.places) ORDER BY s.starts_at, s.ends_at), '[]')
        FROM (
            SELECT g.starts_at, g.ends_at, min(g.opened_at) AS opened_at, count(*) AS places
            FROM free_gaps_beyond(r.id, tstzrange(greatest(w.since, r.gaps_until), least(
                w.latest, greatest(w.since, r.gaps_until) + %(most)s::interval), '[]')) g
            WHERE g.tiers & w.bit <> 0 AND g.ends_at >= w.done AND g.starts_at <= w.latest
              AND g.ends_at - g.starts_at >= w.minutes * interval '1 minute'
            GROUP BY g.starts_at, g.ends_at
        ) s)
    FROM unnest(
        %(ids)s::bigint[], %(bits)s::int[], %(since)s::timestamptz[], %(done)s::timestamptz[],
        %(latest)s::timestamptz[], %(minutes)s::int[]
    ) w (instrument, bit, since, done, latest, minutes)
    JOIN calendars_resource r ON r.instrument_id = w.instrument
    WHERE w.latest >= greatest(w.since, r.gaps_until)
"""

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)


class Wish(NamedTuple):
    """Which gaps of one instrument: open to the bit's tier, long enough, with room from `since` on.

    latest: the last start that is of use, None: any. after: the last gap that was read before.
    """

    instrument_id: int
    bit: int
    since: datetime
    latest: datetime | None
    length: timedelta
    after: Gap | None = None

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)


class GapsRead(NamedTuple):
    """One instrument's calendar: what its rules are and the gaps that were asked for, in order."""

    instrument_id: int
    zone: ZoneInfo
    revision: int
    gaps_until: datetime | None
    policy: list[StoredValue]
    gaps: list[Gap]


def indexed_gaps(wishes: Sequence[Wish], *, limit: int) -> Iterator[GapsRead]:
    """The next gaps of the index, at most `limit` for each instrument. One statement."""
    parameters = _columns(wishes) | {
        "after_start": [wish.after.starts_at if wish.after else _BEFORE_ALL for wish in wishes],
        "after_end": [wish.after.ends_at if wish.after else _BEFORE_ALL for wish in wishes],
        "limit": limit,
    }
    for instrument_id, zone_name, revision, gaps_until, policy, gaps in _rows(_INDEXED, parameters):
        yield GapsRead(
            instrument_id,
            zone_of(zone_name),
            revision,
            None if gaps_until is None else _instant(float(gaps_until)),
            [StoredValue(*value) for value in _parsed(policy)],
            _gaps(gaps),
        )


def gaps_beyond(wishes: Sequence[Wish]) -> dict[int, list[Gap]]:
    """The gaps of the first BEYOND_DAYS behind the index or `since`, by instrument: windows minus claims.

    One statement; some milliseconds for each instrument, so ask for few.
    """
    parameters = _columns(wishes) | {"most": timedelta(days=BEYOND_DAYS)}
    return {instrument_id: _gaps(gaps) for instrument_id, gaps in _rows(_BEYOND, parameters)}


def _columns(wishes: Sequence[Wish]) -> dict[str, Any]:
    return {
        "ids": [wish.instrument_id for wish in wishes],
        "bits": [wish.bit for wish in wishes],
        "since": [wish.since for wish in wishes],
        "done": [wish.since + wish.length for wish in wishes],
        "latest": [wish.latest or _NEVER for wish in wishes],
        "minutes": [wish.minutes for wish in wishes],
    }


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _gaps(document: str | list[list[Any]]) -> list[Gap]:
    return [
        Gap(_instant(starts_at), _instant(ends_at), _instant(opened_at), places)
        for starts_at, ends_at, opened_at, places in _parsed(document)
    ]


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _parsed(document: str | list[list[Any]]) -> list[list[Any]]:
    parsed: list[list[Any]] = json.loads(document) if isinstance(document, str) else document
    return parsed
