"""The page of one instrument."""

import json
import re
from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from booking.reservations.commands.set_policy_value import set_policy_value
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_institution, make_viewer, manager_of
from tests.factories.booking import band, booked, firm_user, make_bookable, open_instrument, slot
from tests.factories.instruments import make_instrument
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def address(instrument: Instrument, more: str = "") -> str:
    return f"/instruments/{instrument.slug}/{more}"


def test_instrument__says_what_it_is_and_whom_to_ask() -> None:
    instrument = open_instrument(
        name_en="Fibre tester", description="Pulls fibres.", contact_phone="0575-1", sample_requirements="Dry."
    )
    page = text_of(browser_of().get(address(instrument)))
    for words in ("Fibre tester", "Pulls fibres.", "0575-1", "Dry.", instrument.number):
        assert words in page


def test_instrument__rules__in_words_with_the_values_in_force() -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="min_duration", value=90)
    set_policy_value(viewer=manager, instrument=instrument, code="booking_window", value=None)
    page = text_of(browser_of().get(address(instrument)))
    assert "<dt>Shortest booking</dt> <dd>1 hour 30 minutes" in page
    assert "<dt>Longest booking</dt> <dd>12 hours" in page
    assert "<dt>Booking window</dt>" not in page  # unlimited limits nothing
    assert "Mon–Fri 09:00–17:00" in page


def test_instrument__prices__mark_the_viewers_own() -> None:
    page = text_of(browser_of(firm_user()).get(address(make_bookable())))
    assert re.search(r'Enterprise <span class="[^"]*">your price</span></th> <td class="number">¥240.00', page)


def test_instrument__free_windows__are_links_that_fill_the_form() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("11:00", 1))
    page = text_of(browser_of(firm_user()).get(address(instrument)))
    assert "start=2035-03-05T09:00&amp;end=2035-03-05T10:00#book" in page
    assert ">09:00–11:00</a>" in page
    assert ">12:00–17:00</a>" in page


def test_instrument__chosen_window__stands_in_the_form() -> None:
    asked = {"start": "2035-03-06T13:30", "end": "2035-03-06T15:00"}
    page = text_of(browser_of(firm_user()).get(address(make_bookable()), asked))
    for name, value in (("start_date", "2035-03-06"), ("start_time", "13:30"), ("end_time", "15:00")):
        assert re.search(rf'name="{name}" value="{value}"', page)


def test_instrument__settings__tell_the_island_everything() -> None:
    instrument = make_bookable()
    response = browser_of(firm_user()).get(address(instrument))
    block = re.search(r'<script id="week-calendar-settings"[^>]*>(.*?)</script>', response.content.decode())
    assert block
    settings = json.loads(block[1])
    assert settings["addresses"]["quotes"] == "/api/v1/quotes"
    assert settings["addresses"]["reservations"] == "/api/v1/reservations"
    assert settings["addresses"]["availability"] == f"/api/v1/instruments/{instrument.pk}/availability"
    assert settings["addresses"]["instrument"] == "/instruments/{slug}/"
    assert (settings["date"], settings["grid"], settings["zone"]) == ("2035-03-05", 30, "Asia/Shanghai")
    assert settings["canBook"] is True
    assert all(settings["texts"].values())


def test_instrument__anonymous__sees_free_times_and_the_way_to_sign_in() -> None:
    instrument = make_bookable()
    page = text_of(browser_of().get(address(instrument), {"start": "2035-03-06T09:00", "end": "2035-03-06T10:00"}))
    assert "/sign-in/?next=" in page
    assert "2035-03-06T09%253A00" in page
    assert 'name="start_date"' not in page


def test_instrument__several_places_and_firms__can_be_chosen() -> None:
    instrument = open_instrument(places=3)
    page = text_of(browser_of(firm_user(make_enterprise(name_en="Loom Ltd"))).get(address(instrument)))
    assert 'name="places"' in page
    assert "Loom Ltd" in page
    alone = text_of(browser_of(make_viewer()).get(address(make_bookable())))
    assert 'name="places"' not in alone
    assert 'name="account"' not in alone


def test_instrument__overnight_hours__belong_to_the_day_they_begin_on() -> None:
    instrument = open_instrument(bands=[band("22:00", "06:00", days=["MO"])])
    page = text_of(browser_of().get(address(instrument)))
    assert re.search(r">22:00–Tue,? 6 Mar 06:00</a>", page)


def test_instrument__elsewhere__is_shown_on_its_own_clock() -> None:
    instrument = make_bookable(zone="America/New_York", country="US")
    page = text_of(browser_of().get(address(instrument)))
    assert "All times: Eastern Time" in page
    assert ">09:00–17:00</a>" in page


def test_free_windows__of_another_week__are_that_weeks() -> None:
    page = text_of(browser_of().get(address(make_bookable(), "free/"), {"week": "2035-03-12"}))
    assert "start=2035-03-12T09:00" in page
    assert "start=2035-03-05" not in page


@pytest.mark.parametrize("week", ["x", "9999-12-31", "0001-01-01", "2035-02-30"])
def test_instrument__week_that_is_none__shows_this_one(week: str) -> None:
    page = text_of(browser_of().get(address(make_bookable()), {"week": week}))
    assert "start=2035-03-05T09:00" in page


def test_instrument__suspended__says_why_and_offers_nothing() -> None:
    instrument = make_instrument(status="suspended", status_reason="New lamp", expected_return_on=date(2035, 4, 1))
    page = text_of(browser_of(firm_user()).get(address(instrument)))
    assert "takes no bookings at present" in page
    assert "New lamp" in page
    assert 'data-part="form"' not in page


def test_instrument__draft__only_for_people_of_the_institution() -> None:
    draft = make_instrument(status="draft")
    assert browser_of(firm_user()).get(address(draft)).status_code == 404
    assert browser_of().get(address(draft, "free/")).status_code == 404
    assert browser_of(manager_of(draft.institution)).get(address(draft)).status_code == 200


def test_instrument__unknown_or_wrong_method__is_refused() -> None:
    assert browser_of().get("/instruments/no-such-thing/").status_code == 404
    assert browser_of().post(address(make_instrument())).status_code == 405


def test_instrument__queries__do_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    instrument = open_instrument(make_institution())
    client = browser_of(firm_user())
    client.get(address(instrument))
    for hour in ("09:00", "12:00", "15:00"):
        booked(instrument, window=slot(hour, 1))
    with django_assert_num_queries(15):
        client.get(address(instrument))
