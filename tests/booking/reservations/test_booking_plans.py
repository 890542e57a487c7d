"""How a booking is read and written: planned once, and what is looked up does not grow with what others stored."""

from collections.abc import Callable
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.state import ProjectState

from accounts.models import Tier
from booking.reservations.models import PolicyValue
from tests.factories.booking import booked, firm_user, make_bookable
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


FUNCTIONS = ("reservation_lock", "reservation_context", "reservation_write")


def statements_after(act: Callable[[], object]) -> list[tuple[str, int, int]]:
    """What a session of its own has prepared and planned for good when it has done it once: by function, how many.

    A plan that is made for the arguments of one call is thrown away with it.
    """

    def in_a_session_of_its_own() -> list[tuple[str, int, int]]:
        act()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT p.proname, count(*) FILTER (WHERE c.name = 'CachedPlanSource'),"
                " count(*) FILTER (WHERE c.name = 'CachedPlan') FROM pg_proc p JOIN pg_backend_memory_contexts c"
                " ON c.name LIKE 'CachedPlan%%' AND strpos(p.prosrc, c.ident) > 0 AND c.ident ~* '(from|insert) '"
                " WHERE p.proname = ANY (%s) GROUP BY p.proname",
                [list(FUNCTIONS)],
            )
            found: list[tuple[str, int, int]] = cursor.fetchall()
            return found

    (found,) = at_once([in_a_session_of_its_own])
    assert isinstance(found, list), found
    return found


@pytest.mark.django_db(transaction=True)
def test_functions_of_a_booking__called_once__are_not_planned_again() -> None:
    instrument, viewer = make_bookable(), firm_user()
    found = statements_after(lambda: booked(instrument, viewer))
    assert {name for name, _prepared, _planned in found} == set(FUNCTIONS)
    assert [planned for _name, _prepared, planned in found] == [prepared for _name, prepared, _planned in found]


def test_values_of_the_platform__beside_many_of_instruments__are_found_by_their_index() -> None:
    instrument = make_bookable()
    others = [
        PolicyValue(instrument=instrument, code=f"code_{n}", tier=tier, value=1)
        for n in range(500)
        for tier in Tier
    ]
    PolicyValue.objects.bulk_create([*others, PolicyValue(code="lead_time", value=60)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reservations_policyvalue")
        cursor.execute(
            "EXPLAIN SELECT code FROM reservations_policyvalue"
            " WHERE coalesce(instrument_id, group_id, institution_id) IS NULL"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "policy_value_platform" in plan
    assert "rows=1 " in plan


def test_migration_to_the_index__rows_are_there__they_are_counted_at_once() -> None:
    PolicyValue.objects.create(code="lead_time", value=60)
    migration = import_module("booking.reservations.migrations.0015_platform_values_by_expression").Migration
    now = ProjectState()
    with connection.schema_editor() as editor:
        for step in migration.operations:
            if isinstance(step, RunSQL):
                step.database_forwards("reservations", editor, now, now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'policy_value_platform'")
        assert cursor.fetchall() == [(1,)]
