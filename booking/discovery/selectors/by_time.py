"""Searching by free time: candidates by their soonest gap, then the exact offer of each.

Source: engine.md, FreeGap, "search".
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Case, Value, When

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars.models import SEARCH_DAYS
from booking.discovery.functions import Offer, Soonest, Stretch, soonest
from booking.discovery.selectors.cards import RELATED, local_today
from booking.discovery.selectors.searches import Card, Search
from booking.pricing.selectors import hourly_fen_by_instrument
from booking.reservations.selectors.hunts import MOST_BEYOND
from booking.reservations.selectors.offers import NextFree, next_free
from core import clock
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.catalogue.querysets import InstrumentQuerySet

MOST_RANKED_BY_TIME: Final = 1_000
"""So many can be paged, and are counted exactly where there are few candidates."""

MOST_SWEPT: Final = 200
"""Of many candidates so many are counted exactly: it is what a search by time spends most of its own time on."""

_TIER_OF_BIT: Final = {tier.bit: tier for tier in Tier}


class _Hit(NamedTuple):
    instrument_id: int
    tier: Tier
    free: NextFree


def by_time(
    viewer: Viewer, search: Search, found: InstrumentQuerySet, offset: int, limit: int
) -> tuple[list[Card], bool, int, bool]:
    """One page of cards, whether there are more, the count and whether it is exact.

    The database judges candidates by their rules: all of few, so that up to MOST_RANKED_BY_TIME are counted
    exactly; of many those that come first, the more the farther the page. Beyond the horizon of the index at
    most MOST_BEYOND more candidates are computed; where there are more of them, the count is not exact.
    """
    candidates = _with_bits(found.filter(status="published").order_by(), viewer)
    stretch, most = _stretch(search), MOST_SWEPT if offset + limit <= MOST_SWEPT else MOST_RANKED_BY_TIME
    reaches = stretch.until is None or stretch.until >= stretch.now + timedelta(days=SEARCH_DAYS - 1)
    most_keys = MOST_RANKED_BY_TIME if reaches else 0
    ranked = soonest(candidates, stretch, offset=offset, limit=limit, most=most, most_keys=most_keys)
    hits = [_hit(offer, stretch) for offer in ranked.page]
    beyond, is_certain = _beyond(search, candidates, ranked) if reaches else (list[_Hit](), True)
    hits += beyond[max(0, offset - ranked.number) : max(0, offset + limit - ranked.number)]
    number = ranked.number + len(beyond)
    told = MOST_SWEPT if ranked.is_swept else MOST_RANKED_BY_TIME
    exact = ranked.is_all and is_certain and number <= told
    return _cards(hits), number > offset + limit, min(number, told), exact


def _hit(offer: Offer, stretch: Stretch) -> _Hit:
    now = stretch.now
    is_now = offer.gap_start <= now and offer.starts_at - now < offer.step
    free = NextFree(offer.revision, TimeWindow(offer.starts_at, offer.ends_at), is_now=is_now)
    return _Hit(offer.instrument_id, _TIER_OF_BIT[offer.bit], free)


def _beyond(search: Search, candidates: Any, ranked: Soonest) -> tuple[list[_Hit], bool]:
    """Offers behind the index of candidates that have none in it, soonest first; whether no others have any."""
    if ranked.is_everybody or not ranked.is_all or ranked.number > MOST_RANKED_BY_TIME:
        return [], ranked.is_everybody
    open_calendars = candidates.filter(resource__gaps_until__isnull=False).exclude(pk__in=ranked.keys)
    others = list(open_calendars.order_by("pk")[: MOST_BEYOND + 1])
    tiers = {key: _TIER_OF_BIT[bit] for key, bit in others[:MOST_BEYOND]}
    if not tiers:
        return [], True
    free = next_free(tiers.items(), minutes=search.minutes, since=search.free_from, until=search.free_to)
    is_certain = len(others) <= MOST_BEYOND and all(each.is_certain for each in free.values())
    found = sorted((each.window, key) for key, each in free.items() if each.window)
    return [_Hit(key, tiers[key], free[key]) for _, key in found], is_certain


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
    return Stretch(now=now, since=max(search.free_from or now, now), until=search.free_to, minutes=search.minutes)
