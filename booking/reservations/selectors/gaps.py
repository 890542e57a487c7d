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
from booking.reservations.rules.registry import defaults
from booking.reservations.selectors.timing import Gap
from core.windows import TimeWindow
from core.windows import zone as zone_of

BEYOND_DAYS: Final = 35
"""So much time beyond the index is computed for one question."""

# The off-peak time is read only for a wish that is longer than the longest booking.
_OFF_PEAK = """
    CASE WHEN w.asked > (
        SELECT nullif(coalesce(m.max_duration, %(longest)s), -1) FROM reservations_terms m
        WHERE m.instrument_id = w.instrument AND m.tier_bit = w.bit
    ) THEN (
        SELECT jsonb_agg(jsonb_build_array(
            extract(epoch FROM lower(o.during)), extract(epoch FROM upper(o.during))))
        FROM calendar_off_peak(r.id, tstzrange(
            {since}, {since} + interval '36 days' + w.asked * interval '1 minute')) o
        WHERE o.tiers & w.bit <> 0) END
"""

# Parallel places have equal gaps: each is told once, with how many places have it.
_INDEXED = """
    SELECT w.instrument, n.zone, r.revision, extract(epoch FROM r.gaps_until),
           reservation_policy(i.id, i.group_id, i.institution_id), (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            extract(epoch FROM s.starts_at), extract(epoch FROM s.ends_at), extract(epoch FROM s.opened_at),
            s.places) ORDER BY s.starts_at, s.ends_at), '[]')
        FROM (
            SELECT starts_at, ends_at, min(opened_at) AS opened_at, count(*) AS places FROM {source}
            WHERE {own}tiers & w.bit <> 0
              AND (starts_at, ends_at) > (w.after_start, w.after_end)
              AND ends_at >= w.done AND starts_at <= w.latest AND minutes + 0 >= w.minutes
            GROUP BY starts_at, ends_at ORDER BY starts_at, ends_at LIMIT %(limit)s
        ) s), {off_peak}
    FROM unnest(
        %(ids)s::bigint[], %(bits)s::int[], %(done)s::timestamptz[], %(latest)s::timestamptz[], %(minutes)s::int[],
        %(asked)s::int[], %(after_start)s::timestamptz[], %(after_end)s::timestamptz[]
    ) w (instrument, bit, done, latest, minutes, asked, after_start, after_end)
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
            FROM free_gaps_computed(r.id, tstzrange(greatest(w.since, r.gaps_until), least(
                w.latest, greatest(w.since, r.gaps_until) + %(most)s::interval), '[]'), %(without)s::bigint[],
                true, %(modes)s::varchar[]) g
            WHERE g.opened_at >= r.gaps_until AND g.tiers & w.bit <> 0
              AND g.ends_at >= w.done AND g.starts_at <= w.latest
              AND g.ends_at - g.starts_at >= w.minutes * interval '1 minute'
            GROUP BY g.starts_at, g.ends_at
        ) s), {off_peak}
    FROM unnest(
        %(ids)s::bigint[], %(bits)s::int[], %(since)s::timestamptz[], %(done)s::timestamptz[],
        %(latest)s::timestamptz[], %(minutes)s::int[], %(asked)s::int[]
    ) w (instrument, bit, since, done, latest, minutes, asked)
    JOIN calendars_resource r ON r.instrument_id = w.instrument
    WHERE w.latest >= greatest(w.since, r.gaps_until)
"""

# The same as if one reservation held nothing: where it does, the open windows are computed without it.
_FREED = """
    (
        SELECT g.* FROM (
            SELECT g.tiers, g.starts_at, g.ends_at, g.opened_at, g.minutes FROM calendars_freegap g
            WHERE g.resource_id = r.id AND NOT EXISTS (
                SELECT 1 FROM calendar_open_windows(r.id, {held}) o
                WHERE o.tiers = g.tiers AND g.starts_at >= lower(o.during) AND g.ends_at <= upper(o.during))
            UNION ALL
            SELECT g.tiers, g.starts_at, g.ends_at, g.opened_at,
                   floor(extract(epoch FROM g.ends_at - g.starts_at) / 60)
            FROM free_gaps_computed(r.id, {held}, %(without)s::bigint[]) g WHERE g.opened_at < r.gaps_until
        ) g
    ) freed
"""
# The index knows no access mode: where needs hold in some only, the gaps of the one that is meant are computed.
_IN_MODE = """
    (
        SELECT g.tiers, g.starts_at, g.ends_at, g.opened_at,
               floor(extract(epoch FROM g.ends_at - g.starts_at) / 60) AS minutes
        FROM (SELECT w.done - w.minutes * interval '1 minute' AS since) s
        CROSS JOIN LATERAL free_gaps_computed(
            r.id, tstzrange(s.since, greatest(s.since, least(w.latest, r.gaps_until)), '[]'), %(without)s::bigint[],
            true, %(modes)s::varchar[]) g
        WHERE g.opened_at < r.gaps_until
    ) in_mode
"""
_HELD = """(
    SELECT range_merge(range_agg(tstzrange(
        lower(c.occupies) - t.turnaround_minutes * interval '1 minute', upper(c.occupies))))
    FROM calendars_claim c JOIN calendars_resource t ON t.id = c.resource_id
    WHERE c.reservation_id = ANY (%(without)s::bigint[]))"""

