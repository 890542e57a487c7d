"""What a searcher sees: instruments with the price for this viewer and the next free time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars.models import FreeGap
from booking.discovery.functions import Stretch, soonest_ids
from booking.pricing.models import HourlyRate
from booking.pricing.selectors import hourly_fen_by_instrument
from booking.reservations.selectors.offers import NextFree, next_free
from core import clock
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.catalogue.querysets import InstrumentQuerySet
from instruments.catalogue.selectors import Facets, Filters, by_relevance, count_up_to, facets, matching

MOST_RANKED: Final = 1_000
"""Ranked results (by relevance, price, soonest) can be paged this far; the plain order has no end."""

OVERFETCH: Final = 3
"""Candidates examined per wanted hit when free time is asked for; lead times and grids drop some."""

MOST_COUNTED: Final = 300
"""How many instruments are looked at to say how many are free now."""

SORTS: Final = ("relevance", "price", "soonest")


@dataclass(frozen=True, slots=True)
class Search:
    """filters: the catalogue's. free_from/free_to/minutes: free for that long within that window, aware UTC.

    max_hourly_fen: price for this viewer. sort: one of SORTS, empty: the order of listing.
    """

    filters: Filters = field(default_factory=Filters)
    free_from: datetime | None = None
    free_to: datetime | None = None
    minutes: int = 0
    max_hourly_fen: int | None = None
    sort: str = ""

    @property
    def asks_for_time(self) -> bool:
        return self.free_from is not None or self.free_to is not None or self.minutes > 0

    @property
    def is_ranked(self) -> bool:
        """Whether the order has to be computed; the order of listing has not, and so no end."""
        return self.asks_for_time or bool(self.sort or self.filters.q.strip())


@dataclass(frozen=True, slots=True)
class Card:
    """An instrument as a searcher sees it. hourly_fen None: no price for this viewer's tier."""

    instrument: Instrument
    tier: Tier
    hourly_fen: int | None
    free: NextFree | None


@dataclass(frozen=True, slots=True)
class Results:
    """One page of cards. count is exact up to 1,000. next_offset None: the last page."""

    cards: list[Card]
    next_offset: int | None
    count: int
    count_exact: bool
    facets: Facets | None


def discover(
    viewer: Viewer, search: Search, *, offset: int = 0, limit: int = 50, with_facets: bool = True
) -> Results:
    """Search for instruments. A constant number of statements, whatever the catalogue's size."""
    found = matching(viewer, search.filters)
    if search.max_hourly_fen is not None:
        found = _priced(found, viewer).filter(price__lte=search.max_hourly_fen)
    by_time = search.asks_for_time or search.sort == "soonest"
    if by_time:
        cards, more, count, exact = _by_time(viewer, search, found, offset, limit)
    else:
        page = list(
            _ordered(found, viewer, search).select_related(*_RELATED).defer("search")[offset : offset + limit + 1]
        )
        more, page = len(page) > limit, page[:limit]
        cards = cards_for(viewer, page)
        count, exact = count_up_to(found) if more or offset else (len(page), True)
    return Results(
        cards=cards,
        next_offset=offset + limit if more and (offset + limit < MOST_RANKED or not search.is_ranked) else None,
        count=count,
        count_exact=exact,
        facets=facets(found) if with_facets else None,
    )


_RELATED: Final = ("institution", "category")


def cards_for(viewer: Viewer, instruments: Sequence[Instrument]) -> list[Card]:
    """Cards of instruments the viewer was shown, in their order. Two statements for all."""
    wanted = [(instrument.pk, viewer.tier_at(instrument.institution_id)) for instrument in instruments]
    prices = hourly_fen_by_instrument(wanted, _today(instruments))
    free = next_free(wanted) if wanted else {}
    return [
        Card(instrument, tier, prices.get(instrument.pk), _bookable(instrument, free.get(instrument.pk)))
        for instrument, (_, tier) in zip(instruments, wanted, strict=True)
    ]


def _bookable(instrument: Instrument, free: NextFree | None) -> NextFree | None:
    """A suspended instrument has free gaps, but nobody can book them."""
    if free is None or instrument.status == "published":
        return free
    return NextFree(free.revision, None, is_now=False)


def _today(instruments: Sequence[Instrument]) -> Any:
    """The local date that prices are read for: of the first instrument's institution, else of UTC."""
    name = instruments[0].institution.zone if instruments else "UTC"
    return clock.today(zone(name))


