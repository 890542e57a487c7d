"""Fen as yuan, and the price of a duration."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (123_456, "1,234.56"), (-5, "-0.05"), (100_000_000, "1,000,000.00")]
)
def test_yuan__fen__two_decimals(fen: int, text: str) -> None:
    assert money.yuan(fen) == text


@pytest.mark.parametrize(
    ("hourly", "minutes", "fen"),
    [(7320, 50, 6100), (6000, 90, 9000), (1, 30, 1), (1, 29, 0), (0, 60, 0), (24_000, 120, 48_000)],
)
def test_for_duration__worked_facts__rounded_half_up(hourly: int, minutes: int, fen: int) -> None:
    assert money.for_duration(hourly, timedelta(minutes=minutes)) == fen


@given(st.integers(0, 10**9), st.integers(0, 60 * 24 * 400))
def test_for_duration__any__within_half_a_fen_of_the_exact_price(hourly: int, minutes: int) -> None:
    exact_times_60 = hourly * minutes
    assert abs(money.for_duration(hourly, timedelta(minutes=minutes)) * 60 - exact_times_60) <= 30
