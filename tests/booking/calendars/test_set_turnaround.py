"""set_turnaround: new bookings block longer, old ones stay, gaps are true."""

from datetime import timedelta

import pytest

from booking.calendars import functions
from booking.calendars.commands.set_turnaround import InvalidTurnaround, set_turnaround
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from core.errors import Forbidden
from core.events import Event
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, claims_of, make_bookable, operator_of, revision_of, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_set_turnaround__longer__concerns_new_bookings_only() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("09:00"))
    resource = set_turnaround(viewer=manager_of(instrument.institution), instrument=instrument, minutes=30)
    booked(instrument, window=slot("13:00"))
    late = slot("13:00").widened(after=timedelta(minutes=30))
    assert claims_of(instrument) == [(1, slot("09:00")), (1, late)]
    assert functions.wrong_gaps(resource.pk, slot("00:00").starts_at) == []


def test_set_turnaround__another_value__is_a_new_revision(published: list[Event]) -> None:
    instrument = make_bookable()
    before = revision_of(instrument)
    set_turnaround(viewer=manager_of(instrument.institution), instrument=instrument, minutes=30)
    assert revision_of(instrument) == before + 1
    (changed,) = [event for event in published if isinstance(event, CalendarChanged)][-1:]
    assert (changed.instrument_id, changed.revision) == (instrument.pk, before + 1)


def test_set_turnaround__present_value__changes_nothing() -> None:
    instrument = make_bookable()
    before = revision_of(instrument)
    set_turnaround(viewer=manager_of(instrument.institution), instrument=instrument, minutes=0)
    assert revision_of(instrument) == before


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_set_turnaround__impossible_number__is_refused(minutes: int) -> None:
    instrument = make_bookable()
    with pytest.raises(InvalidTurnaround):
        set_turnaround(viewer=manager_of(instrument.institution), instrument=instrument, minutes=minutes)
    assert Resource.objects.get(instrument=instrument).turnaround_minutes == 0


def test_set_turnaround__operator__is_refused() -> None:
    instrument = make_bookable()
    with pytest.raises(Forbidden):
        set_turnaround(viewer=operator_of(instrument.institution), instrument=instrument, minutes=5)
