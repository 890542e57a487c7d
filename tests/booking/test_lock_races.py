"""What a command locks is what it reads and writes afterwards, also when needs change while it waits."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource, ResourceKind
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.commands.occurrences import SeriesScope, locked_occurrences
from booking.reservations.commands.replanning import resources_of
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.selectors.replanning import Action, Step
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import needing, operator, taken
from tests.factories.accounts import make_user, manager_of
from tests.factories.booking import Api, booked, firm_user, open_instrument, slot, wish
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]


def need(instrument: Instrument, *operators: Resource) -> None:
    viewer = manager_of(instrument.institution)
    set_needs(viewer=viewer, instrument=instrument, slots=[[each.pk] for each in operators])


def somebody_waits_for_a_lock(seconds: float = 10) -> bool:
    """Soon, or not at all."""
    until = monotonic() + seconds
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return True
        sleep(0.01)
    return False


def locks_taken_to_book(instrument: Instrument) -> int:
    try:
        with CaptureQueriesContext(connection) as captured:
            booked(instrument)
        return sum("reservation_lock" in each["sql"] for each in captured)
    finally:
        connection.close()


def unlocked(*resources: Resource) -> set[int]:
    """Those that somebody else could lock now."""
    with transaction.atomic():
        free = Resource.objects.select_for_update(skip_locked=True, no_key=True)
        return set(free.filter(pk__in=[each.pk for each in resources]).values_list("pk", flat=True))


def test_book__needs_change_while_it_waits__locks_again_and_takes_what_is_needed(lab: Institution) -> None:
    ann, instrument = operator(lab, "Ann"), open_instrument(lab)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            need(instrument, ann)
            booking = pool.submit(locks_taken_to_book, instrument)
            assert somebody_waits_for_a_lock()
        assert booking.result(20) == 2
    assert taken(ann) == [slot()]


def test_series__holds_what_is_needed_no_longer__locked_too(lab: Institution) -> None:
    ann, owner = operator(lab, "Ann"), firm_user()
    instrument = needing(lab, [ann])
    made = Api(owner).post("series", {**wish(instrument, slot()), "repeat": {"every": "week", "count": 2}}).json()
    need(instrument)
    with transaction.atomic():
        series = ReservationSeries.objects.get(pk=made["id"])
        locked_occurrences(owner, series, SeriesScope.ALL, None, "cancel", None, dry_run=True)
        assert at_once([lambda: unlocked(ann)]) == [set()]


def test_plan__booking_holds_what_is_needed_no_longer__locked_too(lab: Institution) -> None:
    ann = operator(lab, "Ann")
    instrument = needing(lab, [ann])
    made = booked(instrument)
    need(instrument)
    assert resources_of(instrument, [Step(made.pk, Action.CANCEL)]) >= {ann.pk}
    assert resources_of(open_instrument(lab), [Step(made.pk, Action.CANCEL)]) == set()


def test_operator__listed_twice_at_once__once(lab: Institution) -> None:
    manager, user = manager_of(lab), make_user()
    name = partial(add_resource, viewer=manager, institution=lab, kind=ResourceKind.OPERATOR, user=user)
    answers = at_once([partial(name, name=each) for each in ("Ann", "Ann W.")])
    assert sorted(type(each).__name__ for each in answers) == ["OperatorListed", "Resource"]


def test_change__holds_what_is_needed_no_longer__locked_with_everybody_who_needs_it(lab: Institution) -> None:
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    instrument, neighbour = needing(lab, [ann]), needing(lab, [ann])
    made = booked(instrument, firm_user())
    need(instrument, bob)
    own = list(Resource.objects.filter(instrument__in=[instrument, neighbour]))
    with transaction.atomic():
        locked_for_change(Reservation.objects.get(pk=made.pk), None, "cancel")
        assert at_once([lambda: unlocked(ann, bob, *own)]) == [set()]
