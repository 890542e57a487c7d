"""set_capacity: places follow, gaps are true, closures take every place, claimed places stay."""

import pytest

from booking.calendars import functions
from booking.calendars.errors import CapacityClaimed
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.set_capacity import InvalidCapacity, set_capacity
from booking.reservations.models import Reservation
from core.errors import Forbidden
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, claims_of, make_bookable, operator_of, revision_of, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def set_places(instrument: Instrument, places: int) -> Resource:
    return set_capacity(viewer=manager_of(instrument.institution), instrument=instrument, places=places)


def wrong_gaps(instrument: Instrument) -> list[object]:
    resource = Resource.objects.get(instrument=instrument)
    return list(functions.wrong_gaps(resource.pk, slot("00:00").starts_at))


def test_set_capacity__more_places__two_may_book_at_once(published: list[Event]) -> None:
    instrument = make_bookable()
    before = revision_of(instrument)
    set_places(instrument, 2)
    (changed,) = [event for event in published if isinstance(event, CalendarChanged)][-1:]
    assert (changed.instrument_id, changed.revision) == (instrument.pk, before + 1)
    booked(instrument)
    booked(instrument)
    assert [place for place, _window in claims_of(instrument)] == [1, 2]
    assert wrong_gaps(instrument) == []


def test_set_capacity__claimed_place__is_refused_with_the_list() -> None:
    instrument = make_bookable()
    set_places(instrument, 2)
    booked(instrument)
    second = booked(instrument)
    with pytest.raises(CapacityClaimed) as refused:
        set_places(instrument, 1)
    assert refused.value.extra["reservations"] == [second.pk]
    assert Resource.objects.get(instrument=instrument).capacity == 2


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1)])
def test_set_capacity__coming_closure__takes_every_place_afterwards(before: int, after: int) -> None:
    instrument = make_bookable()
    set_places(instrument, before)
    manager = manager_of(instrument.institution)
    key = close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="New lamp")
    set_places(instrument, after)
    assert claims_of(instrument) == [(place, slot()) for place in range(1, after + 1)]
    assert Reservation.objects.get(pk=key).version == 2
    assert Reservation.objects.get(pk=key).places == after
    assert wrong_gaps(instrument) == []


def test_set_capacity__present_value__changes_nothing(published: list[Event]) -> None:
    instrument = make_bookable()
    before = revision_of(instrument)
    published.clear()
    set_places(instrument, 1)
    assert published == []
    assert revision_of(instrument) == before


@pytest.mark.parametrize("places", [0, -1, 201])
def test_set_capacity__impossible_number__is_refused(places: int) -> None:
    with pytest.raises(InvalidCapacity):
        set_places(make_bookable(), places)


def test_set_capacity__operator__is_refused() -> None:
    instrument = make_bookable()
    with pytest.raises(Forbidden):
        set_capacity(viewer=operator_of(instrument.institution), instrument=instrument, places=2)
