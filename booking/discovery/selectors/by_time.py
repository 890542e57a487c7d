"""Searching by free time: candidates by their soonest gap, then the exact offer of each.

Source: engine.md, FreeGap, "search".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Case, Value, When

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars.models import SEARCH_DAYS
from booking.discovery.functions import Soonest, Stretch, soonest
from booking.discovery.selectors.cards import RELATED, local_today
from booking.discovery.selectors.searches import Card, Search
from booking.pricing.selectors import hourly_fen_by_instrument
from booking.reservations.selectors.hunts import MOST_BEYOND
from booking.reservations.selectors.offers import NextFree, next_free
from core import clock
from instruments.catalogue.models import Instrument
from instruments.catalogue.querysets import InstrumentQuerySet

MOST_RANKED_BY_TIME: Final = 1_000

MOST_JUDGED: Final = 300
"""Up to so many candidates are all judged by their rules, so that the count is exact."""

BLOCK: Final = 100
"""With more, so many are judged at a time, until the page is full."""


_TIER_OF_BIT: Final = {tier.bit: tier for tier in Tier}


class _Hit(NamedTuple):
    starts_at: datetime
    instrument_id: int
    tier: Tier
    free: NextFree


@dataclass(slots=True)
class _Judge:
    """Asks for the exact offers of candidates. is_certain: nobody without an offer might have one."""

    search: Search
    is_certain: bool = True

    def hits(self, candidates: Iterable[tuple[int, int]]) -> list[_Hit]:
        """(instrument, tier bit) that can be booked as asked, soonest first."""
        tiers = {key: _TIER_OF_BIT[bit] for key, bit in candidates}
        search = self.search
        free = next_free(tiers.items(), minutes=search.minutes, since=search.free_from, until=search.free_to)
        self.is_certain &= all(each.is_certain for each in free.values())
        return sorted(
            _Hit(each.window.starts_at, key, tiers[key], each) for key, each in free.items() if each.window
        )


def by_time(
    viewer: Viewer, search: Search, found: InstrumentQuerySet, offset: int, limit: int
) -> tuple[list[Card], bool, int, bool]:
    """One page of cards, whether there are more, the count and whether it is exact.

    Up to MOST_JUDGED candidates with a gap that fits are all judged by their rules and counted exactly. With more,
    the count is that of the candidates, up to 1,000, and is not exact: lead times and grids may drop some. Beyond
    the horizon of the index at most MOST_BEYOND more candidates are computed; where there are more of them, the
    count is not exact either.
    """
    candidates = _with_bits(found.filter(status="published").order_by(), viewer)
    stretch = _stretch(search)
    ranked = soonest(candidates, stretch, MOST_RANKED_BY_TIME)
    judge = _Judge(search)
    judges_all = ranked.is_all and len(ranked.found) <= MOST_JUDGED
    hits: list[_Hit] = []
    for block in [ranked.found] if judges_all else _blocks(ranked.found):
        hits += judge.hits(block)
        if len(hits) > offset + limit and not judges_all:
            break
    else:
        hits += _beyond(judge, candidates, stretch, ranked)
    cards, more = _cards(hits[offset : offset + limit]), len(hits) > offset + limit
    return (cards, more, len(hits), judge.is_certain) if judges_all else (cards, more, len(ranked.found), False)


def _blocks(found: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Blocks of the same size whatever the page, so that pages agree on the order."""
    return (found[start : start + BLOCK] for start in range(0, len(found), BLOCK))


def _beyond(judge: _Judge, candidates: Any, stretch: Stretch, ranked: Soonest) -> list[_Hit]:
    """Offers of candidates without a gap that fits, whose time behind the index is computed; a bounded number."""
    reaches = stretch.until is None or stretch.until >= clock.now() + timedelta(days=SEARCH_DAYS - 1)
    if ranked.is_everybody or not reaches:
        return []
    seen = [key for key, _ in ranked.found]
    open_calendars = candidates.filter(resource__gaps_until__isnull=False).exclude(pk__in=seen)
    others = list(open_calendars.order_by("pk")[: MOST_BEYOND + 1])
    judge.is_certain &= ranked.is_all and len(others) <= MOST_BEYOND
    return judge.hits(others[:MOST_BEYOND]) if others else []


def _cards(page: Sequence[_Hit]) -> list[Card]:
    keys = [hit.instrument_id for hit in page]
    chosen = Instrument.objects.filter(pk__in=keys).select_related(*RELATED).defer("search")
    instruments = {instrument.pk: instrument for instrument in chosen}
    wanted = [(hit.instrument_id, hit.tier) for hit in page if hit.instrument_id in instruments]
    prices = hourly_fen_by_instrument(wanted, local_today([instruments[key] for key, _ in wanted]))
    return [
        Card(instruments[hit.instrument_id], hit.tier, prices.get(hit.instrument_id), hit.free)
        for hit in page
        if hit.instrument_id in instruments
    ]


def _with_bits(bookable: InstrumentQuerySet, viewer: Viewer) -> Any:
    """(instrument, bit of the viewer's tier there)."""
    bit = Case(
        When(institution_id__in=viewer.institution_ids, then=Value(Tier.INTERNAL.bit)),
        default=Value(viewer.tier_at(0).bit),
    )
    return bookable.annotate(tier_bit=bit).values_list("pk", "tier_bit")


def _stretch(search: Search) -> Stretch:
    now = clock.now()
    return Stretch(
        since=max(search.free_from or now, now),
        until=search.free_to,
        length=timedelta(minutes=max(search.minutes, 1)),
    )
