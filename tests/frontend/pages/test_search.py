"""Searching: the whole search in the address, facets, free time, nothing found."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories.accounts import make_institution
from tests.factories.booking import ALL_DAY, booked, firm_user, open_instrument, revision_of, slot
from tests.factories.instruments import make_instrument
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

SEARCH = "/instruments/"


def test_search__words__find_by_name() -> None:
    make_instrument(name_en="Mass spectrometer")
    make_instrument(name_en="Muffle furnace")
    page = text_of(browser_of().get(SEARCH, {"q": "furnace"}))
    assert "Muffle furnace" in page
    assert "Mass spectrometer" not in page
    assert "1 instrument" in page


def test_search__card__names_price_for_this_viewer_and_next_free_time() -> None:
    instrument = open_instrument(name_en="Microscope")
    page = text_of(browser_of(firm_user()).get(SEARCH))
    assert "¥240.00" in page
    assert re.search(r"Next free Mon,? 5 Mar 09:00", page)
    assert f'data-instrument-id="{instrument.pk}" data-revision="{revision_of(instrument)}"' in page
    assert "¥300.00" in text_of(browser_of().get(SEARCH))


def test_search__open_all_day__is_free_now() -> None:
    open_instrument(bands=[ALL_DAY])
    assert "Free now" in text_of(browser_of().get(SEARCH))


def test_search__facet__is_a_link_that_keeps_the_rest_and_can_be_taken_back() -> None:
    shaoxing = make_institution(region="330602")
    make_instrument(shaoxing, name_en="Oven one")
    make_instrument(make_institution(region="330106"), name_en="Oven two")
    page = text_of(browser_of().get(SEARCH, {"q": "oven"}))
    assert 'href="/instruments/?q=oven&amp;region=3306"' in page
    narrowed = text_of(browser_of().get(SEARCH, {"q": "oven", "region": "3306"}))
    assert "Oven two" not in narrowed
    assert 'id="region-3306" href="/instruments/?q=oven" aria-current="true"' in narrowed
    assert '<input type="hidden" form="search" name="region" value="3306">' in narrowed


def test_search__free_window__leaves_out_what_is_taken_then() -> None:
    taken, free = open_instrument(name_en="Taken one"), open_instrument(name_en="Free one")
    booked(taken, window=slot("09:00", 8))
    asked = {"free_from": "2035-03-05T09:00", "free_to": "2035-03-05T17:00", "duration": "120"}
    page = text_of(browser_of().get(SEARCH, asked))
    assert free.name in page
    assert taken.name not in page


def test_search__many__go_on_at_an_address_that_holds_the_search() -> None:
    institution = make_institution()
    for n in range(22):
        make_instrument(institution, name_en=f"Balance {n}")
    page = text_of(browser_of().get(SEARCH, {"q": "balance"}))
    assert "22 instruments" in page
    assert 'href="/instruments/?q=balance&amp;offset=20" rel="next"' in page
    rest = text_of(browser_of().get(SEARCH, {"q": "balance", "offset": "20"}))
    assert rest.count('data-island="live-item"') == 2
    assert 'rel="next"' not in rest


def test_search__nothing__suggests_what_to_leave_out() -> None:
    make_instrument(make_institution(region="330602"), name_en="Loom")
    page = text_of(browser_of().get(SEARCH, {"q": "loom", "region": "3301"}))
    assert "No instrument fits all of this." in page
    assert '<a class="link" href="/instruments/?q=loom">1 in all regions</a>' in page


def test_search__nothing_at_that_time__suggests_any_time() -> None:
    open_instrument(name_en="Loom")
    asked = {"free_from": "2035-03-10T09:00", "free_to": "2035-03-10T17:00", "duration": "60"}  # a Saturday
    page = text_of(browser_of().get(SEARCH, asked))
    assert '<a class="link" href="/instruments/">1 at any time</a>' in page


@pytest.mark.parametrize(
    "query",
    [
        {"institution": "x"},
        {"institution": "9" * 30},
        {"category": "abc"},
        {"access_mode": "teleport"},
        {"duration": "-5"},
        {"offset": "99999999"},
        {"free_from": "tomorrow"},
        {"free_from": "9999-12-31T23:59", "free_to": "9999-12-31T23:59"},
        {"free_from": "2035-03-05T09:00", "free_to": "2035-03-04T09:00"},
        {"q": "x" * 500},
    ],
)
def test_search__conditions_that_make_no_sense__are_said_and_left_out(query: dict[str, str]) -> None:
    make_instrument(name_en="Loom")
    response = browser_of().get(SEARCH, query)
    assert response.status_code == 200
    assert "Part of this search was not understood" in text_of(response)


def test_card__of_a_draft__is_not_found() -> None:
    draft = make_instrument(status="draft")
    assert browser_of().get(f"/instruments/{draft.pk}/card/").status_code == 404


def test_card__is_the_same_element_with_its_new_revision() -> None:
    instrument = open_instrument()
    booked(instrument)
    page = text_of(browser_of().get(f"/instruments/{instrument.pk}/card/"))
    assert page.startswith('<li class="result" data-island="live-item"')
    assert f'data-revision="{revision_of(instrument)}"' in page


def test_search__wrong_method__is_refused() -> None:
    assert browser_of().post(SEARCH).status_code == 405


@pytest.mark.parametrize(
    ("query", "number"), [({}, 7), ({"duration": "60"}, 8), ({"q": "spectrometer", "sort": "price"}, 7)]
)
@pytest.mark.parametrize("count", [2, 9])
def test_search__queries__do_not_grow(
    count: int, query: dict[str, str], number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    institution = make_institution()
    for _n in range(count):
        open_instrument(institution)
    client = browser_of(firm_user())
    client.get(SEARCH, query)
    with django_assert_num_queries(number):
        client.get(SEARCH, query)
