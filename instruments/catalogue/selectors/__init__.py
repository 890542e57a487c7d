"""Reading the catalogue. Nothing gets an instrument except through `access_*` or `matching`."""

from instruments.catalogue.selectors.access import (
    access_instrument,
    access_instrument_by_slug,
    is_visible,
    locked_instrument,
    require_manager,
    visible_to,
)
from instruments.catalogue.selectors.categories import CategoryNode, category_tree
from instruments.catalogue.selectors.category_names import category_name
from instruments.catalogue.selectors.facets import Facets, FacetValue, count_up_to, facets
from instruments.catalogue.selectors.groups import groups_of
from instruments.catalogue.selectors.matching import Filters, by_relevance, matching

__all__ = [
    "CategoryNode",
    "FacetValue",
    "Facets",
    "Filters",
    "access_instrument",
    "access_instrument_by_slug",
    "by_relevance",
    "category_name",
    "category_tree",
    "count_up_to",
    "facets",
    "groups_of",
    "is_visible",
    "locked_instrument",
    "matching",
    "require_manager",
    "visible_to",
]
