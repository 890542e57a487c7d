"""The page that explains the rules: from the registry, for everybody, in one language."""

import pytest
from django.test import Client

from booking.reservations.policy_values import Section
from booking.reservations.process_settings import PROCESS_SETTINGS
from booking.reservations.rules.registry import all_rules
from tests.factories.booking import firm_user, make_bookable
from tests.frontend.pages.desk_scenario import browser_of, text_of


@pytest.mark.django_db
def test_rules__anybody__every_rule_and_process_once_under_its_code() -> None:
    page = text_of(browser_of().get("/rules/"))
    codes = [*all_rules(), *PROCESS_SETTINGS]
    assert [page.count(f'id="{code}"') for code in codes] == [1] * len(codes)
    for section in Section:
        assert f'href="#section-{section}"' in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Longest booking", "<dd>12 hours</dd>", "1 minute to 720 hours", "Operator, Lab manager", "no limit"),
        ),
        ("zh-hans", ("最长时长", "<dd>12 小时</dd>", "可豁免者", "培训", "不限")),
    ],
)
def test_rules__both_languages__name_meaning_default_and_who_waives(language: str, words: tuple[str, ...]) -> None:
    page = text_of(browser_of(language=language).get("/rules/"))
    assert [word for word in words if word not in page] == []


@pytest.mark.django_db
def test_rules__each__stands_in_its_section_with_who_waives_it() -> None:
    page = text_of(browser_of().get("/rules/"))
    order = ("section-times", "lead_time", "section-places", "place_free", "section-person", "max_per_day")
    places = [page.index(f'id="{each}"') for each in order]
    assert places == sorted(places)
    waived = page.index("<dt>Waived by</dt><dd>nobody</dd>", page.index('id="place_free"'))
    assert waived < page.index('id="section-person"')


def test_rules__nobody_signed_in__asks_the_database_nothing() -> None:
    assert Client().get("/rules/").status_code == 200  # without django_db, a query would fail
    assert Client().post("/rules/").status_code == 405


@pytest.mark.django_db
def test_rules__linked__from_every_page_and_from_what_a_verdict_says(monday_morning: object) -> None:
    instrument = make_bookable()
    assert 'href="/rules/"' in text_of(browser_of().get("/"))
    form = {"start_date": "2035-03-05", "start_time": "09:00", "end_date": "2035-03-06", "end_time": "05:00"}
    sent = form | {"purpose": "Fibre length", "account": "0"}
    page = text_of(browser_of(firm_user()).post(f"/instruments/{instrument.slug}/book/", sent))
    assert 'href="/rules/#max_duration"' in page
