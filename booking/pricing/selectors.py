"""Reads of rate cards."""

from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Tier
from booking.pricing.models import HourlyRate, RateCard


def hourly_rates(instrument_id: int, on: date) -> dict[str, int]:
    """The price per hour in fen by tier on a local date. One query."""
    rates = HourlyRate.objects.filter(card__instrument_id=instrument_id, card__valid__contains=on)
    return dict(rates.values_list("tier", "hourly_fen"))


def rate_cards(instrument_id: int, since: date) -> "QuerySet[RateCard]":
    """The rate cards in force on a local date and later, oldest first, with their rates. Two queries."""
    cards = RateCard.objects.filter(instrument_id=instrument_id, valid__endswith__gt=since)
    open_ended = RateCard.objects.filter(instrument_id=instrument_id, valid__upper_inf=True)
    return (cards | open_ended).order_by("valid").prefetch_related("hourly_rates")


def hourly_fen_by_instrument(instrument_tiers: Collection[tuple[int, Tier]], on: date) -> dict[int, int]:
    """The price per hour in fen of each instrument for its tier; absent where there is none. One query."""
    if not instrument_tiers:
        return {}
    ids, tiers = zip(*instrument_tiers, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.instrument, pricing_hourly_fen(w.instrument, w.tier, %s)"
            " FROM unnest(%s::bigint[], %s::text[]) w (instrument, tier)",
            [on, list(ids), [tier.value for tier in tiers]],
        )
        return {instrument: fen for instrument, fen in cursor.fetchall() if fen is not None}
