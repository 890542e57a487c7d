"""Facets as lists of links: each value with its count, the chosen one with the way back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.regions import region_name
from core.languages import Text
from frontend.presenters.search_address import SearchAddress
from instruments.catalogue.models import AccessMode
from instruments.catalogue.selectors import Facets, FacetValue


@dataclass(frozen=True, slots=True)
class FacetLink:
    """One value. address: the search with it, or without it when it is chosen."""

    value: str
    name: Text
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetList:
    """One facet with its heading and its values, the most frequent first."""

    code: str
    title: str | Promise
    links: list[FacetLink]


TITLES = {
    "category": _("Category"),
    "region": _("Region"),
    "institution": _("Institution"),
    "access_mode": _("How it is used"),
}


def facet_lists(facets: Facets, address: SearchAddress) -> list[FacetList]:
    """The facets that offer a choice, in the order of the page."""
    lists = [
        FacetList(code, title, list(_links(code, getattr(facets, code), address))) for code, title in TITLES.items()
    ]
    return [each for each in lists if each.links]


def _links(code: str, values: Iterable[FacetValue], address: SearchAddress) -> Iterable[FacetLink]:
    chosen = address.given.get(code, "")
    for each in values:
        is_chosen = each.value == chosen
        target = address.without(code) if is_chosen else address.having(**{code: each.value})
        yield FacetLink(each.value, name_of(code, each), each.count, target, is_chosen)


def name_of(code: str, value: FacetValue) -> Text:
    """The name the catalogue gave, or the one this page has for modes and regions."""
    if code == "access_mode":
        return Text(str(AccessMode(value.value).label), page_language())
    return region_name(value.value) if code == "region" else value.name


def page_language() -> str:
    """The page's language as `lang` says it."""
    return "zh-Hans" if (get_language() or "zh-hans").startswith("zh") else "en"
