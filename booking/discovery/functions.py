"""Which candidates can be booked soonest, asked of the index of free gaps. Source: engine.md, FreeGap, "search".

What fits is judged in the same statement by each instrument's own rules (`reservations.selectors.terms`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from booking.reservations.selectors.terms import FIRST_START, TIMED, timed_parameters

MOST_PROBED: Final = 5_000
"""Up to so many candidates each is asked for its first window; more, and gaps are swept in order of time."""

GAPS_SWEPT: Final = (1.4, 6, 24, 96)
"""Gaps looked at per instrument that is to be counted; the next round when they were too few."""

# "minutes + 0" keeps the planner from the indexes by start, whose order would be of no use (engine.md, FreeGap).
_PROBED = """
    WITH candidate (id, bit) AS MATERIALIZED ({candidates}),
    hit AS MATERIALIZED (
        SELECT c.id, c.bit, r.revision, t.wished, t.step, s.gap_start, s.start
        FROM candidate c
        JOIN calendars_resource r ON r.instrument_id = c.id
        JOIN accounts_institution n ON n.id = r.institution_id
        JOIN reservations_terms m ON m.instrument_id = c.id AND m.tier_bit = c.bit
        CROSS JOIN LATERAL ({timed}) t
        CROSS JOIN LATERAL (
            SELECT gap_start, start FROM (
                SELECT g.starts_at AS gap_start, {first_start} AS start FROM calendars_freegap g
                WHERE g.resource_id = r.id AND g.tiers & c.bit <> 0 AND g.ends_at >= %(done)s
                  AND g.starts_at <= %(latest)s AND g.minutes + 0 >= {minutes}
                ORDER BY g.starts_at OFFSET 0
            ) judged
            WHERE start IS NOT NULL LIMIT 1
        ) s
    )
    SELECT false, {page}
"""

# Free at once: gaps that began within a day, and the few that are longer than a day. Then by the next start.
# Each arm is ordered as its index is, and read only as far as the arms before it left room; conditions on minutes
# name the partial indexes (by start: an hour or more, under an hour), limits are literals for the planner.
_NOW_ARM = """
    (SELECT {columns} FROM {tables}
     WHERE g.starts_at <= %(since)s AND g.starts_at > %(yesterday)s AND g.minutes {minutes_are}
       AND g.minutes >= {minutes} AND g.ends_at >= %(done)s AND {fits}
     ORDER BY g.starts_at, g.resource_id LIMIT {gaps})
"""
_LONG_ARM = """
    (SELECT {columns} FROM {tables}
     WHERE g.ends_at >= %(done)s AND g.minutes > 1440 AND g.minutes >= {minutes} AND g.starts_at <= %(yesterday)s
       AND {fits}
     ORDER BY g.ends_at, g.resource_id LIMIT {gaps})
"""
_NEXT_ARM = """
    (SELECT {columns} FROM {tables}
     WHERE g.starts_at > %(since)s AND g.starts_at <= %(latest)s AND g.minutes {minutes_are}
       AND g.minutes >= {minutes} AND {fits}
     ORDER BY g.starts_at, g.resource_id LIMIT {gaps})
"""
_MERGED = "(SELECT * FROM ({arms}) coming ORDER BY starts_at, resource_id LIMIT {gaps})"
_COLUMNS = "c.id, c.bit, r.revision, r.institution_id, g.resource_id, g.starts_at, g.ends_at, g.opened_at"
_TABLES = """calendars_freegap g JOIN calendars_resource r ON r.id = g.resource_id
     JOIN candidate c ON c.id = r.instrument_id"""
_FITS = "g.starts_at <= %(latest)s AND g.tiers & c.bit <> 0"
_SWEPT = """
    WITH candidate (id, bit) AS NOT MATERIALIZED ({candidates}),
    swept AS MATERIALIZED (SELECT * FROM ({arms}) arm LIMIT {gaps}),
    hit AS MATERIALIZED (
        SELECT DISTINCT ON (id) * FROM (
            SELECT g.id, g.bit, g.revision, t.wished, t.step, g.starts_at AS gap_start, {first_start} AS start
            FROM swept g
            JOIN accounts_institution n ON n.id = g.institution_id
            JOIN reservations_terms m ON m.instrument_id = g.id AND m.tier_bit = g.bit
            CROSS JOIN LATERAL ({timed}) t OFFSET 0
        ) judged WHERE start IS NOT NULL ORDER BY id, start
    )
    SELECT (SELECT count(*) >= {gaps} FROM swept), {page}
