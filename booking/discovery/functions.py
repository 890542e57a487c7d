"""Which candidates are free soonest, asked of the index of free gaps. Source: engine.md, FreeGap, "search"."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST_PROBED: Final = 5_000
"""Up to so many candidates each is asked for its first gap; more, and gaps are swept in order of time."""

_PROBE = """
    WITH candidate (id, bit) AS MATERIALIZED ({candidates})
    SELECT c.id FROM candidate c
    JOIN calendars_resource r ON r.instrument_id = c.id
    CROSS JOIN LATERAL (
        SELECT greatest(g.starts_at, %(since)s) AS starts_at FROM calendars_freegap g
        WHERE g.resource_id = r.id AND g.tiers & c.bit <> 0 AND g.ends_at >= %(done)s
          AND g.starts_at <= %(latest)s AND g.minutes + 0 >= {minutes}
        ORDER BY g.starts_at LIMIT 1
    ) soonest
    ORDER BY soonest.starts_at, c.id LIMIT {count}
"""

# Free at once (gaps that began within a day, and the few that are longer than a day), then by the next start.
# Each arm stops early; conditions on minutes name their partial index, limits are literals for the planner.
_SWEEP = """
    WITH candidate (id, bit) AS NOT MATERIALIZED ({candidates})
    SELECT id FROM (
        (SELECT c.id, %(since)s::timestamptz AS starts_at FROM calendars_freegap g
         JOIN calendars_resource r ON r.id = g.resource_id JOIN candidate c ON c.id = r.instrument_id
         WHERE g.starts_at <= %(since)s AND g.starts_at > %(yesterday)s AND g.minutes >= 60
           AND g.ends_at >= %(done)s AND g.tiers & c.bit <> 0 LIMIT {count})
        UNION ALL
        (SELECT c.id, %(since)s FROM calendars_freegap g
         JOIN calendars_resource r ON r.id = g.resource_id JOIN candidate c ON c.id = r.instrument_id
         WHERE g.ends_at >= %(done)s AND g.minutes > 1440 AND g.starts_at <= %(yesterday)s
           AND g.tiers & c.bit <> 0 LIMIT {count})
        UNION ALL
        (SELECT c.id, g.starts_at FROM calendars_freegap g
         JOIN calendars_resource r ON r.id = g.resource_id JOIN candidate c ON c.id = r.instrument_id
         WHERE g.starts_at > %(since)s AND g.starts_at <= %(latest)s AND g.minutes >= 60
           AND g.minutes >= {minutes} AND g.tiers & c.bit <> 0
         ORDER BY g.starts_at LIMIT {count})
    ) found GROUP BY id ORDER BY min(starts_at), id LIMIT {count}
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Free for `length` somewhere between two instants, aware UTC; until None: whenever."""

    since: datetime
    until: datetime | None
    length: timedelta

    def bounds(self) -> dict[str, Any]:
        """The instants that the statements compare with."""
        return {
            "since": self.since,
            "done": self.since + self.length,
            "latest": (self.until or datetime.max.replace(tzinfo=UTC)) - self.length,
            "yesterday": self.since - timedelta(days=1),
        }


def soonest_ids(candidates: "QuerySet[Any, Any]", stretch: Stretch, count: int) -> list[int]:
    """Ids of the candidates that are free soonest, at most `count`. Two statements, bounded.

    candidates: rows of (instrument id, bit of the viewer's tier there). Knows no lead time or grid. A sweep
    may return fewer distinct ids than there are: several gaps of one instrument count towards its limit.
    """
    try:
        sql, parameters = candidates.query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing fits, without asking
        return []
    few = candidates.order_by()[: MOST_PROBED + 1].count() <= MOST_PROBED
    minutes = max(1, int(stretch.length.total_seconds() // 60))
    named = {f"candidate_{index}": value for index, value in enumerate(parameters)}
    statement = (_PROBE if few else _SWEEP).format(
        candidates=sql % tuple(f"%({name})s" for name in named), count=int(count), minutes=minutes
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, named | stretch.bounds())
        return [row[0] for row in cursor.fetchall()]
