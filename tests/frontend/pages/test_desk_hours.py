"""Opening hours: rows without a script, the painter's JSON with one."""

import json
from datetime import time
from typing import Any

import pytest

from accounts.models import Tier
from booking.calendars.recurrence import WEEKDAYS
from booking.calendars.selectors import CurrentOpening, opening_hours
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import make_bookable
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NIGHT = {"weekdays": ["MO", "FR"], "start": "22:00", "end": "06:00", "tiers": ["internal"]}


def send(instrument: Instrument, data: dict[str, Any]) -> Any:
    client = browser_of(manager_of(instrument.institution))
    return client.post(f"/desk/instruments/{instrument.pk}/hours/", data)


def hours_of(instrument: Instrument) -> CurrentOpening:
    current = opening_hours(instrument.pk)
    assert current is not None
    return current


def test_hours__inherited__say_whose_they_are_and_that_saving_forks() -> None:
    instrument = make_bookable()
    page = text_of(browser_of(manager_of(instrument.institution)).get(f"/desk/instruments/{instrument.pk}/hours/"))
    assert "usual hours" in page
    assert "Save as its own hours" in page
    assert 'value="09:00"' in page
    assert '"tiers": ["internal", "member", "enterprise", "external"]' in page


def test_hours__rows__make_hours_of_its_own() -> None:
    instrument = make_bookable()
    row = {"weekdays": ["SA", "MO"], "start": "08:00", "end": "12:30", "tiers": ["internal", "enterprise"]}
    sent = {f"band-0-{name}": value for name, value in row.items()} | {"band-1-tiers": Tier.values}
    assert send(instrument, sent).status_code == 302
    current = hours_of(instrument)
    (band,) = current.bands
    assert current.is_own
    assert (band.weekdays, band.start, band.end) == (("MO", "SA"), time(8), time(12, 30))
    assert band.tiers == Tier.INTERNAL.bit + Tier.ENTERPRISE.bit


def test_hours__painted__count_before_the_rows() -> None:
    instrument = make_bookable()
    sent = {"bands": json.dumps([NIGHT]), "band-0-weekdays": WEEKDAYS, "band-0-start": "01:00"}
    assert send(instrument, sent).status_code == 302
    (band,) = hours_of(instrument).bands
    assert (band.weekdays, band.start, band.end, band.tiers) == (("MO", "FR"), time(22), time(6), Tier.INTERNAL.bit)


def test_hours__nothing_painted__is_never_open() -> None:
    instrument = make_bookable()
    assert send(instrument, {"bands": "[]"}).status_code == 302
    assert hours_of(instrument).bands == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"weekdays": []}, "Tick at least one day."),
        ({"end": ""}, "Give both times"),
        ({"end": "25:00"}, "Give both times"),
        ({"tiers": []}, "Say for whom the hours are open."),
        ({"tiers": ["king"]}, "Say for whom the hours are open."),
        ({"weekdays": ["XX"]}, "Name the weekdays"),
        ({"weekdays": 3, "start": None}, "Give both times"),
    ],
)
def test_hours__a_row_that_is_no_band__keeps_its_text_and_says_why(wrong: dict[str, Any], reason: str) -> None:
    instrument = make_bookable()
    response = send(instrument, {"bands": json.dumps([NIGHT | wrong, NIGHT])})
    page = text_of(response)
    assert response.status_code == 422
    assert reason in page
    assert "Nothing was saved." in page
    assert 'value="22:00"' in page
    assert not hours_of(instrument).is_own


@pytest.mark.parametrize("text", ["{", "null", "[1]", '{"a": 1}', "[" * 5000, json.dumps([NIGHT] * 61)])
def test_hours__unreadable_json__is_refused(text: str) -> None:
    instrument = make_bookable()
    assert send(instrument, {"bands": text}).status_code == 422
    assert not hours_of(instrument).is_own


def test_hours__inherited_again__end_the_fork() -> None:
    instrument = make_bookable()
    send(instrument, {"bands": json.dumps([NIGHT])})
    client = browser_of(manager_of(instrument.institution))
    client.post(f"/desk/instruments/{instrument.pk}/hours/inherit/")
    current = hours_of(instrument)
    assert not current.is_own
    assert current.bands[0].start == time(9)
