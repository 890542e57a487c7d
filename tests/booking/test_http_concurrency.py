"""Races over real HTTP against two web processes on one socket."""

from functools import partial

import pytest

from accounts.models import IdempotencyRecord
from booking.reservations.models import PolicyValue, Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.http_races import (
    ROUNDS,
    Answer,
    Caller,
    gaps_are_right,
    refusals,
    statuses,
    times,
    together,
)
from tests.factories.accounts import make_enterprise, make_institution, manager_of
from tests.factories.booking import (
    claims_of,
    coming_slot,
    firm_user,
    make_bookable,
    open_instrument,
    wish,
)
from tests.servers import Servers
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]


@pytest.fixture
def caller(web_pair: Servers) -> Caller:
    return Caller(web_pair, firm_user())


def race(caller: Caller, instrument: Instrument, window: TimeWindow, times: int) -> list[Answer]:
    return at_once([partial(caller.post, "reservations", wish(instrument, window))] * times, seconds=60)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_book__fifty_at_once_for_one_slot__one_201_and_49_clean_409(caller: Caller, round_: int) -> None:
    instrument = make_bookable()
    answers = race(caller, instrument, coming_slot(), 50)
    assert statuses(answers) == {201: 1, 409: 49}
    for answer in answers:
        if answer.status == 409:
            document = answer.document
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert (document["code"], document["violations"][0]["code"]) == ("slot_taken", "place_free")
            assert document["alternatives"]
    assert len(claims_of(instrument)) == Reservation.objects.count() == 1
    assert gaps_are_right(instrument)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_book__two_places__exactly_two_201(caller: Caller, round_: int) -> None:
    instrument = open_instrument(places=2)
    assert statuses(race(caller, instrument, coming_slot(), 20)) == {201: 2, 409: 18}
    assert [place for place, _window in claims_of(instrument)] == [1, 2]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_book__same_key_twenty_times_at_once__once_and_one_body(caller: Caller, round_: int) -> None:
    body = wish(make_bookable(), coming_slot())
    headers = {"Idempotency-Key": "one-and-only"}
    answers = at_once([partial(caller.post, "reservations", body, headers)] * 20, seconds=60)
    assert statuses(answers) == {201: 20}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
    assert Reservation.objects.count() == IdempotencyRecord.objects.count() == 1


def test_book__same_key_of_a_taken_slot__all_refused_and_no_key_kept(web_pair: Servers, caller: Caller) -> None:
    instrument = make_bookable()
    race(Caller(web_pair, firm_user()), instrument, coming_slot(), 1)
    headers = {"Idempotency-Key": "k"}
    answers = at_once([partial(caller.post, "reservations", wish(instrument, coming_slot()), headers)] * 10)
    assert statuses(answers) == {409: 10}
    assert IdempotencyRecord.objects.count() == 0
    assert gaps_are_right(instrument)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_close_with_a_plan__against_bookings_at_once__exactly_one_outcome(
    web_pair: Servers, caller: Caller, round_: int
) -> None:
    """The closure over a planned booking, and others who take the window that its booking is to move to."""
    instrument = make_bookable()
    staff = Caller(web_pair, manager_of(instrument.institution))
    (first,) = race(caller, instrument, coming_slot(), 1)
    window, target = times(coming_slot()), times(coming_slot("14:00"))
    step = {"reservation": first.document["id"], "action": "move", **target}
    closing = {"instrument": instrument.pk, **window, "reason": "Leak", "affected": [step]}
    close = partial(staff.post, "closures", closing)
    take = partial(caller.post, "reservations", {"instrument": instrument.pk, **target})
    answers = together(close, take, take)
    assert statuses(answers) == {201: 1, 409: 49}
    is_closed = any(answer.status == 201 for answer in answers[::3])
    taken = [window for _place, window in claims_of(instrument)]
    assert taken == [coming_slot(), coming_slot("14:00")]
    assert Reservation.objects.filter(kind="closure").count() == int(is_closed)
    assert refusals(answers) <= {"plan_refused", "slot_taken"}
    assert gaps_are_right(instrument)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_close__against_bookings_in_its_window__exactly_one_outcome(
    web_pair: Servers, caller: Caller, round_: int
) -> None:
    instrument = make_bookable()
    staff = Caller(web_pair, manager_of(instrument.institution))
    closing = {"instrument": instrument.pk, **times(coming_slot(hours=4)), "reason": "Leak"}
    close = partial(staff.post, "closures", closing)
    answers = together(
        close, *[partial(caller.post, "reservations", wish(instrument, coming_slot("10:00", 2)))] * 4
    )
    assert statuses(answers) == {201: 1, 409: 49}
    assert len(claims_of(instrument)) == Reservation.objects.count() == 1
    assert gaps_are_right(instrument)


