"""Rules, places, turnaround and prices of one instrument."""

import re
from typing import Any

import pytest

from accounts.models import Tier
from booking.calendars.models import Resource
from booking.pricing.models import RateCard
from booking.pricing.selectors import hourly_rates
from booking.reservations.models import PolicyValue
from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import defaults
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    MONDAY,
    PRICES,
    booked,
    make_bookable,
    operator_of,
    revision_of,
    set_values,
    slot,
)
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def page_of(instrument: Instrument, name: str) -> str:
    return f"/desk/instruments/{instrument.pk}/{name}/"


def wishes(**changed: tuple[str, str]) -> dict[str, str]:
    """The rules' form as a browser sends it: all inherited before, some changed (mode, value) now."""
    sent: dict[str, str] = {}
    for code in defaults():
        mode, value = changed.get(code, ("inherit", ""))
        sent |= {f"{code}-mode": mode, f"{code}-value": value}
        sent |= {f"initial-{code}-mode": "inherit", f"initial-{code}-value": ""}
    return sent


def own_values(instrument: Instrument) -> dict[str, Any]:
    return dict(PolicyValue.objects.filter(instrument=instrument).values_list("code", "value"))


def test_rules__show_the_value_in_force_and_where_it_comes_from() -> None:
    instrument = make_bookable()
    PolicyValue.objects.create(institution=instrument.institution, code="max_duration", value=240)
    PolicyValue.objects.create(institution=instrument.institution, code="lead_time", tier="external", value=120)
    page = text_of(browser_of(manager_of(instrument.institution)).get(page_of(instrument, "rules")))
    assert '<strong>4 hours</strong> <span class="muted xl:block">(institution)</span>' in page
    assert "Inherit: 4 hours" in page
    assert "External individual: 2 hours (institution)" in page
    assert '<strong>30 minutes</strong> <span class="muted xl:block">(built in)</span>' in page


def test_rules__own_value_and_no_limit__are_stored_and_the_calendar_has_a_new_revision() -> None:
    instrument = make_bookable()
    before = revision_of(instrument)
    sent = wishes(max_duration=("value", "90"), booking_window=("unlimited", ""))
    response = browser_of(manager_of(instrument.institution)).post(page_of(instrument, "rules"), sent)
    assert response.status_code == 302
    assert own_values(instrument) == {"max_duration": 90, "booking_window": None}
    assert revision_of(instrument) == before + 1


def test_rules__only_what_was_changed__is_written() -> None:
    instrument = make_bookable()
    PolicyValue.objects.create(instrument=instrument, code="lead_time", value=60)  # by someone else, meanwhile
    sent = wishes(max_duration=("value", "90"))
    browser_of(manager_of(instrument.institution)).post(page_of(instrument, "rules"), sent)
    assert own_values(instrument) == {"lead_time": 60, "max_duration": 90}


def test_rules__back_to_inherit__deletes_the_own_value() -> None:
    instrument = make_bookable()
    PolicyValue.objects.create(instrument=instrument, code="lead_time", value=60)
    sent = wishes() | {"initial-lead_time-mode": "value", "initial-lead_time-value": "60"}
    browser_of(manager_of(instrument.institution)).post(page_of(instrument, "rules"), sent)
    assert own_values(instrument) == {}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"on_grid": ("value", "")}, "Give a number"),
        ({"on_grid": ("value", "0")}, "greater than or equal to 1"),
        ({"booking_window": ("value", "181")}, "less than or equal to 180"),
        ({"max_duration": ("value", "10")}, "shorter than the shortest"),
        ({"lead_time": ("sometimes", "")}, "not one of the available choices"),
    ],
)
def test_rules__bad_input__is_said_at_the_rule(changed: dict[str, tuple[str, str]], reason: str) -> None:
    instrument = make_bookable()
    response = browser_of(manager_of(instrument.institution)).post(page_of(instrument, "rules"), wishes(**changed))
    assert response.status_code == 422
    page = text_of(response)
    assert reason in page
    assert page.index("Nothing is saved yet. Please check these values:") < page.index(reason)
    assert all(f'href="#id_{code}-' in page for code in changed)
    assert own_values(instrument) == {}


def sections_of(page: str) -> dict[str, bool]:
    """Which sections of rules the page has, in order, and whether they are open."""
    found = re.findall(r'<details class="rules-section[^"]*"( open)?>(?:(?!</details>).)*?id="rules-(\w+)"', page)
    return {slug: bool(is_open) for is_open, slug in found}


def test_rules__in_sections__each_value_once_and_nothing_open_where_all_is_inherited() -> None:
    instrument = make_bookable()
    page = text_of(browser_of(manager_of(instrument.institution)).get(page_of(instrument, "rules")))
    shown = sections_of(page)
    assert list(shown) == [section.value for section in Section if section != Section.PLACES]  # it has no values
    assert not any(shown.values())
    assert [page.count(f'name="{code}-mode"') for code in defaults()] == [1] * len(defaults())
    assert "Nothing is set here: every value is inherited." in page


