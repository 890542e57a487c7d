"""Opening hours painted while the extension runs: nobody's change is lost."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event as Signal

import pytest
import time_machine
from django.db import connection, transaction

from booking.calendars.commands.extend_calendars import extend_calendars
from booking.calendars.commands.materialise_windows import horizon
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.models import OpeningProfile, OpenWindow
from core import clock
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import SHANGHAI, band, open_instrument
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]

_WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until_somebody_waits() -> None:
    """Until another connection waits for a lock, two seconds at most."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(_WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def hours(profile: OpeningProfile) -> list[str]:
    """The opening hour of every stored window from today on, in order of days; doubled windows show."""
    found = OpenWindow.objects.filter(profile=profile, during__startswith__gte=clock.now())
    return [f"{row.during.lower.astimezone(SHANGHAI):%H}" for row in found.order_by("during")]


def repainting(instrument: Instrument, painted: Signal) -> Callable[[], None]:
    manager = manager_of(instrument.institution)

    def repaint() -> None:
        with transaction.atomic():
            set_opening_hours(viewer=manager, instrument=instrument, bands=[band("07:00", "12:00")])
            painted.set()
            until_somebody_waits()

    return repaint


def test_extend__while_hours_are_painted__waits_and_expands_the_new_ones(monday_morning: object) -> None:
    instrument = open_instrument(bands=[band("09:00", "17:00")])
    profile = OpeningProfile.objects.get(instrument=instrument)
    painted = Signal()

    def extend() -> int:
        painted.wait(10)
        return extend_calendars()

    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        answers = at_once([repainting(instrument, painted), extend])
        assert answers == [None, 0]
        profile.refresh_from_db()
        assert profile.expanded_until == horizon(SHANGHAI)
        days = (horizon(SHANGHAI) - clock.today(SHANGHAI)).days
        assert hours(profile) == ["07"] * (days - 1)  # today's began an hour ago
