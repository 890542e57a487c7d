"""Which candidates can be booked soonest, asked of the index of free gaps. Source: engine.md, FreeGap, "search".

What fits is judged in the same statement by each instrument's own rules (`reservations.selectors.terms`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from booking.reservations.selectors.terms import FIRST_START, LENGTH, TIMED, timed_parameters

MOST_PROBED: Final = 1_500
"""Up to so many candidates each is asked for its first window; more, and gaps are swept in order of time."""

MOST_PROBED_RATIO: Final = 30
"""So are more, where they are a small part of all instruments and a sweep would pass many others for each."""

MOST_KNOWN: Final = 5_000
"""Up to so many candidates are written down for a sweep; of more each gap's instrument is looked up."""

GAPS_SWEPT: Final = (1.5, 6, 24, 96)
"""Gaps looked at per instrument that is to be counted; the next round when they were too few."""

# "minutes + 0" keeps the planner from the indexes by start, whose order would be of no use (engine.md, FreeGap).
_PROBED = """
    WITH candidate (id, bit) AS MATERIALIZED ({candidates}),
    hit AS MATERIALIZED (
        SELECT c.id, c.bit, r.revision, {length} AS wished, t.step, s.gap_start, s.start
        FROM candidate c
        JOIN calendars_resource r ON r.instrument_id = c.id
        CROSS JOIN LATERAL (SELECT zone FROM accounts_institution WHERE id = r.institution_id OFFSET 0) n
        JOIN reservations_terms m ON m.instrument_id = c.id AND m.tier_bit = c.bit
        CROSS JOIN LATERAL ({timed}) t
        CROSS JOIN LATERAL (
            SELECT gap_start, gap_end, start FROM (
                SELECT g.starts_at AS gap_start, g.ends_at AS gap_end, {first_start} AS start
                FROM calendars_freegap g
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
# Each arm is ordered as its index is and read only as far as needed; conditions on minutes name the partial indexes
# (by start: an hour or more, under an hour), "+ interval '0'" keeps the long ones to theirs, by end. The limit is a
# literal for the planner.
_GAPS = "SELECT g.resource_id, g.tiers, g.starts_at, g.ends_at, g.opened_at FROM calendars_freegap g"
_NOW_ARM = """
    ({gaps} WHERE g.starts_at <= %(since)s AND g.starts_at > %(yesterday)s AND g.starts_at <= %(latest)s
       AND g.minutes {minutes_are} AND g.minutes >= {minutes} AND g.ends_at >= %(done)s
     ORDER BY g.starts_at, g.resource_id)
"""
_LONG_ARM = """
    ({gaps} WHERE g.ends_at >= %(done)s AND g.minutes > 1440 AND g.minutes >= {minutes}
       AND g.starts_at + interval '0' <= least(%(yesterday)s::timestamptz, %(latest)s::timestamptz)
     ORDER BY g.ends_at, g.resource_id)
"""
_NEXT_ARM = """
    ({gaps} WHERE g.starts_at > %(since)s AND g.starts_at <= %(latest)s AND g.minutes {minutes_are}
       AND g.minutes >= {minutes}
     ORDER BY g.starts_at, g.resource_id)
"""
_MERGED = "(SELECT * FROM ({arms}) coming ORDER BY starts_at, resource_id)"

# Of many candidates each is looked up by its key. Of fewer a hash is made, which no filter is too costly for; "IS
# TRUE" keeps the planner from a join that would lose the order of the gaps.
_OF_MANY = """
    WITH candidate (id, bit) AS NOT MATERIALIZED ({candidates}),
    taken AS MATERIALIZED (
        SELECT c.id, c.bit, r.revision, r.institution_id, g.starts_at, g.ends_at, g.opened_at
        FROM ({arms}) g
        JOIN calendars_resource r ON r.id = g.resource_id
        JOIN candidate c ON c.id = r.instrument_id
        WHERE g.tiers & c.bit <> 0 LIMIT {most_gaps}
    ),
    swept AS (SELECT * FROM taken),
"""
_OF_SOME = """
    WITH candidate (id, bit) AS MATERIALIZED ({candidates}),
    taken AS MATERIALIZED (
        SELECT r.instrument_id, r.revision, r.institution_id, g.tiers, g.starts_at, g.ends_at, g.opened_at
        FROM ({arms}) g
        JOIN calendars_resource r ON r.id = g.resource_id
        WHERE g.tiers & (SELECT bit_or(c.bit) FROM candidate c) <> 0
          AND (r.instrument_id IN (SELECT c.id FROM candidate c)) IS TRUE
        LIMIT {most_gaps}
    ),
    swept AS (
        SELECT c.id, c.bit, g.* FROM taken g JOIN candidate c ON c.id = g.instrument_id AND g.tiers & c.bit <> 0
    ),
