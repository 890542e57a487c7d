"""Changing several bookings of a series, with nothing but forms."""

import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.viewers import Viewer
from booking.calendars.patterns import Every, Repeat
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.book_series import book_series
from booking.reservations.commands.cancel_series import cancel_series
from booking.reservations.commands.occurrences import SeriesScope
from booking.reservations.models import Reservation, ReservationSeries
from instruments.catalogue.models import Instrument
from tests.factories.booking import SHANGHAI, booked, firm_user, make_bookable, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def client(viewer: Viewer) -> Client:
    return browser_of(viewer)


def series_of(instrument: Instrument, viewer: Viewer, count: int = 4) -> list[Reservation]:
    book_series(
        viewer=viewer,
        instrument=instrument,
        window=slot(day=1),
        repeat=Repeat(Every.WEEK, count=count),
        wanted=Wanted(),
    )
    return list(Reservation.objects.filter(instrument=instrument).order_by("original_start"))


def address_of(reservation: Reservation) -> str:
    return f"/bookings/{reservation.pk}/change-series/"


def typed(**more: str) -> dict[str, str]:
    return {"scope": "all", "start": "10:00", "minutes": "90", "version": "1", **more}


def confirmed(response: Any, **more: str) -> dict[str, str]:
    """What the browser sends when the button of this page is pressed."""
    hidden = dict(re.findall(r'name="(version|checked|fee)" value="([^"]*)"', response.content.decode()))
    return {**typed(**more), **hidden, "confirm": "yes"}


def windows() -> list[str]:
    stored = Reservation.objects.order_by("original_start")
    ends = [(each.during.lower.astimezone(SHANGHAI), each.during.upper.astimezone(SHANGHAI)) for each in stored]
    return [f"{start:%H:%M}-{end:%H:%M}" for start, end in ends]


def test_change__from_the_booking__start_and_length_are_filled_in(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    second = series_of(instrument, viewer)[1]
    assert f'href="{address_of(second)}"' in text_of(client.get(f"/bookings/{second.pk}/"))
    page = text_of(client.get(address_of(second)))
    assert 'name="start" value="09:00"' in page
    assert 'name="minutes" value="120"' in page
    assert 'name="version" value="1"' in page
    assert 'name="confirm"' not in page


@pytest.mark.parametrize(("scope", "changed"), [("following", 3), ("all", 4)])
def test_change__scope__shows_before_and_after_and_changes_these(
    client: Client, instrument: Instrument, viewer: Viewer, scope: str, changed: int
) -> None:
    second = series_of(instrument, viewer)[1]
    shown = client.post(address_of(second), typed(scope=scope))
    page = text_of(shown)
    assert page.count("¥480.00 → ¥360.00") == changed
    assert f"Change {changed} bookings?" in page
    assert "Changing costs nothing on top of the price." in page
    assert windows() == ["09:00-11:00"] * 4
    response = client.post(address_of(second), confirmed(shown, scope=scope))
    assert response["Location"] == f"/bookings/{second.pk}/"
    assert windows() == ["09:00-11:00"] * (4 - changed) + ["10:00-11:30"] * changed
    assert f"{changed} bookings are changed." in text_of(client.get(response["Location"]))


@pytest.mark.parametrize(("empty", "expected"), [("start", "09:00-10:30"), ("minutes", "10:00-12:00")])
def test_change__left_empty__stays_as_it_is(
    client: Client, instrument: Instrument, viewer: Viewer, empty: str, expected: str
) -> None:
    first = series_of(instrument, viewer)[0]
    shown = client.post(address_of(first), typed(**{empty: ""}))
    client.post(address_of(first), confirmed(shown, **{empty: ""}))
    assert windows() == [expected] * 4


def test_change__one_refused__shows_where_and_why_and_keeps_what_was_typed(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    first = series_of(instrument, viewer)[0]
    booked(instrument, window=slot("11:00", 1, day=8))
    page = text_of(client.post(address_of(first), typed(start="10:00", minutes="120")))
    assert "One is refused, so none can be changed like this." in page
    assert page.count("already taken") == 1
    assert page.count("10:00–12:00") == 4
    assert 'name="start" value="10:00"' in page
    assert 'name="confirm"' not in page


def test_confirm__lost_to_somebody_else__shows_the_new_plan_and_changes_none(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    first = series_of(instrument, viewer)[0]
    form = confirmed(client.post(address_of(first), typed(minutes="120")), minutes="120")
    booked(instrument, window=slot("11:00", 1, day=8))
    response = client.post(address_of(first), form)
    assert response.status_code == 409
    assert "already taken" in text_of(response)
    assert windows().count("09:00-11:00") == 4


def test_confirm__of_other_values_than_were_shown__only_shows(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    first = series_of(instrument, viewer)[0]
    form = confirmed(client.post(address_of(first), typed()))
    response = client.post(address_of(first), {**form, "start": "13:00"})
    assert response.status_code == 200
    assert "13:00–14:30" in text_of(response)
    assert windows() == ["09:00-11:00"] * 4


@pytest.mark.parametrize("confirms", [False, True])
def test_change__series_changed_meanwhile__says_so_and_shows_it_as_it_is_now(
    client: Client, instrument: Instrument, viewer: Viewer, confirms: bool
) -> None:
    first = series_of(instrument, viewer)[0]
    form = confirmed(client.post(address_of(first), typed())) if confirms else typed()
    ReservationSeries.objects.update(version=2)
    response = client.post(address_of(first), form)
    page = text_of(response)
    assert response.status_code == 412
    assert "The series was changed meanwhile." in page
    assert 'name="version" value="2"' in page
    assert 'name="start" value="10:00"' in page
    assert windows() == ["09:00-11:00"] * 4
    assert client.post(address_of(first), confirmed(response)).status_code == 302


def test_change__to_where_they_are__says_that_nothing_changes(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    first = series_of(instrument, viewer)[0]
    page = text_of(client.post(address_of(first), typed(start="09:00", minutes="120")))
    assert "Nothing changes" in page
    assert page.count("stays as it is") == 4
    assert 'name="confirm"' not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"start": "", "minutes": ""}, "Say what to change."),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"start": "25:00"}, "Enter a valid time."),
        ({"scope": "this"}, "Select a valid choice."),
    ],
)
def test_change__input_that_makes_no_sense__is_said(
    client: Client, instrument: Instrument, viewer: Viewer, given: dict[str, str], words: str
) -> None:
    first = series_of(instrument, viewer)[0]
    response = client.post(address_of(first), typed(**given))
    assert response.status_code == 422
    assert words in text_of(response)


