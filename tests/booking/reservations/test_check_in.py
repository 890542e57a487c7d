"""Check-in, check-out and no-shows by people."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Scope
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.mark_no_show import mark_no_show
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import (
    CheckedInAlready,
    CheckInNotOpen,
    CheckInOver,
    ReservationNotBegun,
    ReservationRunning,
)
from booking.reservations.events import ReservationCheckedIn, ReservationCheckedOut, ReservationNoShow
from booking.reservations.models import Reservation
from booking.reservations.process_settings import CheckInMode
from booking.reservations.selectors.check_ins import check_in_of
from booking.reservations.selectors.history import history_of
from core.errors import Forbidden, Stale
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    Api,
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    revision_of,
    slot,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return open_instrument(access_modes=["self_operated"])


def gaps_are_right(instrument: Instrument) -> bool:
    return functions.wrong_gaps(Resource.objects.get(instrument=instrument).pk, slot("00:00").starts_at) == []


def test_check_in__in_its_time__row_history_and_events_together(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller, published: list[Event]
) -> None:
    reservation, window = booked(instrument, owner), slot()
    clock.move_to(window.starts_at + 5 * MINUTE)
    published.clear()
    check_in(viewer=owner, reservation=reservation)
    reservation.refresh_from_db()
    assert (reservation.status, reservation.used_from) == ("in_use", window.starts_at + 5 * MINUTE)
    assert (reservation.use_is_assumed, reservation.version) == (False, 2)
    assert claims_of(instrument) == [(1, window)]
    assert [entry.command for entry in history_of(reservation)] == ["book", "check_in"]
    assert published == [
        ReservationCheckedIn(reservation.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision_of(instrument), window.starts_at, window.ends_at),
    ]


@pytest.mark.parametrize(("minutes", "error"), [(-16, CheckInNotOpen), (-15, None), (29, None), (30, CheckInOver)])
def test_check_in__at_the_edges__half_open(
    instrument: Instrument,
    owner: Viewer,
    clock: time_machine.Traveller,
    minutes: int,
    error: type[Exception] | None,
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at + minutes * MINUTE)
    if error is None:
        assert check_in(viewer=owner, reservation=reservation).status == "in_use"
    else:
        with pytest.raises(error):
            check_in(viewer=owner, reservation=reservation)


def test_check_in__early__claims_stay_and_its_time_does_too(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at - 10 * MINUTE)
    made = check_in(viewer=owner, reservation=reservation)
    assert TimeWindow.of(made.during) == slot()
    assert claims_of(instrument) == [(1, slot())]
    clock.move_to(slot().starts_at)
    assert advance_reservations() == 0


def test_check_in__the_one_before_is_still_there__opens_when_its_place_is_free(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    before, reservation = booked(instrument, owner), booked(instrument, owner, slot("11:00"))
    clock.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=before)
    assert check_in_of(reservation).opens_at == slot().ends_at
    clock.move_to(slot().ends_at - 10 * MINUTE)
    with pytest.raises(CheckInNotOpen) as refused:
        check_in(viewer=owner, reservation=reservation)
    assert refused.value.extra["opens_at"] == "2035-03-05T11:00:00+08:00"
    check_out(viewer=owner, reservation=before)
    assert check_in(viewer=owner, reservation=reservation).status == "in_use"


def test_check_in__values_of_the_instrument__decide(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    manager = manager_of(instrument.institution)
    for code, value in {"check_in_opens": 60, "no_show_after": 45}.items():
        set_policy_value(viewer=manager, instrument=instrument, code=code, value=value)
    set_policy_value(viewer=manager, instrument=instrument, code="no_show_after", value=5, tier="internal")
    terms = check_in_of(booked(instrument, owner))
    assert (terms.opens_at, terms.until) == (slot("08:00").starts_at, slot("09:45").starts_at)
    assert check_in_of(booked(instrument, manager, slot("13:00"))).until == slot("13:05").starts_at
    set_policy_value(viewer=manager, instrument=instrument, code="no_show_after", value=None)
    assert check_in_of(booked(instrument, owner, slot("15:00", 1))).until == slot("16:00").starts_at


@pytest.mark.parametrize(
    ("mode", "modes", "required"),
    [
        (CheckInMode.NEVER, ["self_operated"], False),
        (CheckInMode.ALWAYS, ["sample_submission"], True),
        (CheckInMode.SELF_OPERATED, ["operator_assisted", "self_operated"], True),
        (CheckInMode.SELF_OPERATED, ["operator_assisted"], False),
    ],
)
@pytest.mark.usefixtures("clock")
def test_check_in__mode_and_access__decide_whether_it_is_required(
    mode: CheckInMode, modes: list[str], required: bool
) -> None:
    instrument = open_instrument(access_modes=modes)
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="check_in_required", value=mode)
    assert check_in_of(booked(instrument)).required is required


def test_check_in__twice__the_second_is_told(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=reservation)
    with pytest.raises(ReservationRunning):
        check_in(viewer=owner, reservation=reservation)
    with pytest.raises(Stale):
        check_out(viewer=owner, reservation=reservation, expected_version=1)


def test_check_out__early__the_rest_is_free_at_once_and_the_agreement_stays(
    owner: Viewer, clock: time_machine.Traveller, published: list[Event]
) -> None:
    instrument = open_instrument(access_modes=["self_operated"], turnaround=15)
    reservation, window = booked(instrument, owner), slot()
    clock.move_to(window.starts_at)
    check_in(viewer=owner, reservation=reservation)
    clock.shift(45 * MINUTE)
    published.clear()
    check_out(viewer=owner, reservation=reservation)
    reservation.refresh_from_db()
    assert (reservation.status, reservation.used_until) == ("completed", slot("09:45").starts_at)
    assert TimeWindow.of(reservation.during) == window
    assert claims_of(instrument) == [(1, slot("09:00", 1))]
    assert gaps_are_right(instrument)
    assert (
        ReservationCheckedOut(reservation.pk, instrument.pk, window.starts_at, slot("09:45").starts_at) in published
    )
    booked(instrument, window=slot("10:00", 1))


def test_check_out__past_its_end__says_how_long_it_was(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=reservation)
    clock.move_to(slot().ends_at + 20 * MINUTE)
    assert check_out(viewer=owner, reservation=reservation).used_until == slot().ends_at + 20 * MINUTE
    assert claims_of(instrument) == [(1, slot())]


def test_check_out__before_check_in__refused(instrument: Instrument, owner: Viewer) -> None:
    with pytest.raises(ReservationNotBegun):
        check_out(viewer=owner, reservation=booked(instrument, owner))


def test_check_out__checked_in_early_and_out_before_the_start__nothing_stays(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at - 10 * MINUTE)
    check_in(viewer=owner, reservation=reservation)
    clock.shift(5 * MINUTE)
    check_out(viewer=owner, reservation=reservation)
    assert claims_of(instrument) == []
    assert gaps_are_right(instrument)


def test_no_show__by_staff__released_with_their_reason(
    instrument: Instrument, clock: time_machine.Traveller, published: list[Event]
) -> None:
    reservation, window = booked(instrument), slot()
    operator = operator_of(instrument.institution)
    clock.move_to(window.starts_at + 10 * MINUTE)
    mark_no_show(viewer=operator, reservation=reservation, reason=" Phoned: not coming ")
    reservation.refresh_from_db()
    assert (reservation.status, reservation.ended_reason) == ("no_show", "Phoned: not coming")
    assert claims_of(instrument) == []
    assert gaps_are_right(instrument)
    assert ReservationNoShow(reservation.pk, instrument.pk, window.starts_at, window.ends_at) in published


def test_no_show__use_that_was_only_assumed__was_none(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    reservation = booked(instrument)
    clock.move_to(slot().starts_at)
    advance_reservations()
    made = mark_no_show(viewer=operator_of(instrument.institution), reservation=reservation, reason="x")
    assert (made.status, made.used_from, made.use_is_assumed) == ("no_show", None, False)


def test_no_show__somebody_is_there__refused(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation, operator = booked(instrument, owner), operator_of(instrument.institution)
    with pytest.raises(ReservationNotBegun):
        mark_no_show(viewer=operator, reservation=reservation, reason="x")
    clock.move_to(slot().starts_at)
    with pytest.raises(Forbidden):
        mark_no_show(viewer=owner, reservation=reservation, reason="x")
    check_in(viewer=operator, reservation=reservation)
    with pytest.raises(CheckedInAlready):
        mark_no_show(viewer=operator, reservation=reservation, reason="x")


def test_api__check_in_and_out__the_whole_way(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation, api = booked(instrument, owner), Api(owner)
    path = f"reservations/{reservation.pk}"
    early = problem(api.post(f"{path}/check-in"), 409, "check_in_not_open")
    assert early["opens_at"] == "2035-03-05T08:45:00+08:00"
    clock.move_to(slot().starts_at)
    assert api.get(f"{path}/check-in").json() == {
        "required": True,
        "opens_at": "2035-03-05T08:45:00+08:00",
        "until": "2035-03-05T09:30:00+08:00",
        "open": True,
    }
    begun = api.post(f"{path}/check-in").json()
    assert (begun["status"], begun["used_from"]) == ("in_use", "2035-03-05T09:00:00+08:00")
    clock.shift(30 * MINUTE)
    ended = api.post(f"{path}/check-out", If_Match='"2"').json()
    assert (ended["status"], ended["used_until"]) == ("completed", "2035-03-05T09:30:00+08:00")
    problem(api.post(f"{path}/check-out"), 409, "reservation_ended")


def test_api__no_show__staff_with_a_reason(instrument: Instrument, clock: time_machine.Traveller) -> None:
    reservation: Any = booked(instrument)
    path = f"reservations/{reservation.pk}/no-show"
    clock.move_to(slot().starts_at)
    api = Api(operator_of(instrument.institution))
    for nothing in (None, {}, {"reason": " "}):
        problem(api.post(path, nothing), 422, "reason_required")
    problem(Api(firm_user()).post(path, {"reason": "x"}), 404, "not_found")
    booker = Api(operator_of(instrument.institution), Scope.READ, Scope.BOOK)
    problem(booker.post(path, {"reason": "x"}), 403, "scope_missing")
    assert api.post(path, {"reason": "Did not come"}).json()["status"] == "no_show"


def test_check_in__somebody_elses__not_found(instrument: Instrument) -> None:
    reservation = booked(instrument)
    for command in ("check-in", "check-out"):
        problem(Api(firm_user()).post(f"reservations/{reservation.pk}/{command}"), 404, "not_found")
        problem(Api().post(f"reservations/{reservation.pk}/{command}"), 401, "not_signed_in")
    assert Reservation.objects.get().status == "confirmed"


def test_check_in__who_booked_it_for_another__may(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument)
    Reservation.objects.filter(pk=reservation.pk).update(booked_by=owner.user_id)
    clock.move_to(slot().starts_at)
    assert Api(owner).post(f"reservations/{reservation.pk}/check-in").json()["status"] == "in_use"
