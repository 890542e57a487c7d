"""Trying values of rules from the form before they are saved."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.reservations.models import PolicyValue
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import booked, make_bookable, operator_of, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, text_of
from tests.frontend.pages.test_desk_terms import wishes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def address(instrument: Instrument) -> str:
    return f"/desk/instruments/{instrument.pk}/rules/replay/"


def tried(instrument: Instrument, at: datetime, language: str = "en", **changed: tuple[str, str]) -> Any:
    """What a manager sees who tries these a week later."""
    sent = wishes(**changed) | {"months": "3"}
    with time_machine.travel(at + timedelta(days=8), tick=False):
        return browser_of(manager_of(instrument.institution), language).post(address(instrument), sent)


def test_replay__page__shows_counts_and_bookings_and_keeps_what_was_typed(monday_morning: datetime) -> None:
    instrument = make_bookable()
    made = booked(instrument, window=slot("09:00", 3))
    booked(instrument, window=slot("13:00", 1))
    page = text_of(tried(instrument, monday_morning, max_duration=("value", "90")))
    assert (
        "2 bookings that began between Wednesday, 13 December 2034 and Tuesday, 13 March 2035 were judged" in page
    )
    assert "<dt>Refused only by these values</dt><dd>1</dd>" in page
    assert f'href="/bookings/{made.pk}/"' in page
    assert "Longest booking: limit 1 hour 30 minutes, it had 3 hours" in page
    assert (
        '<a class="link" href="/rules/#max_duration">Longest booking</a></dt> <dd>1 only by this value, 0 by today'
        in page
    )
    assert 'name="max_duration-value" value="90"' in page
    assert 'name="initial-max_duration-mode" value="inherit"' in page
    assert not PolicyValue.objects.exists()


def test_replay__present_values_refuse_it_too__stands_apart(monday_morning: datetime) -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("09:00", 3))
    set_values(instrument, max_duration=60)
    page = text_of(tried(instrument, monday_morning))
    assert "<dt>Refused only by these values</dt><dd>0</dd>" in page
    assert "waived then, or booked before they were set" in page
    assert "The form holds the values that are in force" in page


def test_replay__chinese__speaks_chinese(monday_morning: datetime) -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("09:00", 3))
    page = text_of(tried(instrument, monday_morning, "zh-hans", max_duration=("value", "90")))
    for words in ("这些值本会拒绝哪些预约", "最长时长：限值 1 小时 30 分钟，实际 3 小时", "试算（不保存）"):
        assert words in page
    assert "would have" not in page


@pytest.mark.parametrize("sent", [{"months": "5"}, {"months": ""}, {"lead_time-mode": "value", "months": "3"}])
def test_replay__bad_input__is_said_in_the_form(sent: dict[str, str]) -> None:
    instrument = make_bookable()
    answer = browser_of(manager_of(instrument.institution)).post(address(instrument), wishes() | sent)
    assert answer.status_code == 422
    assert 'id="replay"' not in text_of(answer)


def test_replay__saved_afterwards__as_tried(monday_morning: datetime) -> None:
    instrument = make_bookable()
    tried(instrument, monday_morning, max_duration=("value", "90"))
    sent = wishes(max_duration=("value", "90")) | {"months": "3"}
    client = browser_of(manager_of(instrument.institution))
    assert client.post(f"/desk/instruments/{instrument.pk}/rules/", sent).status_code == 302
    assert PolicyValue.objects.get().value == 90


def test_replay__access_and_query_count(monday_morning: datetime) -> None:
    instrument = make_bookable()
    counts = []
    for day in (0, 1):
        booked(instrument, window=slot("09:00", 3, day=day))
        with CaptureQueriesContext(connection) as captured:
            tried(instrument, monday_morning, max_per_day=("value", "1"))
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert browser_of().post(address(instrument)).status_code == 302
    assert browser_of(operator_of(instrument.institution)).post(address(instrument)).status_code == 403
    assert browser_of(manager_of(make_institution())).post(address(instrument)).status_code == 403
    manager = browser_of(manager_of(instrument.institution))
    assert manager.get(address(instrument))["Location"] == f"/desk/instruments/{instrument.pk}/rules/"
    assert manager.delete(address(instrument)).status_code == 405
