"""A year of reservations and three weeks to come, laid inside the database."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from random import Random
from typing import Any

from accounts.models import Institution, InstitutionKind
from config.demo import loading
from config.demo.facts.words import CANCELLED_BECAUSE, PURPOSES
from config.demo.scale import COMING_DAYS, PAST_DAYS, Plan
from config.demo.steps.calendars import Calendared
from config.demo.steps.people import Person
from config.demo.steps.terms import Terms
from instruments.catalogue.models import InstrumentStatus

AT_ONCE = 250
"""Instruments per statement: some 35,000 reservations, so that progress can be shown."""

_OUTSIDE = {
    InstitutionKind.UNIVERSITY: (0.1, 0.5),
    InstitutionKind.INSTITUTE: (0.25, 0.6),
    InstitutionKind.COMPLEX: (0.4, 0.9),
    InstitutionKind.COMPANY: (0.5, 0.9),
}


def make_bookings(
    plan: Plan,
    institutions: Sequence[Institution],
    people: Sequence[Person],
    calendared: Sequence[Calendared],
    terms: Sequence[Terms],
    progress: Callable[[float], None],
) -> int:
    """Reservations of the past year and the coming three weeks with their claims. Returns how many."""
    dice = plan.dice("bookings")
    loading.fill("demo_instrument", [_row(dice, plan, *pair) for pair in zip(calendared, terms, strict=True)])
    loading.fill("demo_person", [(n, p.pool, p.user_id, p.enterprise_id) for n, p in enumerate(people)])
    loading.fill("demo_pool", _pools(people))
    loading.run("stretches", _days(plan))
    made = 0
    for first in range(1, len(calendared) + 1, AT_ONCE):
        made += loading.run("reservations", _parameters(plan, institutions, first))
        progress(min(1.0, (first + AT_ONCE) / len(calendared)))
    return made


def _days(plan: Plan) -> dict[str, date]:
    return {
        "today": plan.on,
        "since": plan.on - timedelta(days=PAST_DAYS + 1),
        "until": plan.on + timedelta(days=COMING_DAYS + 1),
    }


def _parameters(plan: Plan, institutions: Sequence[Institution], first: int) -> dict[str, Any]:
    return {
        "seed": plan.seed,
        "first": first,
        "last": first + AT_ONCE - 1,
        "today": plan.on,
        "now": plan.now,
        "institutions": len(institutions),
        "purposes": [text for pair in PURPOSES for text in pair],
        "purpose_count": len(PURPOSES),
        "cancelled": [text for pair in CANCELLED_BECAUSE for text in pair],
        "cancelled_count": len(CANCELLED_BECAUSE),
    }


def _row(dice: Random, plan: Plan, each: Calendared, terms: Terms) -> tuple[Any, ...]:
    """The columns of demo_instrument."""
    listed, resource, lengths = each.listed, each.resource, terms.lengths
    instrument, institution = listed.instrument, listed.instrument.institution
    pad = -(-resource.turnaround_minutes // lengths.grid) * lengths.grid
    commissioned_on = instrument.commissioned_on or plan.on
    ends = -5 if instrument.status == InstrumentStatus.SUSPENDED else COMING_DAYS + 1
    return (
        listed.n, instrument.pk, resource.pk, listed.institution_n, institution.zone, resource.capacity,
        resource.turnaround_minutes, pad, lengths.grid, lengths.shortest, lengths.longest, lengths.usual,
        _popularity(dice, plan, each), dice.uniform(*_OUTSIDE[InstitutionKind(institution.kind)]),
        list(terms.hourly_fen), max(plan.on - timedelta(days=PAST_DAYS), commissioned_on),
        plan.on + timedelta(days=ends), int(listed.is_foreign),
    )  # fmt: skip


def _popularity(dice: Random, plan: Plan, each: Calendared) -> float:
    """The chance that an ordinary day has bookings at all, 0 to 1.1: many are rarely wanted, a few overrun."""
    chance = dice.random()
    if each.listed.instrument.status == InstrumentStatus.DRAFT:
        return 0.0
    if each.listed.institution_n == 1:
        return 0.08 + 0.35 * chance
    return float(min(1.1, plan.scale.demand * (0.08 + 2.6 * chance**8)))


def _pools(people: Sequence[Person]) -> list[tuple[int, int, int]]:
    """(pool, first ordinal, size); people come in order of pools."""
    pools = []
    for pool, members in groupby(enumerate(people), key=lambda pair: pair[1].pool):
        ordinals = [n for n, _person in members]
        pools.append((pool, ordinals[0], len(ordinals)))
    return pools