def test_book_and_cancel__at_once_over_http__never_a_500(caller: Caller) -> None:
    instrument = make_bookable()
    (first,) = race(caller, instrument, coming_slot(), 1)
    path = f"reservations/{first.document['id']}/cancel"
    calls = [partial(caller.post, path, {})] * 8
    calls += [partial(caller.post, "reservations", wish(instrument, coming_slot()))] * 8
    answers = at_once(calls)
    found = statuses(answers)
    assert set(found) <= {200, 201, 409}
    assert found[200] == 1
    assert len(claims_of(instrument)) == found.get(201, 0) <= 1
    assert gaps_are_right(instrument)


def refused_by(answer: Answer) -> list[str]:
    """The codes of a clean 422 without alternatives that would break the rule again."""
    document = answer.document
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (document["code"], document["alternatives"]) == ("rules_violated", [])
    return [broken["code"] for broken in document["violations"]]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_book__quota_of_one_on_twenty_instruments__one_201_and_19_clean_422(caller: Caller, round_: int) -> None:
    home = make_institution()
    PolicyValue.objects.create(institution=home, code="max_upcoming", value=1)
    wishes = [wish(open_instrument(home), coming_slot()) for _ in range(20)]
    answers = at_once([partial(caller.post, "reservations", each) for each in wishes], seconds=60)
    assert statuses(answers) == {201: 1, 422: 19}
    assert [refused_by(answer) for answer in answers if answer.status == 422] == [["max_upcoming"]] * 19
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_book__quota_of_a_firm_by_ten_of_its_people__one_201_and_19_clean_422(
    web_pair: Servers, round_: int
) -> None:
    home, firm = make_institution(), make_enterprise()
    PolicyValue.objects.create(institution=home, code="max_upcoming_enterprise", value=1)
    callers = [Caller(web_pair, firm_user(firm)) for _ in range(10)]
    wishes = [wish(open_instrument(home), coming_slot(), account=firm.pk) for _ in range(20)]
    calls = [partial(callers[n % 10].post, "reservations", each) for n, each in enumerate(wishes)]
    answers = at_once(calls, seconds=60)
    assert statuses(answers) == {201: 1, 422: 19}
    refused = [refused_by(answer) for answer in answers if answer.status == 422]
    assert refused == [["max_upcoming_enterprise"]] * 19


def test_reschedule__five_twice_into_a_day_with_one_left__only_one_moves(caller: Caller) -> None:
    home = make_institution()
    made = [
        caller.post("reservations", wish(open_instrument(home), coming_slot(week=1 + n))).document for n in range(5)
    ]
    PolicyValue.objects.create(institution=home, code="max_per_day", value=1)
    target = coming_slot("13:00", week=0)
    times = {"start": target.starts_at.isoformat(), "end": target.ends_at.isoformat()}
    moves = [partial(caller.send, "PATCH", f"reservations/{each['id']}", times) for each in made]
    answers = at_once(moves * 2, seconds=60)
    assert statuses(answers) == {200: 2, 422: 8}  # the one that won, sent twice, does not count itself
    assert Reservation.objects.filter(during__startswith=target.starts_at).count() == 1
