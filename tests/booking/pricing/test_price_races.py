"""Two managers who publish prices at the same moment."""

from datetime import date
from functools import partial

import pytest

from accounts.models import Tier
from booking.pricing.commands.set_hourly_rates import set_hourly_rates
from booking.pricing.models import RateCard
from tests.factories.accounts import manager_of
from tests.factories.instruments import make_instrument
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
def test_set_hourly_rates__first_cards_at_once__one_stands() -> None:
    instrument = make_instrument()
    publish = partial(
        set_hourly_rates,
        viewer=manager_of(instrument.institution),
        instrument=instrument,
        hourly_fen={Tier.ENTERPRISE: 100},
        from_on=date(2035, 3, 5),
    )
    answers = at_once([publish] * 8)
    assert [type(answer) for answer in answers] == [RateCard] * 8
    assert RateCard.objects.filter(instrument=instrument).count() == 1
