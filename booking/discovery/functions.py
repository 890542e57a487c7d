"""Which candidates are free soonest, asked of the index of free gaps. Source: engine.md, FreeGap, "search"."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST_PROBED: Final = 5_000
"""Up to so many candidates each is asked for its first gap; more, and gaps are swept in order of time."""

GAPS_SWEPT: Final = (2, 8, 32)
"""Gaps looked at per wanted instrument, in each arm of a sweep; the next round when too few instruments came."""

_PROBE = """
    WITH candidate (id, bit) AS MATERIALIZED ({candidates})
    SELECT c.id, c.bit, false FROM candidate c
    JOIN calendars_resource r ON r.instrument_id = c.id
    CROSS JOIN LATERAL (
        SELECT greatest(g.starts_at, %(since)s) AS starts_at FROM calendars_freegap g
        WHERE g.resource_id = r.id AND g.tiers & c.bit <> 0 AND g.ends_at >= %(done)s
          AND g.starts_at <= %(latest)s AND g.minutes + 0 >= {minutes}
        ORDER BY g.starts_at LIMIT 1
    ) soonest
    ORDER BY soonest.starts_at, c.id LIMIT {count}
"""

# Free at once: gaps that began within a day, and the few that are longer than a day. Then by the next start.
# Each arm stops early and is ordered as its index is; conditions on minutes name the partial indexes (by start:
# an hour or more, under an hour), limits are literals for the planner. An arm that was full may have left
# somebody out, also because parallel places have equal gaps.
_NOW_ARM = """
    (SELECT c.id, c.bit, %(since)s::timestamptz AS starts_at, '{minutes_are} now' AS arm FROM calendars_freegap g
     JOIN calendars_resource r ON r.id = g.resource_id JOIN candidate c ON c.id = r.instrument_id
     WHERE g.starts_at <= %(since)s AND g.starts_at > %(yesterday)s AND g.minutes {minutes_are}
       AND g.ends_at >= %(done)s AND g.tiers & c.bit <> 0
     ORDER BY g.starts_at, g.resource_id LIMIT {gaps})
"""
_LONG_ARM = """
    (SELECT c.id, c.bit, %(since)s::timestamptz, 'long' FROM calendars_freegap g
     JOIN calendars_resource r ON r.id = g.resource_id JOIN candidate c ON c.id = r.instrument_id
     WHERE g.ends_at >= %(done)s AND g.minutes > 1440 AND g.starts_at <= %(yesterday)s
       AND g.tiers & c.bit <> 0
     ORDER BY g.ends_at, g.resource_id LIMIT {gaps})
"""
_NEXT_ARM = """
    (SELECT c.id, c.bit, g.starts_at, '{minutes_are} next' FROM calendars_freegap g
     JOIN calendars_resource r ON r.id = g.resource_id JOIN candidate c ON c.id = r.instrument_id
     WHERE g.starts_at > %(since)s AND g.starts_at <= %(latest)s AND g.minutes {minutes_are}
       AND g.minutes >= {minutes} AND g.tiers & c.bit <> 0
     ORDER BY g.starts_at, g.resource_id LIMIT {gaps})
"""
_SWEEP = """
    WITH candidate (id, bit) AS NOT MATERIALIZED ({candidates}), found AS MATERIALIZED ({arms})
    SELECT id, bit, EXISTS (SELECT FROM found GROUP BY arm HAVING count(*) >= {gaps})
    FROM found GROUP BY id, bit ORDER BY min(starts_at), id LIMIT {count}
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Free for `length` somewhere between two instants, aware UTC; until None: whenever."""

    since: datetime
    until: datetime | None
    length: timedelta

    @property
    def minutes(self) -> int:
        return max(1, int(self.length.total_seconds() // 60))

    @property
    def latest(self) -> datetime:
        """The last useful start."""
        return (self.until or datetime.max.replace(tzinfo=UTC)) - self.length

    def bounds(self) -> dict[str, Any]:
        """The instants that the statements compare with."""
        return {
            "since": self.since,
            "done": self.since + self.length,
            "latest": self.latest,
            "yesterday": self.since - timedelta(days=1),
        }


@dataclass(frozen=True, slots=True)
class Soonest:
    """(instrument id, bit) of candidates with a gap that fits, soonest first.

    is_all: no others have one. is_everybody: there are no other candidates at all.
    """

    found: list[tuple[int, int]]
    is_all: bool = True
    is_everybody: bool = False


def soonest(candidates: "QuerySet[Any, Any]", stretch: Stretch, count: int) -> Soonest:
    """The candidates that have a free gap soonest, at most `count`. Two statements, bounded; a sweep may take more.

    candidates: rows of (instrument id, bit of the viewer's tier there). Knows no lead time or grid, and nothing
    beyond the horizon of the index.
    """
    if stretch.latest < stretch.since:
        return Soonest([], is_everybody=True)
    try:
        sql, parameters = candidates.query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing fits, without asking
        return Soonest([], is_everybody=True)
    named = {f"candidate_{index}": value for index, value in enumerate(parameters)}
    statement = sql % tuple(f"%({name})s" for name in named)
    number = candidates.order_by()[: MOST_PROBED + 1].count()
    ask = _probed if number <= MOST_PROBED else _swept
    found, is_full = ask(statement, named | stretch.bounds(), stretch, count + 1)
    everybody = number <= MOST_PROBED and len(found) == number
    return Soonest(found[:count], is_all=len(found) <= count and not is_full, is_everybody=everybody)


Found = tuple[list[tuple[int, int]], bool]


def _probed(candidates: str, values: dict[str, Any], stretch: Stretch, count: int) -> Found:
    return _asked(_PROBE.format(candidates=candidates, count=count, minutes=stretch.minutes), values)


def _swept(candidates: str, values: dict[str, Any], stretch: Stretch, count: int) -> Found:
    """Gaps in order of time, more of them while an arm was full and too few instruments were found."""
    found, is_full = list[tuple[int, int]](), True
    for per_instrument in GAPS_SWEPT:
        gaps = per_instrument * count
        arms = " UNION ALL ".join(_arms(stretch)).format(gaps=gaps)
        found, is_full = _asked(_SWEEP.format(candidates=candidates, arms=arms, gaps=gaps, count=count), values)
        if len(found) >= count or not is_full:
            break
    return found, is_full


def _arms(stretch: Stretch) -> list[str]:
    sizes = [">= 60"] if stretch.minutes >= 60 else [">= 60", "< 60"]
    by_start = [
        arm.format(minutes_are=size, minutes=stretch.minutes, gaps="{gaps}")
        for size in sizes
        for arm in (_NOW_ARM, _NEXT_ARM)
    ]
    return [by_start[0], _LONG_ARM, *by_start[1:]]


def _asked(statement: str, values: dict[str, Any]) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [(row[0], row[1]) for row in rows], bool(rows and rows[0][2])