def test_rules__set_here_for_all_or_for_a_tier__is_counted_and_its_section_open() -> None:
    instrument = make_bookable()
    set_values(instrument, lead_time=60, max_duration=None)
    PolicyValue.objects.create(instrument=instrument, code="approval", tier="external", value=2)
    PolicyValue.objects.create(institution=instrument.institution, code="offer_expires", value=30)
    page = text_of(browser_of(manager_of(instrument.institution)).get(page_of(instrument, "rules")))
    assert [slug for slug, is_open in sections_of(page).items() if is_open] == ["times", "approval"]
    assert page.count('class="rules-row is-own"') == 3
    assert "Show only what is set here (3 rules)" in page
    assert page.count("2 set here") == page.count("1 set here") == 1


def test_rules__typed_but_wrong__opens_the_section_of_all_that_was_typed() -> None:
    instrument = make_bookable()
    sent = wishes(max_per_day=("value", "0"), no_show_after=("value", "20"))
    response = browser_of(manager_of(instrument.institution)).post(page_of(instrument, "rules"), sent)
    opened = [slug for slug, is_open in sections_of(text_of(response)).items() if is_open]
    assert opened == ["person", "attendance"]
    assert text_of(response).count("has-errors") == 1


def test_places__more_places_and_turnaround__are_stored() -> None:
    instrument = make_bookable()
    sent = {"capacity": "3", "turnaround_minutes": "20"}
    browser_of(manager_of(instrument.institution)).post(page_of(instrument, "places"), sent)
    resource = Resource.objects.get(instrument=instrument)
    assert (resource.capacity, resource.turnaround_minutes) == (3, 20)


def test_places__fewer_than_booked__lists_the_bookings_and_changes_nothing() -> None:
    instrument = make_bookable()
    client = browser_of(manager_of(instrument.institution))
    client.post(page_of(instrument, "places"), {"capacity": "2", "turnaround_minutes": "0"})
    booked(instrument)
    second = booked(instrument)
    response = client.post(page_of(instrument, "places"), {"capacity": "1", "turnaround_minutes": "30"})
    assert response.status_code == 409
    assert f'href="/bookings/{second.pk}/"' in text_of(response)
    resource = Resource.objects.get(instrument=instrument)
    assert (resource.capacity, resource.turnaround_minutes) == (2, 0)


@pytest.mark.parametrize("sent", [{}, {"capacity": "0", "turnaround_minutes": "0"}, {"capacity": "x"}])
def test_places__bad_input__is_said_at_the_field(sent: dict[str, str]) -> None:
    instrument = make_bookable()
    response = browser_of(manager_of(instrument.institution)).post(page_of(instrument, "places"), sent)
    assert response.status_code == 422
    assert 'class="errorlist"' in text_of(response)


def test_prices__typed_in_yuan__are_stored_in_fen_from_the_day_on() -> None:
    instrument = make_bookable()
    sent = {"internal": "80.5", "member": "", "enterprise": "0", "external": "1200.07", "from_on": "2035-04-01"}
    response = browser_of(manager_of(instrument.institution)).post(page_of(instrument, "prices"), sent)
    assert response.status_code == 302
    assert hourly_rates(instrument.pk, MONDAY) == PRICES
    later = {Tier.INTERNAL: 8050, Tier.ENTERPRISE: 0, Tier.EXTERNAL: 120_007}
    assert hourly_rates(instrument.pk, MONDAY.replace(month=4, day=1)) == later


@pytest.mark.parametrize(
    "wrong",
    [{"internal": "-1"}, {"internal": "1.005"}, {"internal": "NaN"}, {"from_on": "2035-03-04"}, {"from_on": ""}],
)
def test_prices__bad_input__writes_nothing(wrong: dict[str, str]) -> None:
    instrument = make_bookable()
    sent = {"internal": "80", "from_on": "2035-03-05"} | wrong
    response = browser_of(manager_of(instrument.institution)).post(page_of(instrument, "prices"), sent)
    assert response.status_code == 422
    assert RateCard.objects.filter(instrument=instrument).count() == 1


def test_prices__page__shows_lists_to_come() -> None:
    instrument = make_bookable()
    client = browser_of(manager_of(instrument.institution))
    client.post(page_of(instrument, "prices"), {"internal": "99", "from_on": "2035-05-02"})
    page = text_of(client.get(page_of(instrument, "prices")))
    assert "2 May 2035" in page
    assert "¥99.00" in page
    assert "¥300.00" in page


@pytest.mark.parametrize("name", ["rules", "prices", "hours"])
def test_terms__access_and_query_count(name: str) -> None:
    instrument = make_bookable()
    address = page_of(instrument, name)
    booked(instrument, window=slot())
    assert queries_of(browser_of(manager_of(instrument.institution)), address) <= 8
    assert browser_of().get(address).status_code == 302
    assert browser_of(operator_of(instrument.institution)).get(address).status_code == 403
    assert browser_of(manager_of(make_institution())).post(address).status_code == 403
    assert browser_of(manager_of(instrument.institution)).delete(address).status_code == 405
