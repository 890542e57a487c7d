"""What is searched for, and what a searcher gets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from accounts.models import Tier
from booking.reservations.selectors.offers import NextFree
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import Facets, Filters

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
    """One page of cards. next_offset None: the last page.

    count: at most 1,000, of many candidates for free time at most 200, and the same on every page.
    count_exact False: there are more, or, when free time is asked for, more than the bounds of one search let
    it see.
    """

    cards: list[Card]
    next_offset: int | None
    count: int
    count_exact: bool
    facets: Facets | None
