"""Booking a series: planned as a whole, booked whole or without the refused."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.viewers import Viewer
from booking.calendars.patterns import Every, Repeat
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.book_series import book_series
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationBooked
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.selectors.series import Series
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    ALL_DAY,
    Api,
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    problem,
    revision_of,
    slot,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WEEKLY = {"every": "week", "count": 4}


@pytest.fixture
def api(viewer: Viewer) -> Api:
    return Api(viewer)


def asked(instrument: Instrument, repeat: dict[str, Any] = WEEKLY, **more: Any) -> dict[str, Any]:
    return {**wish(instrument, more.pop("window", None)), "repeat": repeat, **more}


def broken(document: dict[str, Any]) -> dict[str, list[str]]:
    found = document["occurrences"]
    return {each["start"][5:10]: [v["code"] for v in each["violations"]] for each in found if each["violations"]}


def planned(
    instrument: Instrument, viewer: Viewer, repeat: Repeat, window: TimeWindow | None = None, **how: Any
) -> Series:
    return book_series(
        viewer=viewer,
        instrument=instrument,
        window=window or slot(),
        repeat=repeat,
        wanted=Wanted(),
        **how,
    )


def test_series__weekly__booked_and_linked(
    api: Api, instrument: Instrument, viewer: Viewer, published: list[Event]
) -> None:
    before = revision_of(instrument)
    answer = api.post("series", asked(instrument))
    assert answer.status_code == 201, answer.content
    document = answer.json()
    assert [each["start"][:16] for each in document["occurrences"]] == [
        f"2035-{day}T09:00" for day in ("03-05", "03-12", "03-19", "03-26")
    ]
    assert (document["count"], document["refused"], document["total_fen"]) == (4, 0, 4 * 48_000)
    stored = Reservation.objects.filter(series_id=document["id"]).order_by("original_start")
    assert [each.pk for each in stored] == [each["reservation"] for each in document["occurrences"]]
    assert all(each.original_start == each.during.lower and each.user_id == viewer.user_id for each in stored)
    assert len([each for each in published if isinstance(each, ReservationBooked)]) == 4
    assert (len(claims_of(instrument)), revision_of(instrument)) == (4, before + 1)


def test_series__history__says_booked_and_nothing_of_the_link(api: Api, instrument: Instrument) -> None:
    api.post("series", asked(instrument))
    entries = apps.get_model("reservations", "ReservationEvent").objects.all()
    assert [entry.pgh_context["command"] for entry in entries] == ["book"] * 4


def test_dry_run__lists_reasons_and_the_sum_and_keeps_nothing(
    api: Api, instrument: Instrument, published: list[Event]
) -> None:
    booked(instrument, window=slot("10:00", 1, day=14))
    published.clear()
    before = revision_of(instrument)
    document = api.post("series", asked(instrument, dry_run=True)).json()
    assert broken(document) == {"03-19": ["place_free"]}
    assert (document["id"], document["refused"], document["total_fen"]) == (None, 1, 3 * 48_000)
    assert {each["reservation"] for each in document["occurrences"]} == {None}
    assert (Reservation.objects.count(), ReservationSeries.objects.count(), published) == (1, 0, [])
    assert revision_of(instrument) == before


def test_series__one_refused__nothing_booked(api: Api, instrument: Instrument) -> None:
    booked(instrument, window=slot("10:00", 1, day=14))
    document = problem(api.post("series", asked(instrument)), 409, "slot_taken")
    assert [(each["item"], each["start"][:10]) for each in document["refused"]] == [(2, "2035-03-19")]
    assert Reservation.objects.count() == 1


def test_series__skip_refused__books_the_rest(api: Api, instrument: Instrument) -> None:
    booked(instrument, window=slot("10:00", 1, day=14))
    document = api.post("series", asked(instrument, skip_refused=True)).json()
    assert (document["count"], document["refused"], broken(document)) == (4, 1, {"03-19": ["place_free"]})
    assert Reservation.objects.filter(series_id=document["id"]).count() == 3


def test_series__skip_refused_and_nothing_left__refused(api: Api, instrument: Instrument) -> None:
    outside = asked(instrument, window=slot("18:00", 1), skip_refused=True)
    problem(api.post("series", outside), 422, "rules_violated")
    assert not ReservationSeries.objects.exists()


def test_series__longer_than_its_interval__is_in_its_own_way(viewer: Viewer) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="max_duration", value=None)
    repeat = Repeat(Every.DAYS, count=2)
    with pytest.raises(SlotTaken) as refusal:
        planned(instrument, viewer, repeat, slot("09:00", 30))
    assert [each.item for each in refusal.value.extra["refused"]] == [1]


def test_series__beyond_the_booking_window__says_so(api: Api, instrument: Instrument) -> None:
    document = api.post("series", asked(instrument, {"every": "week", "count": 30}, dry_run=True)).json()
    assert document["refused"] == 30 - 9
    assert {tuple(codes) for codes in broken(document).values()} == {("booking_window",)}


def test_series__without_a_booking_window__opening_hours_are_known_that_far(viewer: Viewer) -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="booking_window", value=None)
    found = planned(instrument, viewer, Repeat(Every.MONTH_WEEKDAY, until=date(2037, 2, 28)))
    assert (len(found.occurrences), found.refused) == (24, [])


@pytest.mark.parametrize(
    ("name", "today", "first"),
    [
        ("Europe/London", "2035-03-05", "2035-03-19"),
        ("Europe/London", "2035-10-08", "2035-10-22"),
        ("America/New_York", "2035-02-26", "2035-03-05"),
        ("America/New_York", "2035-10-15", "2035-10-29"),
    ],
)
def test_series__over_a_clock_change__nine_stays_nine(name: str, today: str, first: str, viewer: Viewer) -> None:
    tz = ZoneInfo(name)
    with time_machine.travel(f"{today}T06:00+00:00", tick=False):
        instrument = open_instrument(make_institution(zone=name))
        away = (date.fromisoformat(first) - date(2035, 3, 5)).days
        found = planned(instrument, viewer, Repeat(Every.WEEK, count=3), slot(day=away, zone=tz))
    local = [each.window.starts_at.astimezone(tz) for each in found.occurrences]
    assert found.refused == []
    assert [each.hour for each in local] == [9, 9, 9]
    assert local[0].utcoffset() != local[-1].utcoffset()


@pytest.mark.parametrize(
    "repeat",
    [
        {"every": "week"},
        {"every": "week", "count": 2, "until": "2035-04-01"},
        {"every": "never", "count": 2},
        {"every": "week", "count": 367},
        {"every": "week", "count": 2, "weekdays": ["XX"]},
        {"every": "month_weekday", "count": 2, "ordinal": 0},
        {"every": "days", "until": 20350401},
        {"every": "days", "until": "2035-3-1"},
        {"every": "days", "until": "2199-03-01"},
        {"every": "days", "until": "2035-03-01"},
        {"every": "days", "count": 2, "other": 1},
    ],
)
def test_series__repeat_that_makes_no_sense__422(api: Api, instrument: Instrument, repeat: dict[str, Any]) -> None:
    answer = api.post("series", asked(instrument, repeat))
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_series__hold_or_waiver__refused(api: Api, instrument: Instrument) -> None:
    problem(api.post("series", asked(instrument, hold=1)), 422, "invalid")
    waived = asked(instrument, waive=[{"code": "lead_time", "reason": "x"}])
    problem(api.post("series", waived), 422, "invalid")


def test_series__same_key__one_series(api: Api, instrument: Instrument) -> None:
    first, second = (api.post("series", asked(instrument), Idempotency_Key="s") for _ in range(2))
    assert first.content == second.content
    assert ReservationSeries.objects.count() == 1


def test_series__anonymous__not_signed_in(instrument: Instrument) -> None:
    problem(Api().post("series", asked(instrument)), 401, "not_signed_in")


def test_series__statements__two_for_each_occurrence(instrument: Instrument, viewer: Viewer) -> None:
    def cost(count: int, day: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            planned(instrument, viewer, Repeat(Every.WEEK, count=count), slot(day=day))
        return len(captured)

    cost(1, 0)
    assert cost(5, 1) - cost(1, 2) == 4 * 2


def test_get__lists_the_bookings_to_whom_may_see_them(api: Api, instrument: Instrument) -> None:
    made = api.post("series", asked(instrument, {"every": "week", "weekdays": ["WE", "MO"], "count": 4})).json()
    answer = api.get(f"series/{made['id']}")
    document = answer.json()
    assert (answer["ETag"], document["occurrences"]) == ('"1"', made["occurrences"])
    assert document["repeat"] == {
        "every": "week",
        "interval": 1,
        "weekdays": ["MO", "WE"],
        "ordinal": None,
        "until": "2035-03-14",
        "count": None,
    }
    problem(Api(firm_user()).get(f"series/{made['id']}"), 404, "not_found")
    assert Api(manager_of(instrument.institution)).get(f"series/{made['id']}").status_code == 200
    problem(api.get(f"series/{2**70}"), 404, "not_found")


def test_get__reservation__names_its_series(api: Api, instrument: Instrument) -> None:
    made = api.post("series", asked(instrument)).json()
    one = made["occurrences"][0]["reservation"]
    assert api.get(f"reservations/{one}").json()["series"] == made["id"]
    alone = api.post("reservations", wish(instrument, slot(day=1))).json()
    assert alone["series"] is None


def test_series__cap_on_upcoming_bookings__counts_the_earlier_occurrences(
    api: Api, instrument: Instrument, viewer: Viewer
) -> None:
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="max_upcoming", value=3)
    document = api.post("series", asked(instrument, dry_run=True)).json()
    assert broken(document) == {"03-26": ["max_upcoming"]}
    assert api.post("series", asked(instrument, skip_refused=True)).status_code == 201
    assert Reservation.objects.count() == 3
