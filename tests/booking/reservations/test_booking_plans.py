"""How a booking is read and written: planned once, and what is looked up does not grow with what others stored."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.state import ProjectState

from accounts.models import Tier
from booking.reservations.models import PolicyValue
from tests.factories.booking import make_bookable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.mark.parametrize("name", ["reservation_lock", "reservation_context", "reservation_write"])
def test_function_of_a_booking__called_again__is_not_planned_again(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = %s", [name])
        assert cursor.fetchall() == [(["plan_cache_mode=force_generic_plan"],)]


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
