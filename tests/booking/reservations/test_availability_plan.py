"""How availability is read: what is taken is looked up by calendar and time, however many claims there are."""

from typing import Any

import pytest
from django.db import connection

from booking.calendars.models import Resource
from booking.reservations.selectors import availability
from core import clock
from tests.factories.booking import booked, make_bookable, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_availability__a_small_number_for_the_calendar__both_are_conditions_of_the_index() -> None:
    instrument = make_bookable()
    booked(instrument)
    resource = Resource.objects.get(instrument=instrument)
    asked: dict[str, Any] = {"resource": resource.pk, "instrument": instrument.pk, "now": clock.now()}
    asked |= {"since": slot().starts_at, "until": slot().ends_at}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + availability._TAKEN, asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "claim_place_taken_once" in plan
    assert "Index Cond: ((resource_id = " in plan
