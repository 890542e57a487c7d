"""The clock where check-in is required: no-shows, outages, overruns. Late and repeated runs do no harm."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.keep_heartbeat import keep_heartbeat
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import CheckInOver
from booking.reservations.events import OverrunEnded, ReservationNoShow, ReservationOverran
from booking.reservations.models import EndedBy, Heartbeat, Outage, Reservation
from booking.reservations.process_settings import CheckInMode
from booking.reservations.selectors.check_ins import check_in_of
from booking.reservations.selectors.history import history_of
from booking.reservations.tasks import advance_reservations as task
from core.events import Event
from core.windows import TimeWindow, at_wall_clock
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import ALL_DAY, booked, claims_of, open_instrument, revision_of, slot, status_of

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return open_instrument(access_modes=["self_operated"])


def runs(clock: time_machine.Traveller, since: str, until: str) -> None:
    """The job runs each minute in [since, until] of the Monday."""
    at, last = slot(since).starts_at, slot(until).starts_at
    while at <= last:
        clock.move_to(at)
        task(timestamp=0)
        at += MINUTE


def test_no_show__limit_reached__released_once_with_its_event(
    instrument: Instrument, clock: time_machine.Traveller, published: list[Event]
) -> None:
    reservation, window = booked(instrument), slot()
    clock.move_to(window.starts_at + 29 * MINUTE)
    assert release_no_shows() == 0
    clock.shift(MINUTE)
    published.clear()
    assert (release_no_shows(), release_no_shows(), advance_reservations()) == (1, 0, 0)
    assert (status_of(reservation), reservation.ended_reason) == ("no_show", EndedBy.NOT_CHECKED_IN)
    assert claims_of(instrument) == []
    assert published == [
        ReservationNoShow(reservation.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision_of(instrument), window.starts_at, window.ends_at),
    ]
    assert (history_of(reservation)[-1].command, history_of(reservation)[-1].actor) == ("no_show", None)
    booked(instrument, window=slot("10:00", 1))


def test_no_show__job_late_but_running__never_missed(instrument: Instrument, clock: time_machine.Traveller) -> None:
    reservation = booked(instrument)
    clock.move_to(slot().ends_at + timedelta(hours=9))
    assert release_no_shows() == 1
    assert status_of(reservation) == "no_show"


def test_no_show__checked_in__left_alone(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=reservation)
    clock.shift(31 * MINUTE)
    assert (release_no_shows(), advance_reservations(), status_of(reservation)) == (0, 0, "in_use")


def test_no_show__limit_beyond_a_short_booking__at_its_end(
    instrument: Instrument, clock: time_machine.Traveller
) -> None:
    set_policy_value(
        viewer=manager_of(instrument.institution), instrument=instrument, code="no_show_after", value=None
    )
    reservation = booked(instrument, window=slot("09:00", 0.5))
    runs(clock, "09:28", "09:30")
    assert status_of(reservation) == "no_show"


def test_heartbeat__each_minute__no_outage(clock: time_machine.Traveller) -> None:
    runs(clock, "08:00", "08:10")
    clock.shift(3 * MINUTE)
    assert keep_heartbeat() is None
    assert (Heartbeat.objects.get().beat_at, Outage.objects.count()) == (slot("08:13").starts_at, 0)


def test_heartbeat__gap__is_one_outage_however_often_it_runs(clock: time_machine.Traveller) -> None:
    runs(clock, "08:00", "08:01")
    runs(clock, "08:20", "08:22")
    task(timestamp=0)
    outage = Outage.objects.get()
    assert TimeWindow(outage.started_at, outage.ended_at) == slot("08:01", 19 / 60)


def test_outage__within_the_time_to_check_in__extends_the_limit_by_its_length(
    instrument: Instrument, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument)
    runs(clock, "08:55", "09:00")
    runs(clock, "09:20", "09:49")
    assert check_in_of(reservation).until == slot("09:50").starts_at
    assert status_of(reservation) == "confirmed"
    runs(clock, "09:50", "09:50")
    assert status_of(reservation) == "no_show"


@pytest.mark.parametrize(
    ("down", "up", "until"),
    [
        ("08:10", "08:44", "09:30"),  # before check-in opened: took nobody's time
        ("08:10", "08:55", "09:40"),  # only what lay behind the opening at 8:45
        ("09:25", "09:45", "09:50"),  # over the limit
        ("09:30", "09:45", "09:30"),  # the limit was up
    ],
)
def test_outage__by_where_it_lies__counts_as_far_as_it_took_time(
    instrument: Instrument, clock: time_machine.Traveller, down: str, up: str, until: str
) -> None:
    reservation = booked(instrument)
    for at in (down, up):
        clock.move_to(slot(at).starts_at)
        keep_heartbeat()
    assert check_in_of(reservation).until == slot(until).starts_at


def test_outage__two__add_up(instrument: Instrument, clock: time_machine.Traveller) -> None:
    reservation = booked(instrument)
    for start, end in (("09:00", "09:20"), ("09:40", "10:00")):
        Outage.objects.create(started_at=slot(start).starts_at, ended_at=slot(end).starts_at)
    assert check_in_of(reservation).until == slot("10:10").starts_at


def test_outage__not_written_down_yet__counts_already(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    runs(clock, "08:55", "09:00")
    clock.move_to(slot("09:40").starts_at)
    assert check_in(viewer=owner, reservation=reservation).status == "in_use"


def test_outage__longer_than_the_booking__use_is_assumed_and_costs_nothing(
    instrument: Instrument, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument)
    runs(clock, "08:55", "08:56")
    runs(clock, "13:00", "13:01")
    assert (status_of(reservation), reservation.use_is_assumed) == ("completed", True)


def test_outage__over__whoever_came_late_is_still_told(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    runs(clock, "08:50", "09:29")
    clock.move_to(slot("09:30").starts_at)
    with pytest.raises(CheckInOver):
        check_in(viewer=owner, reservation=reservation)


def checked_in(instrument: Instrument, owner: Viewer, clock: time_machine.Traveller) -> Reservation:
    """Booked from nine to eleven, and there."""
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at)
    return check_in(viewer=owner, reservation=reservation)


def test_overrun__past_the_end__told_once_with_who_comes_next(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller, published: list[Event]
) -> None:
    following, reservation = booked(instrument, window=slot("11:00")), checked_in(instrument, owner, clock)
    published.clear()
    runs(clock, "10:58", "11:20")
    window = slot()
    assert [event for event in published if isinstance(event, ReservationOverran)] == [
        ReservationOverran(reservation.pk, instrument.pk, window.starts_at, window.ends_at, following.pk)
    ]
    assert status_of(reservation) == "in_use"


def test_overrun__next_one_is_there__ends_with_its_agreed_time(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    following, reservation = booked(instrument, owner, slot("11:00")), checked_in(instrument, owner, clock)
    runs(clock, "11:00", "11:10")
    check_in(viewer=owner, reservation=following)
    runs(clock, "11:10", "11:11")
    assert (status_of(reservation), reservation.used_until) == ("completed", slot().ends_at)
    assert (reservation.use_is_assumed, reservation.ended_reason) == (True, EndedBy.NOT_CHECKED_OUT)
    assert (status_of(following), history_of(reservation)[-1].command) == ("in_use", "end_overrun")


def test_overrun__nobody_checks_out__ends_after_the_set_time(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller, published: list[Event]
) -> None:
    reservation = checked_in(instrument, owner, clock)
    published.clear()
    runs(clock, "11:00", "11:59")
    assert status_of(reservation) == "in_use"
    runs(clock, "12:00", "12:00")
    assert status_of(reservation) == "completed"
    assert [type(each) for each in published if not isinstance(each, CalendarChanged)] == [
        ReservationOverran,
        OverrunEnded,
    ]


@pytest.mark.parametrize(
    ("zone", "on"),
    [
        ("Europe/London", date(2035, 3, 25)),
        ("Europe/London", date(2035, 10, 28)),
        ("America/New_York", date(2035, 3, 11)),
        ("America/New_York", date(2035, 11, 4)),
    ],
)
def test_no_show__on_a_day_the_clock_changes__minutes_are_elapsed(zone: str, on: date) -> None:
    """Half past midnight, so that the limit lies beyond the jump; 15 and 90 minutes as they pass."""
    place = ZoneInfo(zone)
    midnight = at_wall_clock(on, slot("00:00").starts_at.time().replace(hour=0), place)
    start = midnight + 30 * MINUTE
    with time_machine.travel(start - timedelta(days=1), tick=False) as traveller:
        institution = make_institution(zone=zone)
        instrument = open_instrument(institution, bands=[ALL_DAY], access_modes=["self_operated"])
        manager = manager_of(institution)
        set_policy_value(viewer=manager, instrument=instrument, code="no_show_after", value=90)
        reservation = booked(instrument, manager, TimeWindow(start, start + timedelta(hours=4)))
        terms = check_in_of(reservation)
        assert (start - terms.opens_at, terms.until - start) == (15 * MINUTE, 90 * MINUTE)
        traveller.move_to(start + 90 * MINUTE)
        assert (release_no_shows(), status_of(reservation)) == (1, "no_show")


@pytest.mark.usefixtures("clock")
def test_advance__check_in_never_required__as_before_though_self_operated(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="check_in_required", value=CheckInMode.NEVER)
    reservation = booked(instrument)
    with time_machine.travel(slot().starts_at, tick=False):
        advance_reservations()
        assert (status_of(reservation), reservation.use_is_assumed) == ("in_use", True)
