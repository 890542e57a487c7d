"""What a searcher sees: instruments with the price for this viewer and the next free time."""

from booking.discovery.selectors.cards import cards_for
from booking.discovery.selectors.free_now import free_now_count
from booking.discovery.selectors.results import discover
from booking.discovery.selectors.searches import Card, Results, Search

__all__ = ["Card", "Results", "Search", "cards_for", "discover", "free_now_count"]
