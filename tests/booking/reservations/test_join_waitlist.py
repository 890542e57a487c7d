"""Who may wait for what, and what is told instead."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.expire_waiting import expire_waiting
from booking.reservations.commands.join_waitlist import (
    MOST_WAITING,
    AlreadyWaiting,
    BookableNow,
    TooManyWaiting,
    WishInvalid,
    join_waitlist,
)
from booking.reservations.errors import RuleViolations
from booking.reservations.models import WaitlistEntry, WaitStatus
from booking.reservations.selectors.waitlist import entries_of
from booking.reservations.waitlist_states import WAITLIST_STEPS
from core.errors import Forbidden, NotSignedIn
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.reservations.waiting import waiting, wish_for
from tests.factories.booking import booked, firm_user, make_bookable, open_instrument, slot

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def instrument(monday_morning: Any) -> Instrument:
    """Taken from 9 to 17."""
    instrument = make_bookable()
    booked(instrument, window=slot("09:00", 8))
    return instrument


def codes(refusal: Any) -> list[str]:
    return [broken.code for broken in refusal.value.extra["violations"]]


def test_join__taken__waits_and_sees_the_position(instrument: Instrument) -> None:
    viewers = [firm_user() for _ in range(3)]
    for viewer, window in zip(viewers, (slot("09:00", 2), slot("13:00", 2), slot("10:00", 2)), strict=True):
        waiting(viewer, instrument, window)
    found: list[Any] = [entry for viewer in viewers for entry in entries_of(viewer)]
    assert [entry.position for entry in found] == [1, 1, 2]


def test_join__any_three_hours__waits(instrument: Instrument) -> None:
    entry = waiting(firm_user(), instrument, slot("09:00", 8), hours=3)
    assert (entry.minutes, entry.status) == (180, "waiting")


@pytest.mark.parametrize("hours", [None, 1])
def test_join__bookable_now__told_so_with_the_window(instrument: Instrument, hours: float | None) -> None:
    tomorrow = slot("09:00", 2, day=1)
    with pytest.raises(BookableNow) as refusal:
        waiting(firm_user(), instrument, tomorrow, hours)
    (other,) = refusal.value.extra["alternatives"]
    assert other.window == TimeWindow(tomorrow.starts_at, slot("09:00", hours or 2, day=1).ends_at)


@pytest.mark.parametrize(
    ("window", "hours", "code"),
    [
        (slot("16:00", 2), None, "within_opening_hours"),
        (slot("09:00", 2, day=5), None, "within_opening_hours"),
        (slot("09:10", 1), None, "on_grid"),
        (slot("09:00", 2, day=-1), None, "starts_in_future"),
        (slot("09:00", 8, day=-3), 2, "starts_in_future"),
        (slot("09:00", 24), 13, "max_duration"),
        (slot("09:00", 8), 0.25, "min_duration"),
        (slot("09:00", 24, day=100), None, "booking_window"),
        (slot("09:00", 8, day=100), 2, "booking_window"),
        (slot("00:00", 48, day=5), 2, "within_opening_hours"),
    ],
)
def test_join__other_rules_broken__refused(
    instrument: Instrument, window: TimeWindow, hours: float | None, code: str
) -> None:
    with pytest.raises(RuleViolations) as refusal:
        waiting(firm_user(), instrument, window, hours)
    assert code in codes(refusal)
    assert "place_free" not in codes(refusal)


def test_join__more_places_than_there_are__refused(instrument: Instrument) -> None:
    with pytest.raises(RuleViolations) as refusal:
        join_waitlist(viewer=firm_user(), instrument=instrument, wish=wish_for(places=2))
    assert codes(refusal) == ["place_free"]


def test_join__second_place_taken__waits_for_both(monday_morning: Any) -> None:
    instrument = open_instrument(places=2)
    booked(instrument)
    entry = join_waitlist(viewer=firm_user(), instrument=instrument, wish=wish_for(places=2))
    assert entry.places == 2


def test_join__impossible_wish__refused(instrument: Instrument) -> None:
    for window, hours in ((slot("09:00", 2), 3), (slot("09:00", 24 * 91), 2)):
        with pytest.raises(WishInvalid):
            waiting(firm_user(), instrument, window, hours)


def test_join__same_wish_twice__refused(instrument: Instrument) -> None:
    viewer = firm_user()
    entry = waiting(viewer, instrument)
    with pytest.raises(AlreadyWaiting) as refusal:
        waiting(viewer, instrument)
    assert refusal.value.extra["entry"] == entry.pk


def test_join__twenty_first__refused(instrument: Instrument) -> None:
    viewer = firm_user()
    first = waiting(viewer, instrument)
    span = first.span
    WaitlistEntry.objects.bulk_create(
        WaitlistEntry(user_id=viewer.person_id, instrument=instrument, span=span, minutes=n)
        for n in range(1, MOST_WAITING)
    )
    with pytest.raises(TooManyWaiting):
        waiting(viewer, instrument, slot("13:00", 2))


def test_join__nobody_or_for_a_strange_firm__refused(instrument: Instrument) -> None:
    with pytest.raises(NotSignedIn):
        waiting(Viewer(None), instrument)
    firm = firm_user().roles[0].enterprise_id
    with pytest.raises(Forbidden):
        join_waitlist(viewer=firm_user(), instrument=instrument, wish=wish_for(account_id=firm))


def test_cancel__statements__one_more_than_without_the_list(monday_morning: Any) -> None:
    counts = []
    for waits in (0, 1, 5):
        instrument, owner = make_bookable(), firm_user()
        made = booked(instrument, owner)
        for _ in range(waits):
            waiting(firm_user(), instrument)
        with CaptureQueriesContext(connection) as queries:
            cancel_reservation(viewer=owner, reservation=made)
        counts.append(len(queries))
    assert counts[1] == counts[2]
    assert [n - counts[0] for n in counts[1:]] == [1, 1]


def test_entries__lists__constant_queries(instrument: Instrument) -> None:
    viewer = firm_user()
    for hours in (1, 2, 3):
        waiting(viewer, instrument, slot("09:00", 8), hours)
    with CaptureQueriesContext(connection) as queries:
        assert [str(entry.instrument.institution) for entry in entries_of(viewer)]
    assert len(queries) == 1


def test_expire__what_can_begin_no_more__in_one_statement(instrument: Instrument) -> None:
    waiting(firm_user(), instrument)
    with CaptureQueriesContext(connection) as queries:
        assert expire_waiting() == 0
    assert len(queries) == 1


def test_states__every_status__reached_and_left_as_the_table_says() -> None:
    reached = {target for step in WAITLIST_STEPS.values() for target in step.targets}
    left = {source for step in WAITLIST_STEPS.values() for source in step.sources}
    assert reached == set(WaitStatus)
    assert left == {WaitStatus.WAITING, WaitStatus.OFFERED}
