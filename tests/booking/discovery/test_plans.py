"""The plan of the probe: skip scans must not lead it to the indexes by start (engine.md, FreeGap)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.viewers import ANONYMOUS
from booking.discovery import functions
from booking.discovery.selectors import Search, discover
from booking.reservations.selectors.terms import FIRST_START, LENGTH, TIMED
from tests.factories.booking import make_bookable, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

MINUTES = (1, 60, 240, 600)

# A thousand calendars with sixty gaps each: a table on which other indexes would look tempting.
_CALENDARS = """
    WITH made AS (
        INSERT INTO calendars_resource
            (kind, institution_id, name, capacity, turnaround_minutes, revision, revised_in)
        SELECT 'operator', %(institution)s, 'Duty', 1, 0, 1, 0 FROM generate_series(1, 1000) RETURNING id
    )
    INSERT INTO calendars_freegap (resource_id, place, tiers, starts_at, ends_at, opened_at, minutes)
    SELECT m.id, 1, 15, s.at, s.at + s.minutes * interval '1 minute', s.at, s.minutes
    FROM made m CROSS JOIN LATERAL (
        SELECT %(since)s + n * interval '14 hours' + m.id %% 60 * interval '1 minute' AS at,
               30 + (n + 3) * m.id %% 600 AS minutes
        FROM generate_series(-3, 56) n
    ) s
"""


@pytest.fixture(autouse=True)
def _many_gaps() -> None:
    instrument, *_others = [make_bookable() for _ in range(8)]
    with connection.cursor() as cursor:
        since = slot("08:00").starts_at
        cursor.execute(_CALENDARS, {"institution": instrument.institution_id, "since": since})
        cursor.execute("ANALYZE calendars_freegap, calendars_resource, catalogue_instrument, reservations_terms")


def plan_of(statement: str, options: str = "") -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON{options}) {statement}")
        return cursor.fetchone()[0]


def ways_to(table: str, node: Any) -> Iterator[str]:
    """How a plan reads a table: the index, or the kind of scan."""
    if isinstance(node, list):
        for each in node:
            yield from ways_to(table, each)
    elif isinstance(node, dict):
        if node.get("Relation Name") == table:
            yield str(node.get("Index Name", node["Node Type"]))
        yield from ways_to(table, list(node.values()))


def test_probe__values_known__by_resource_alone() -> None:
    week = slot("00:00", 24 * 7)
    for minutes in MINUTES:
        search = Search(free_from=week.starts_at, free_to=week.ends_at, minutes=minutes)
        with CaptureQueriesContext(connection) as queries:
            discover(ANONYMOUS, search)
        (probe,) = (each["sql"] for each in queries.captured_queries if "calendars_freegap" in each["sql"])
        assert set(ways_to("calendars_freegap", plan_of(probe))) == {"gap_resource_start"}, minutes


def test_probe__prepared_for_any_values__by_resource_alone() -> None:
    for minutes in MINUTES:
        plan = plan_of(prepared(minutes), ", GENERIC_PLAN")
        assert set(ways_to("calendars_freegap", plan)) == {"gap_resource_start"}, minutes


def prepared(minutes: int) -> str:
    """The probe as the server keeps it, with numbers for its values."""
    statement = functions._PROBED.format(
        candidates="SELECT id, 8 FROM catalogue_instrument WHERE status = 'published'",
        timed=TIMED,
        first_start=FIRST_START,
        length=LENGTH,
        page=functions._PAGE.format(keys="NULL"),
        minutes=minutes,
    )
    names = sorted(set(re.findall(r"%\((\w+)\)s", statement)))
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement)
