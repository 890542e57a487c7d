"""Searching: the catalogue's filters, the price for this viewer, free time, an order, pages."""

from typing import Any, Final

from django.db.models import Case, OuterRef, Subquery, Value, When

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.discovery.selectors.by_time import MOST_RANKED_BY_TIME, by_time
from booking.discovery.selectors.cards import RELATED, cards_for
from booking.discovery.selectors.searches import Results, Search
from booking.pricing.models import HourlyRate
from core import clock
from core.windows import zone
from instruments.catalogue.querysets import InstrumentQuerySet
from instruments.catalogue.selectors import by_relevance, count_up_to, facets, matching

MOST_RANKED: Final = MOST_RANKED_BY_TIME
"""Ranked results (by relevance, price, soonest) can be paged this far; the plain order has no end."""


def discover(
    viewer: Viewer, search: Search, *, offset: int = 0, limit: int = 50, with_facets: bool = True
) -> Results:
    """Search for instruments. A constant number of statements, whatever the catalogue's size."""
    found = matching(viewer, search.filters)
    if search.max_hourly_fen is not None:
        found = _priced(found, viewer).filter(price__lte=search.max_hourly_fen)
    counted = facets(found, search.filters if search.max_hourly_fen is None else None) if with_facets else None
    if search.asks_for_time or search.sort == "soonest":
        cards, more, count, exact = by_time(viewer, search, found, offset, limit)
    else:
        page = list(
            _ordered(found, viewer, search).select_related(*RELATED).defer("search")[offset : offset + limit + 1]
        )
        more, page = len(page) > limit, page[:limit]
        cards = cards_for(viewer, page)
        count, exact = counted.count_up_to() if counted else count_up_to(found)
    return Results(
        cards=cards,
        next_offset=offset + limit if more and (offset + limit < MOST_RANKED or not search.is_ranked) else None,
        count=count,
        count_exact=exact,
        facets=counted,
    )


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
