"""Rules, hours and histories in words."""

from datetime import time

import pytest
from django.utils import translation

from accounts.models import Tier
from booking.calendars.recurrence import WEEKDAYS, Band
from frontend.presenters.opening import opening_in_words
from frontend.presenters.rules import amount

ALL = Tier.everyone()


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(30, "minutes", "30 minutes"), (60, "minutes", "1 hour"), (720, "minutes", "12 hours"), (1, "days", "1 day")],
)
def test_amount__is_told_in_the_largest_unit_that_fits(value: int, unit: str, words: str) -> None:
    with translation.override("en"):
        assert amount(value, unit) == words


def test_opening__runs_of_days_and_the_end_of_the_day() -> None:
    bands = [
        Band(WEEKDAYS[:5], time(9), time(17), ALL),
        Band(("MO", "WE", "TH"), time(18), time(0), ALL),
        Band(("SA",), time(22), time(6), Tier.INTERNAL.bit),
    ]
    with translation.override("en"):
        assert opening_in_words(bands, Tier.ENTERPRISE) == [
            ("Mon–Fri", "09:00–17:00"),
            ("Mon, Wed–Thu", "18:00–24:00"),
        ]
        assert opening_in_words(bands, Tier.INTERNAL)[-1] == ("Sat", "22:00–06:00")
    with translation.override("zh-hans"):
        assert opening_in_words(bands, Tier.ENTERPRISE)[0] == ("周一–周五", "09:00–17:00")
