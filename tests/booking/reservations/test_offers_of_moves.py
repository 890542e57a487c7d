"""What is offered instead of a move that is refused: the booking that is moved is in nobody's way."""

from datetime import datetime

import pytest

from accounts.viewers import Viewer
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import ResourceKind
from booking.reservations.models import Reservation
from booking.reservations.selectors.moving import context_of_move
from booking.reservations.selectors.offers import windows_instead
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.windows import TimeWindow
from tests.factories.accounts import make_user, manager_of
from tests.factories.booking import (
    Api,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    problem,
    set_values,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def of_move(viewer: Viewer, reservation: Reservation, window: TimeWindow) -> Verdict:
    return verdict_on(context_of_move(viewer, reservation, window))


@pytest.mark.parametrize("day", [1, 7 * 15])
def test_move__too_long__its_own_time_is_not_in_the_way(day: int) -> None:
    viewer, instrument = firm_user(), make_bookable()
    set_values(instrument, max_duration=240, booking_window=None)
    first = booked(instrument, viewer, slot("10:00", day=day))
    second = booked(instrument, viewer, slot("14:00", day=day))
    wished = slot("09:00", 5, day=day)
    reached = of_move(viewer, first, wished)
    assert [each.nearest for each in reached.violations if each.code == "max_duration"] == [
        slot("09:00", 4, day=day)
    ]
    assert reached.alternatives[0].window == slot("09:00", 4, day=day)
    assert of_move(viewer, second, wished).alternatives[0].window == slot("12:00", 4, day=day)


def test_move__refused_by_the_api__names_the_nearest() -> None:
    viewer, instrument = firm_user(), make_bookable()
    set_values(instrument, max_duration=240)
    reservation = booked(instrument, viewer, slot("10:00", day=1))
    wished, nearest = slot("09:00", 5, day=1), slot("09:00", 4, day=1)
    body = {"start": wished.starts_at.isoformat(), "end": wished.ends_at.isoformat()}
    answer = Api(viewer).patch(f"reservations/{reservation.pk}", body)
    told = problem(answer, 422, "rules_violated")
    offered = told["alternatives"][0]
    assert (datetime.fromisoformat(offered["start"]), datetime.fromisoformat(offered["end"])) == (
        nearest.starts_at,
        nearest.ends_at,
    )


def test_move__several_places__counts_each_gap_once() -> None:
    viewer, instrument = firm_user(), open_instrument(places=2)
    reservation = booked(instrument, viewer, slot("10:00", day=1), places=2)
    booked(instrument, window=slot("13:00", 1, day=1))
    reached = of_move(viewer, reservation, slot("12:30", 3, day=1))
    assert reached.alternatives[0].window == slot("14:00", 3, day=1)


def test_move__needs_its_own_operator__who_is_not_in_the_way() -> None:
    viewer, instrument = firm_user(), make_bookable()
    lab, manager = instrument.institution, manager_of(instrument.institution)
    lin = add_resource(viewer=manager, institution=lab, kind=ResourceKind.OPERATOR, name="Lin", user=make_user())
    set_needs(viewer=manager, instrument=instrument, slots=[[lin.pk]])
    set_values(instrument, max_duration=240)
    reservation = booked(instrument, viewer, slot("10:00", day=1))
    reached = of_move(viewer, reservation, slot("09:00", 5, day=1))
    assert reached.alternatives[0].window == slot("09:00", 4, day=1)


def test_offers__the_window_itself_is_free__is_not_among_them() -> None:
    viewer, instrument = firm_user(), make_bookable()
    reservation, wished = booked(instrument, viewer, slot("10:00", day=1)), slot("12:00", day=1)
    booked(instrument, window=slot("14:00", 1, day=1))
    offered = windows_instead(context_of_move(viewer, reservation, wished), ())
    assert offered[0] == slot("15:00", day=1)
    assert wished not in offered
