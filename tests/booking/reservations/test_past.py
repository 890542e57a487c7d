"""The past, after the nightly removal of its claims: nobody books it a second time, and it still shows."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection

from accounts.models import Tier
from booking.calendars.models import Claim
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.book import book
from booking.reservations.errors import SlotTaken
from booking.reservations.selectors.access import access_calendar
from booking.reservations.selectors.availability import availability
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, make_bookable, slot

pytestmark = pytest.mark.django_db
LATER = timedelta(days=5)


@pytest.fixture
def used(monday_morning: datetime) -> Instrument:
    """An instrument whose Monday booking 09:00–11:00 is completed and has lost its claims."""
    instrument = make_bookable()
    booked(instrument)
    with time_machine.travel(slot().ends_at, tick=False):
        advance_reservations()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    Claim.objects.all().delete()
    return instrument


def test_book__past_time_entered_late_by_waiver__still_taken(used: Instrument) -> None:
    with time_machine.travel(slot().starts_at + LATER, tick=False), pytest.raises(SlotTaken) as refusal:
        book(
            viewer=manager_of(used.institution),
            instrument=used,
            window=slot("10:00", 1),
            waivers={"starts_in_future": "entered late"},
        )
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["place_free"]


def test_availability__claims_deleted__booking_still_shows(used: Instrument) -> None:
    viewer = manager_of(used.institution)
    with time_machine.travel(slot().starts_at + LATER, tick=False):
        shown = availability(access_calendar(viewer, used.pk), slot("08:00", 10), Tier.INTERNAL, viewer)
    assert [(busy.window, busy.kind) for busy in shown.busy] == [(slot(), "taken")]
