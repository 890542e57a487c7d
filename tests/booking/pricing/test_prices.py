"""Rate cards by date and tier, and the quote they make."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import Tier
from booking.pricing.commands.set_hourly_rates import set_hourly_rates
from booking.pricing.models import RateCard
from booking.pricing.quotes import hourly_quote
from booking.pricing.selectors import hourly_fen_by_instrument, hourly_rates, rate_cards
from core.errors import Forbidden
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import firm_user, operator_of, slot
from tests.factories.instruments import make_instrument

MARCH = date(2035, 3, 1)


@pytest.mark.parametrize(
    ("hourly", "hours", "places", "quantity", "amount"),
    [
        (24_000, 2, 1, 2.0, 48_000),
        (24_000, 1.5, 2, 3.0, 72_000),
        (7_320, 5 / 6, 1, 0.83, 6_100),
        (6_000, 1.5, 1, 1.5, 9_000),
        (0, 3, 1, 3.0, 0),
    ],
)
def test_quote__price_per_hour__one_line_rounded_once(
    hourly: int, hours: float, places: int, quantity: float, amount: int
) -> None:
    quote = hourly_quote(hourly, slot(hours=hours), places)
    (line,) = quote.lines
    assert (line.kind, line.unit, line.unit_fen) == ("machine_time", "hour", hourly)
    assert (line.quantity, line.amount_fen, quote.total_fen) == (quantity, amount, amount)


def test_quote__no_price__no_line_and_nothing_to_pay() -> None:
    quote = hourly_quote(None, slot())
    assert (quote.lines, quote.total_fen) == ((), 0)


@pytest.fixture
def instrument(db: None) -> Instrument:
    return make_instrument()


def publish(instrument: Instrument, on: date, **hourly_fen: int) -> RateCard:
    prices = {Tier(name): fen for name, fen in hourly_fen.items()}
    return set_hourly_rates(
        viewer=manager_of(instrument.institution), instrument=instrument, hourly_fen=prices, from_on=on
    )


def test_set_hourly_rates__new_card__earlier_ones_end_there(instrument: Instrument) -> None:
    publish(instrument, MARCH, internal=100, member=200)
    publish(instrument, MARCH + timedelta(days=10), internal=300)
    days = (MARCH - timedelta(days=1), MARCH, MARCH + timedelta(days=9), MARCH + timedelta(days=10))
    assert [hourly_rates(instrument.pk, day) for day in days] == [
        {},
        {"internal": 100, "member": 200},
        {"internal": 100, "member": 200},
        {"internal": 300},
    ]


def test_set_hourly_rates__same_day_or_earlier_again__replaces_what_comes_after(instrument: Instrument) -> None:
    publish(instrument, MARCH + timedelta(days=10), internal=100)
    publish(instrument, MARCH + timedelta(days=10), internal=200)
    publish(instrument, MARCH, internal=300)
    assert RateCard.objects.count() == 1
    assert hourly_rates(instrument.pk, MARCH + timedelta(days=400)) == {"internal": 300}


def test_set_hourly_rates__not_a_manager__forbidden(instrument: Instrument) -> None:
    for viewer in (operator_of(instrument.institution), firm_user()):
        with pytest.raises(Forbidden):
            set_hourly_rates(viewer=viewer, instrument=instrument, hourly_fen={}, from_on=MARCH)


def test_rate_cards__present_and_coming__oldest_first(
    instrument: Instrument, django_assert_num_queries: Any
) -> None:
    for days in (0, 10, 20):
        publish(instrument, MARCH + timedelta(days=days), internal=days + 1)
    with django_assert_num_queries(2):
        cards = [[rate.hourly_fen for rate in card.hourly_rates.all()] for card in rate_cards(instrument.pk, MARCH)]
    assert cards == [[1], [11], [21]]
    assert len(rate_cards(instrument.pk, MARCH + timedelta(days=15))) == 2


def test_hourly_fen_by_instrument__several__one_query(
    instrument: Instrument, django_assert_num_queries: Any
) -> None:
    other, free = make_instrument(), make_instrument()
    publish(instrument, MARCH, internal=100, external=900)
    publish(other, MARCH, external=700)
    wanted = [(instrument.pk, Tier.INTERNAL), (other.pk, Tier.EXTERNAL), (free.pk, Tier.EXTERNAL)]
    with django_assert_num_queries(1):
        assert hourly_fen_by_instrument(wanted, MARCH) == {instrument.pk: 100, other.pk: 700}
    with django_assert_num_queries(0):
        assert hourly_fen_by_instrument([], MARCH) == {}