"""
_KEYS = "CASE WHEN (SELECT count(*) FROM hit) <= %(most)s THEN (SELECT array_agg(id) FROM hit) END"
_PAGE = """
    (SELECT count(*) FROM hit), {keys}, p.*
    FROM (SELECT) one LEFT JOIN (
        SELECT id, bit, start, start + wished, gap_start, step, revision FROM hit
        ORDER BY start, id LIMIT %(limit)s OFFSET %(offset)s
    ) p ON true ORDER BY p.start, p.id
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Free for `minutes` (0: the shortest booking) between two instants, aware UTC; until None: whenever."""

    now: datetime
    since: datetime
    until: datetime | None
    minutes: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=max(self.minutes, 1))

    @property
    def latest(self) -> datetime:
        """The last useful start."""
        return (self.until or datetime.max.replace(tzinfo=UTC)) - self.length

    def parameters(self) -> dict[str, Any]:
        """What the statements refer to by name."""
        terms = timed_parameters(now=self.now, since=self.since, until=self.until, minutes=self.minutes)
        return terms | {
            "done": self.since + self.length,
            "latest": self.latest,
            "yesterday": self.since - timedelta(days=1),
        }


class Offer(NamedTuple):
    """A window that an instrument can be booked for, found in the gap from gap_start on. Instants aware UTC."""

    instrument_id: int
    bit: int
    starts_at: datetime
    ends_at: datetime
    gap_start: datetime
    step: timedelta
    revision: int


@dataclass(frozen=True, slots=True)
class Soonest:
    """One page of offers, soonest first. number: how many candidates have one; is_all: no others have.

    keys: ids of all that have one, where asked for. is_everybody: every candidate has one.
    """

    page: list[Offer]
    number: int
    is_all: bool = True
    keys: frozenset[int] = frozenset()
    is_everybody: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """The candidates' statement and everything that the statements around it refer to."""

    candidates: str
    parameters: dict[str, Any]
    minutes: int
    with_keys: bool


def soonest(
    candidates: "QuerySet[Any, Any]",
    stretch: Stretch,
    *,
    offset: int,
    limit: int,
    most: int,
    with_keys: bool = False,
) -> Soonest:
    """The candidates that can be booked soonest. Two statements, bounded; a sweep may take more.

    candidates: rows of (instrument id, bit of the viewer's tier there). most: so many are
    told exactly, of more only that they are more. Knows nothing beyond the horizon of the index.
    """
    if stretch.latest < stretch.since:
        return Soonest([], 0, is_everybody=True)
    try:
        sql, values = candidates.order_by().query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing fits, without asking
        return Soonest([], 0, is_everybody=True)
    named = {f"candidate_{index}": value for index, value in enumerate(values)}
    statement = sql % tuple(f"%({name})s" for name in named)
    page = {"offset": offset, "limit": limit, "most": most}
    minutes = max(stretch.minutes, 1)
    question = _Question(statement, named | stretch.parameters() | page, minutes, with_keys)
    number = candidates.order_by()[: MOST_PROBED + 1].count()
    found = _probed(question) if number <= MOST_PROBED else _swept(question)
    return Soonest(*found, is_everybody=found[1] == number <= MOST_PROBED)


Found = tuple[list[Offer], int, bool, frozenset[int]]


def _probed(question: _Question) -> Found:
    return _asked(_PROBED, question, minutes=question.minutes)


def _swept(question: _Question) -> Found:
    """Gaps in order of time, more of them while they were not all and too few instruments were found."""
    most = question.parameters["most"]
    found: Found = ([], 0, True, frozenset())
    for per_instrument in GAPS_SWEPT:
        gaps = int(per_instrument * (most + 1))
        found = _asked(_SWEPT, question, arms=" UNION ALL ".join(_arms(question.minutes, gaps)), gaps=gaps)
        if found[1] > most or found[2]:
            break
    return found


def _arms(minutes: int, gaps: int) -> list[str]:
    """Those of gaps that have begun, then those of the next ones, merged in order."""
    sizes = [">= 60"] if minutes >= 60 else [">= 60", "< 60"]
    said = {"columns": _COLUMNS, "tables": _TABLES, "fits": _FITS, "minutes": minutes, "gaps": gaps}
    following = " UNION ALL ".join(_NEXT_ARM.format(minutes_are=size, **said) for size in sizes)
    if len(sizes) > 1:
        following = _MERGED.format(arms=following, gaps=gaps)
    begun = [_NOW_ARM.format(minutes_are=size, **said) for size in sizes]
    return [*begun, _LONG_ARM.format(**said), following]


def _asked(statement: str, question: _Question, **parts: object) -> Found:
    page = _PAGE.format(keys=_KEYS if question.with_keys else "NULL")
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(
                candidates=question.candidates, timed=TIMED, first_start=FIRST_START, page=page, **parts
            ),
            question.parameters,
        )
        rows = cursor.fetchall()
    is_full, number, keys = rows[0][:3]
    offers = [Offer(*row[3:]) for row in rows if row[3] is not None]
    return offers, number, not is_full, frozenset(keys or ())