"""
# The comment makes each statement another one, so that it is planned for its values: the plan for any values took
# 700 ms instead of 40 in a category of 150,000 instruments.
_SWEPT = """
    -- {now}
    {swept}
    hit AS MATERIALIZED (
        SELECT DISTINCT ON (id) id, bit, revision, gap_start, start, step, {swept_length} AS wished FROM (
            SELECT g.id, g.bit, g.revision, t.wished, t.whole, t.whole_last, t.longest, t.step,
                   g.starts_at AS gap_start, g.ends_at AS gap_end, {first_start} AS start
            FROM swept g
            CROSS JOIN LATERAL (SELECT zone FROM accounts_institution WHERE id = g.institution_id OFFSET 0) n
            JOIN reservations_terms m ON m.instrument_id = g.id AND m.tier_bit = g.bit
            CROSS JOIN LATERAL ({timed}) t OFFSET 0
        ) judged WHERE start IS NOT NULL ORDER BY id, start
    )
    SELECT (SELECT count(*) >= {most_gaps} FROM taken), {page}
"""
_SWEPT_LENGTH = LENGTH.replace("m.instrument_id, m.tier_bit", "id, bit").replace("t.", "")
_NUMBERS = """
    SELECT (SELECT count(*) FROM ({candidates} LIMIT {most}) candidate),
           (SELECT reltuples::bigint FROM pg_class WHERE oid = 'catalogue_instrument'::regclass)
"""
_KEYS = "CASE WHEN (SELECT count(*) FROM hit) <= %(most_keys)s THEN (SELECT array_agg(id) FROM hit) END"
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
    is_swept: they were looked for in order of time, and no more of them than asked for.
    """

    page: list[Offer]
    number: int
    is_all: bool = True
    keys: frozenset[int] = frozenset()
    is_everybody: bool = False
    is_swept: bool = False


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
    most_keys: int = 0,
) -> Soonest:
    """The candidates that can be booked soonest. Two statements, bounded; a sweep may take more.

    candidates: rows of (instrument id, bit of the viewer's tier there). most: so many are
    told exactly, of more only that they are more. most_keys: of so many the ids are wanted.
    Knows nothing beyond the horizon of the index.
    """
    if stretch.latest < stretch.since:
        return Soonest([], 0, is_everybody=True)
    try:
        sql, values = candidates.order_by().query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing fits, without asking
        return Soonest([], 0, is_everybody=True)
    named = {f"candidate_{index}": value for index, value in enumerate(values)}
    statement = sql % tuple(f"%({name})s" for name in named)
    page = {"offset": offset, "limit": limit, "most": most, "most_keys": most_keys}
    minutes = max(stretch.minutes, 1)
    question = _Question(statement, named | stretch.parameters() | page, minutes, most_keys > 0)
    number, listed = _numbers(question)
    is_probed = number <= max(MOST_PROBED, min(MOST_KNOWN, listed // MOST_PROBED_RATIO))
    found = _probed(question) if is_probed else _swept(question, _OF_SOME if number <= MOST_KNOWN else _OF_MANY)
    return Soonest(*found, is_everybody=found[1] == number <= MOST_KNOWN, is_swept=not is_probed)


Found = tuple[list[Offer], int, bool, frozenset[int]]


def _numbers(question: _Question) -> tuple[int, int]:
    """How many candidates there are, counted to one more than MOST_KNOWN, and about how many instruments."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS.format(candidates=question.candidates, most=MOST_KNOWN + 1), question.parameters)
        number, listed = cursor.fetchone()
    return number, max(listed, 0)


def _probed(question: _Question) -> Found:
    return _asked(_PROBED, question, minutes=question.minutes)


def _swept(question: _Question, swept: str) -> Found:
    """Gaps in order of time, more of them while they were not all and too few instruments were found."""
    most, arms = question.parameters["most"], " UNION ALL ".join(_arms(question.minutes))
    found: Found = ([], 0, True, frozenset())
    for per_instrument in GAPS_SWEPT:
        said = {"arms": arms, "most_gaps": int(per_instrument * (most + 1)), "candidates": question.candidates}
        parts = {"swept": swept.format(**said), "most_gaps": said["most_gaps"]}
        found = _asked(_SWEPT, question, now=question.parameters["now"].isoformat(), **parts)
        if found[1] > most or found[2]:
            break
    return found


def _arms(minutes: int) -> list[str]:
    """Those of gaps that have begun, then those of the next ones, merged in order."""
    sizes = [">= 60"] if minutes >= 60 else [">= 60", "< 60"]
    said = {"gaps": _GAPS, "minutes": minutes}
    following = " UNION ALL ".join(_NEXT_ARM.format(minutes_are=size, **said) for size in sizes)
    begun = [_NOW_ARM.format(minutes_are=size, **said) for size in sizes]
    return [*begun, _LONG_ARM.format(**said), following if len(sizes) == 1 else _MERGED.format(arms=following)]


def _asked(statement: str, question: _Question, **parts: object) -> Found:
    page = _PAGE.format(keys=_KEYS if question.with_keys else "NULL")
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(
                candidates=question.candidates,
                timed=TIMED,
                first_start=FIRST_START,
                length=LENGTH,
                swept_length=_SWEPT_LENGTH,
                page=page,
                **parts,
            ),
            question.parameters,
        )
        rows = cursor.fetchall()
    is_full, number, keys = rows[0][:3]
    offers = [Offer(*row[3:]) for row in rows if row[3] is not None]
    return offers, number, not is_full, frozenset(keys or ())