_INDEXED = _INDEXED.replace("{off_peak}", _OFF_PEAK.format(since="w.done - w.minutes * interval '1 minute'"))
_COMPUTED = _INDEXED.replace("{source}", _IN_MODE).replace("{own}", "")
_INDEXED_FREED = _INDEXED.replace("{source}", _FREED.replace("{held}", _HELD)).replace("{own}", "")
_INDEXED = _INDEXED.replace("{source}", "calendars_freegap").replace("{own}", "resource_id = r.id AND ")
_BEYOND = _BEYOND.replace("{off_peak}", _OFF_PEAK.format(since="greatest(w.since, r.gaps_until)"))

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)


class Wish(NamedTuple):
    """Which gaps of one instrument: open to the bit's tier, long enough, with room from `since` on.

    latest: the last start that is of use, None: any. after: the last gap that was read before. full: what was asked
    for, where the gaps may be shorter.
    """

    instrument_id: int
    bit: int
    since: datetime
    latest: datetime | None
    length: timedelta
    after: Gap | None = None
    full: timedelta | None = None

    @property
    def minutes(self) -> int:
        return self.length // timedelta(minutes=1)

    @property
    def asked_minutes(self) -> int:
        return (self.full or self.length) // timedelta(minutes=1)


class GapsRead(NamedTuple):
    """One instrument's calendar: what its rules are and the gaps that were asked for, in order."""

    instrument_id: int
    zone: ZoneInfo
    revision: int
    gaps_until: datetime | None
    policy: list[StoredValue]
    gaps: list[Gap]


def indexed_gaps(
    wishes: Sequence[Wish], *, limit: int, without: int | None = None, mode: str = ""
) -> Iterator[GapsRead]:
    """The next gaps of the index, at most `limit` for each instrument. One statement.

    without: as if this reservation held nothing; some milliseconds more. mode: computed with what this access mode
    needs, some milliseconds for each instrument; empty: with what every use needs.
    """
    parameters = _columns(wishes) | {
        "after_start": [wish.after.starts_at if wish.after else _BEFORE_ALL for wish in wishes],
        "after_end": [wish.after.ends_at if wish.after else _BEFORE_ALL for wish in wishes],
        "limit": limit,
        "without": _ids(without),
        "modes": [mode] if mode else [],
    }
    statement = _COMPUTED if mode else _INDEXED if without is None else _INDEXED_FREED
    for instrument_id, zone_name, revision, gaps_until, policy, gaps, off_peak in _rows(statement, parameters):
        yield GapsRead(
            instrument_id,
            zone_of(zone_name),
            revision,
            None if gaps_until is None else _instant(float(gaps_until)),
            [StoredValue(*value) for value in _parsed(policy)],
            _gaps(gaps, off_peak),
        )


def gaps_beyond(wishes: Sequence[Wish], *, without: int | None = None, mode: str = "") -> dict[int, list[Gap]]:
    """The gaps of the first BEYOND_DAYS behind the index or `since`, by instrument: windows minus claims.

    without, mode: as of indexed_gaps.
    One statement; some milliseconds for each instrument, so ask for few.
    """
    parameters = _columns(wishes) | {
        "most": timedelta(days=BEYOND_DAYS),
        "without": _ids(without),
        "modes": [mode] if mode else [],
    }
    return {instrument_id: _gaps(gaps, off_peak) for instrument_id, gaps, off_peak in _rows(_BEYOND, parameters)}


def _ids(without: int | None) -> list[int]:
    return [] if without is None else [without]


def _columns(wishes: Sequence[Wish]) -> dict[str, Any]:
    return {
        "ids": [wish.instrument_id for wish in wishes],
        "bits": [wish.bit for wish in wishes],
        "since": [wish.since for wish in wishes],
        "done": [wish.since + wish.length for wish in wishes],
        "latest": [wish.latest or _NEVER for wish in wishes],
        "minutes": [wish.minutes for wish in wishes],
        "asked": [wish.asked_minutes for wish in wishes],
        "longest": defaults()["max_duration"],
    }


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _gaps(document: str | list[list[Any]], off_peak: str | list[list[Any]] | None) -> list[Gap]:
    quiet = tuple(TimeWindow(_instant(start), _instant(end)) for start, end in _parsed(off_peak or []))
    return [
        Gap(_instant(starts_at), _instant(ends_at), _instant(opened_at), places, quiet)
        for starts_at, ends_at, opened_at, places in _parsed(document)
    ]


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _parsed(document: str | list[list[Any]]) -> list[list[Any]]:
    parsed: list[list[Any]] = json.loads(document) if isinstance(document, str) else document
    return parsed
