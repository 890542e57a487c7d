"""Prices and rules: a rate card per instrument, policy values at institution, group and instrument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from psycopg.types.range import DateRange

from accounts.models import Institution, Tier
from booking.pricing.models import HourlyRate, RateCard
from booking.reservations.models import PolicyValue
from booking.reservations.process_settings import CheckInMode
from config.demo import loading
from config.demo.scale import PAST_DAYS, Plan
from config.demo.steps.calendars import Calendared
from instruments.catalogue.models import AccessMode, InstrumentGroup

_SHARES: Final = {Tier.INTERNAL: 0.3, Tier.MEMBER: 0.6, Tier.ENTERPRISE: 1.0, Tier.EXTERNAL: 1.2}


@dataclass(frozen=True, slots=True)
class Lengths:
    """What bookings of an instrument may be, in minutes: grid, shortest, longest, and the usual length."""

    grid: int
    shortest: int
    longest: int
    usual: int


_LENGTHS: Final = {
    "short": Lengths(30, 30, 240, 70),
    "medium": Lengths(30, 60, 480, 140),
    "long": Lengths(60, 120, 720, 270),
    "day": Lengths(60, 240, 480, 330),
    "overnight": Lengths(60, 240, 1440, 480),
}
_WITH_CHECK_IN: Final = 3
_QUICK: Final = Lengths(15, 15, 120, 45)


@dataclass(frozen=True, slots=True)
class Terms:
    """Lengths and hourly prices (fen, in the order of Tier) of one instrument."""

    lengths: Lengths
    hourly_fen: tuple[int, ...]


def make_terms(plan: Plan, institutions: Sequence[Institution], calendared: list[Calendared]) -> list[Terms]:
    """Rate cards valid from before the first booking on, and policy values at three levels."""
    dice = plan.dice("terms")
    terms = [_terms(dice, each) for each in calendared]
    valid = DateRange(plan.on - timedelta(days=PAST_DAYS + 35), None)
    cards = loading.create(
        RateCard, (RateCard(instrument_id=each.listed.instrument.pk, valid=valid) for each in calendared)
    )
    loading.create(
        HourlyRate,
        (
            HourlyRate(card_id=card.pk, tier=tier, hourly_fen=fen)
            for card, each in zip(cards, terms, strict=True)
            for tier, fen in zip(Tier, each.hourly_fen, strict=True)
        ),
    )
    loading.create(
        PolicyValue,
        [
            *_of_institutions(dice, institutions),
            *_of_groups(),
            *_of_instruments(calendared, terms),
            *_of_check_in(institutions[0], calendared),
        ],
    )
    return terms


def _terms(dice: Random, each: Calendared) -> Terms:
    kind = each.listed.kind
    lengths = _QUICK if kind.length == "short" and dice.random() < 0.2 else _LENGTHS[kind.length]
    full = kind.hourly_yuan * dice.uniform(0.8, 1.3)
    return Terms(lengths, tuple(max(10, round(full * _SHARES[tier] / 10) * 10) * 100 for tier in Tier))


def _of_institutions(dice: Random, institutions: Sequence[Institution]) -> list[PolicyValue]:
    """How far ahead, how late; firms need more notice than the institution's own people."""
    return [
        PolicyValue(institution=institution, code=code, tier=tier, value=value)
        for institution in institutions
        for code, tier, value in (
            ("booking_window", "", dice.choice((30, 45, 60, 90))),
            ("lead_time", "", dice.choice((30, 60, 120))),
            ("lead_time", Tier.INTERNAL, 0),
        )
    ]


def _of_groups() -> list[PolicyValue]:
    """Platforms that run through the night let long runs be booked."""
    names = ("Round-the-clock platform", "Overnight platform")
    groups = InstrumentGroup.objects.filter(name_en__in=names).order_by("pk")
    return [PolicyValue(group=group, code="max_duration", value=1440) for group in groups]


def _of_check_in(shown: Institution, calendared: list[Calendared]) -> list[PolicyValue]:
    """Nobody of the demo checks in, so most uses go by the clock; some instruments show how it is with check-in."""
    some = [
        each.listed.instrument
        for each in calendared
        if each.listed.instrument.institution_id == shown.pk
        and AccessMode.SELF_OPERATED in each.listed.instrument.access_modes
    ]
    return [
        PolicyValue(code="check_in_required", value=CheckInMode.NEVER),
        *(
            PolicyValue(instrument=each, code="check_in_required", value=CheckInMode.SELF_OPERATED)
            for each in some[:_WITH_CHECK_IN]
        ),
    ]


def _of_instruments(calendared: list[Calendared], terms: list[Terms]) -> list[PolicyValue]:
    return [
        PolicyValue(instrument=each.listed.instrument, code=code, value=value)
        for each, term in zip(calendared, terms, strict=True)
        for code, value in (
            ("on_grid", term.lengths.grid),
            ("min_duration", term.lengths.shortest),
            ("max_duration", term.lengths.longest),
        )
        if (code, value) not in (("on_grid", 30), ("min_duration", 30), ("max_duration", 720))
    ]
