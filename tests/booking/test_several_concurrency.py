"""Races of batches and series: threads, and real HTTP with two web processes."""

from collections.abc import Callable
from datetime import time
from functools import partial
from typing import Any

import pytest

from booking.calendars.patterns import Every, Repeat
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.book_batch import book_batch
from booking.reservations.commands.book_series import book_series
from booking.reservations.commands.cancel_series import cancel_series
from booking.reservations.commands.change_series import Change, change_series
from booking.reservations.commands.occurrences import SeriesScope
from booking.reservations.commands.several import Wish
from booking.reservations.models import Reservation, ReservationSeries
from core.errors import DomainError
from instruments.catalogue.models import Instrument
from tests.booking.http_races import CROWD, ROUNDS, Caller, gaps_are_right, refusals, statuses, together
from tests.factories.booking import claims_of, coming_slot, firm_user, make_bookable, open_instrument, slot, wish
from tests.servers import Servers
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]

morning = pytest.mark.usefixtures("monday_morning")


def wishes(*instruments: Instrument) -> list[Wish]:
    return [Wish(each, slot(), Wanted(), {}) for each in instruments]


def names(answers: list[Any]) -> dict[str, int]:
    found = [type(answer).__name__ for answer in answers]
    return {name: found.count(name) for name in set(found)}


@morning
def test_batches__opposite_order__one_wins_and_nobody_waits_in_a_circle() -> None:
    instruments, viewer = [make_bookable() for _ in range(4)], firm_user()
    orders = [instruments if n % 2 else instruments[::-1] for n in range(16)]
    answers = at_once([partial(book_batch, viewer=viewer, wishes=wishes(*order)) for order in orders])
    assert names(answers) == {"Several": 1, "SlotTaken": 15}
    assert [len(claims_of(each)) for each in instruments] == [1, 1, 1, 1]
    assert gaps_are_right(*instruments)


@morning
def test_batches__overlapping_sets__whole_or_not_at_all() -> None:
    instruments, viewer = [make_bookable() for _ in range(5)], firm_user()
    pairs = [(instruments[n % 5], instruments[(n + 1) % 5]) for n in range(10)]
    answers = at_once([partial(book_batch, viewer=viewer, wishes=wishes(*pair)) for pair in pairs])
    made = names(answers)
    assert set(made) == {"Several", "SlotTaken"}
    assert Reservation.objects.count() == 2 * made["Several"] == sum(len(claims_of(each)) for each in instruments)


@morning
def test_series__two_at_once_over_the_same_weeks__one_is_booked_whole() -> None:
    instrument = make_bookable()
    calls = [
        partial(
            book_series,
            viewer=firm_user(),
            instrument=instrument,
            window=slot(day=day),
            repeat=Repeat(Every.DAYS, interval=7, count=4),
            wanted=Wanted(),
        )
        for day in (0, 7, 14, 0, 7, 14)
    ]
    answers = at_once(calls)
    assert set(names(answers)) == {"Series", "SlotTaken"}
    booked = names(answers)["Series"]
    assert (ReservationSeries.objects.count(), len(claims_of(instrument))) == (booked, 4 * booked)
    assert booked == 1
    assert gaps_are_right(instrument)


@morning
def test_series__changed_cancelled_and_booked_into_at_once__gaps_stay_right() -> None:
    instrument, viewer = open_instrument(places=2), firm_user()
    weekly = Repeat(Every.WEEK, count=5)
    made = book_series(viewer=viewer, instrument=instrument, window=slot(), repeat=weekly, wanted=Wanted())
    assert made.series is not None
    cancel = partial(cancel_series, viewer=viewer, series=made.series)
    move = partial(change_series, viewer=viewer, series=made.series, scope=SeriesScope.ALL)
    third = made.occurrences[2].reservation
    assert third is not None
    calls: list[Callable[[], Any]] = []
    for hour in ("10:00", "12:00", "14:00"):
        calls.append(partial(move, change=Change(start=time.fromisoformat(hour))))
        calls.append(partial(book, viewer=viewer, instrument=instrument, window=slot(hour, day=7)))
        calls.append(
            partial(
                book_series, viewer=viewer, instrument=instrument, window=slot(hour), repeat=weekly, wanted=Wanted()
            )
        )
    calls.append(partial(cancel, scope=SeriesScope.FOLLOWING, occurrence_id=third.pk))
    answers = at_once(calls)
    assert all(not isinstance(each, Exception) or isinstance(each, DomainError) for each in answers), answers
    assert gaps_are_right(instrument)


def batch(*instruments: Instrument) -> dict[str, Any]:
    return {"items": [wish(each, coming_slot()) for each in instruments]}


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_batches__opposite_order_over_http__one_201_and_clean_409(web_pair: Servers, round_: int) -> None:
    instruments, caller = [make_bookable() for _ in range(3)], Caller(web_pair, firm_user())
    bodies = [batch(*instruments), batch(*instruments[::-1])]
    answers = together(*[partial(caller.post, "reservations/batch", body) for body in bodies])
    assert statuses(answers) == {201: 1, 409: 49}
    assert refusals(answers) == {"slot_taken"}
    assert [len(claims_of(each)) for each in instruments] == [1, 1, 1]
    assert gaps_are_right(*instruments)


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_series_and_batches__crossing_over_http__never_a_500(web_pair: Servers, round_: int) -> None:
    """Series on two instruments, and batches that take the two in either order."""
    one, two, caller = make_bookable(), make_bookable(), Caller(web_pair, firm_user())
    weekly = {"repeat": {"every": "week", "count": 4}}
    calls = [partial(caller.post, "series", {**wish(each, coming_slot()), **weekly}) for each in (one, two)]
    calls += [partial(caller.post, "reservations/batch", batch(*pair)) for pair in ((one, two), (two, one))]
    answers = together(*calls)
    assert refusals(answers) == {"slot_taken"}
    assert statuses(answers)[201] in (1, 2)
    assert len(claims_of(one)) in (1, 4)
    assert gaps_are_right(one, two)


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_series__forwards_and_backwards_over_the_same_weeks__one_is_booked_whole(
    web_pair: Servers, round_: int
) -> None:
    """Series that begin in the first, the second, the last of the weeks they share meet from both ends."""
    instrument, caller = make_bookable(), Caller(web_pair, firm_user())
    bodies = [
        {**wish(instrument, coming_slot(week=week)), "repeat": {"every": "week", "count": 4}}
        for week in (1, 4, 2, 3)
    ]
    answers = together(*[partial(caller.post, "series", body) for body in bodies])
    assert statuses(answers) == {201: 1, 409: CROWD - 1}
    assert refusals(answers) == {"slot_taken"}
    assert (ReservationSeries.objects.count(), len(claims_of(instrument))) == (1, 4)
    assert gaps_are_right(instrument)


@pytest.mark.server
def test_series__same_key_at_once__one_series_and_one_body(web_pair: Servers) -> None:
    instrument, caller = make_bookable(), Caller(web_pair, firm_user())
    body = {**wish(instrument, coming_slot()), "repeat": {"every": "week", "count": 4}}
    headers = {"Idempotency-Key": "one-series"}
    answers = at_once([partial(caller.post, "series", body, headers)] * 10, seconds=60)
    assert statuses(answers) == {201: 10}
    assert len({each.content for each in answers}) == 1
    assert ReservationSeries.objects.count() == 1