def _ordered(found: InstrumentQuerySet, viewer: Viewer, search: Search) -> Any:
    if search.sort == "price":
        return _priced(found, viewer).order_by("price", "pk")
    if search.filters.q.strip():
        return by_relevance(found, search.filters.q)
    return found.order_by("pk")


def _priced(found: InstrumentQuerySet, viewer: Viewer) -> Any:
    """Annotates `price`: fen an hour for the viewer's tier at the instrument's institution, today (UTC)."""
    tier = Case(
        When(institution_id__in=viewer.institution_ids, then=Value(Tier.INTERNAL.value)),
        default=Value(viewer.tier_at(0).value),
    )
    rate = HourlyRate.objects.filter(
        card__instrument=OuterRef("pk"), card__valid__contains=clock.today(zone("UTC")), tier=OuterRef("for_tier")
    )
    return found.annotate(for_tier=tier).annotate(price=Subquery(rate.values("hourly_fen")[:1]))


def _by_time(
    viewer: Viewer, search: Search, found: InstrumentQuerySet, offset: int, limit: int
) -> tuple[list[Card], bool, int, bool]:
    """Candidates by their soonest gap, then the exact offer of each. The count is of what was examined."""
    ids = _soonest_ids(viewer, search, found, min(MOST_RANKED, (offset + limit + 1) * OVERFETCH))
    instruments = {
        instrument.pk: instrument
        for instrument in Instrument.objects.filter(pk__in=ids).select_related(*_RELATED).defer("search")
    }
    wanted = [(pk, viewer.tier_at(instruments[pk].institution_id)) for pk in ids if pk in instruments]
    free = next_free(wanted, minutes=search.minutes, since=search.free_from, until=search.free_to) if wanted else {}
    hits = [(pk, tier) for pk, tier in wanted if pk in free and free[pk].window is not None]
    hits.sort(key=lambda hit: (_starts(free[hit[0]]), hit[0]))
    page = hits[offset : offset + limit]
    prices = hourly_fen_by_instrument(page, _today([instruments[pk] for pk, _ in page]))
    cards = [Card(instruments[pk], tier, prices.get(pk), free[pk]) for pk, tier in page]
    examined_all = len(ids) < min(MOST_RANKED, (offset + limit + 1) * OVERFETCH)
    return cards, len(hits) > offset + limit, len(hits), examined_all


def _starts(free: NextFree) -> datetime:
    assert free.window is not None
    return free.window.starts_at


def _soonest_ids(viewer: Viewer, search: Search, found: InstrumentQuerySet, count: int) -> list[int]:
    bit = Case(
        When(institution_id__in=viewer.institution_ids, then=Value(Tier.INTERNAL.bit)),
        default=Value(viewer.tier_at(0).bit),
    )
    bookable = found.filter(status="published").order_by().annotate(tier_bit=bit)
    stretch = Stretch(
        since=max(search.free_from or clock.now(), clock.now()),
        until=search.free_to,
        length=timedelta(minutes=max(search.minutes, 1)),
    )
    return soonest_ids(bookable.values_list("pk", "tier_bit"), stretch, count)


def free_now_count(viewer: Viewer) -> tuple[int, bool]:
    """How many instruments the viewer could book from this moment on, and whether that is all of them.

    At most MOST_COUNTED instruments with a gap around now are judged by their rules. Two queries.
    """
    now = clock.now()
    gaps = FreeGap.objects.filter(starts_at__lte=now, ends_at__gt=now, resource__instrument__status="published")
    gaps = gaps.annotate(
        for_tier=F("tiers").bitand(viewer.tier_at(0).bit), for_own=F("tiers").bitand(Tier.INTERNAL.bit)
    )
    open_now = gaps.filter(
        Q(for_tier__gt=0) | Q(for_own__gt=0, resource__institution_id__in=viewer.institution_ids)
    )
    found = open_now.values_list("resource__instrument_id", "resource__institution_id").distinct()
    wanted = [(instrument, viewer.tier_at(institution)) for instrument, institution in found[: MOST_COUNTED + 1]]
    free = next_free(wanted[:MOST_COUNTED]) if wanted else {}
    return sum(each.is_now for each in free.values()), len(wanted) <= MOST_COUNTED