def test_change__late__the_fee_is_shown_first_and_agreed_to(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    set_values(instrument, late_cancel_fee_percent=50)
    first = series_of(instrument, viewer)[0]
    with time_machine.travel(slot("10:00").starts_at, tick=False):
        shown = client.post(address_of(first), typed())
        assert "What is given back late by this costs ¥240.00." in text_of(shown)
        form = confirmed(shown)
        refused = client.post(address_of(first), {**form, "fee": "0"})
        assert (refused.status_code, windows()) == (409, ["09:00-11:00"] * 4)
        assert "look at the amount first" in text_of(refused)
        assert client.post(address_of(first), form).status_code == 302
    assert sorted(Reservation.objects.values_list("fee_fen", flat=True)) == [0, 0, 0, 24_000]


def test_change__all_cancelled__leads_back(client: Client, instrument: Instrument, viewer: Viewer) -> None:
    first = series_of(instrument, viewer)[0]
    cancel_series(viewer=viewer, series=ReservationSeries.objects.get(), scope=SeriesScope.ALL)
    response = client.post(address_of(first), typed(version="2"))
    assert response["Location"] == f"/bookings/{first.pk}/"


def test_change__single_booking_or_somebody_elses__not_found(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    alone = booked(instrument, viewer)
    theirs = series_of(make_bookable(), firm_user())[-1]
    for reservation in (alone, theirs):
        assert client.get(address_of(reservation)).status_code == 404
        assert client.post(address_of(reservation), typed()).status_code == 404
    assert browser_of().get(address_of(alone)).status_code == 302


def test_page__in_chinese__no_english(instrument: Instrument, viewer: Viewer) -> None:
    first = series_of(instrument, viewer)[0]
    page = text_of(browser_of(viewer, "zh-hans").post(address_of(first), typed()))
    assert "更改" in page
    assert not any(words in page for words in ("Change ", "New ", "Price", "Empty", "Booked"))


def test_page__more_bookings__as_many_statements_and_a_bounded_number_for_each_that_moves(
    client: Client, viewer: Viewer
) -> None:
    few, many = (series_of(make_bookable(), viewer, count)[0] for count in (2, 6))
    assert queries_of(client, address_of(few)) == queries_of(client, address_of(many)) <= 12
    costs = []
    for first in (few, many):
        client.post(address_of(first), typed())
        with CaptureQueriesContext(connection) as captured:
            client.post(address_of(first), typed())
        costs.append(len(captured))
    assert costs[1] - costs[0] <= 4 * 10
