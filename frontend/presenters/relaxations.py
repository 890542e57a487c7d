"""What a search without a hit could leave out to find something."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.discovery.selectors import Search, discover
from frontend.forms.search import TIMES
from frontend.presenters.search_address import SearchAddress
from instruments.catalogue.selectors import count_up_to, matching

MOST: Final = 3
_LOOK_AT: Final = 20

# Nearest first: whoever needs a method would rather travel or wait than test something else.
_WORDS: Final[tuple[tuple[tuple[str, ...], str | Promise], ...]] = (
    (TIMES, _("at any time")),
    (("region",), _("in all regions")),
    (("institution",), _("at all institutions")),
    (("access_mode",), _("used in any way")),
    (("category",), _("in all categories")),
    (("q",), _("without these words")),
)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The search with one condition less. at_least: there may be more than were counted."""

    words: str | Promise
    count: int
    at_least: bool
    address: str


def relaxations(viewer: Viewer, search: Search, address: SearchAddress) -> list[Relaxation]:
    """The nearest searches that find something, at most three; one or two queries for each condition."""
    found: list[Relaxation] = []
    for each in _one_less(viewer, search, address):
        found += [each] if each.count else []
        if len(found) == MOST:
            break
    return found


def _one_less(viewer: Viewer, search: Search, address: SearchAddress) -> Iterator[Relaxation]:
    for names, words in _WORDS:
        if any(name in address.given for name in names):
            count, exact = _count(viewer, _without(search, names))
            yield Relaxation(words, count, not exact, address.without(*names))


def _without(search: Search, names: tuple[str, ...]) -> Search:
    if names == TIMES:
        return replace(search, free_from=None, free_to=None, minutes=0)
    empty: Any = None if names == ("institution",) else ""
    return replace(search, filters=replace(search.filters, **{names[0]: empty}))


def _count(viewer: Viewer, search: Search) -> tuple[int, bool]:
    if not search.asks_for_time:
        return count_up_to(matching(viewer, search.filters))
    results = discover(viewer, search, limit=_LOOK_AT, with_facets=False)
    return results.count, results.next_offset is None and results.count_exact
