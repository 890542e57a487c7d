"""Everything that changes the catalogue."""

from instruments.catalogue.commands.list_instrument import list_instrument
from instruments.catalogue.commands.load_categories import load_categories, load_first_two_levels
from instruments.catalogue.commands.publish_instrument import publish_instrument
from instruments.catalogue.commands.refresh_search import refresh_search
from instruments.catalogue.commands.suspend_instrument import suspend_instrument
from instruments.catalogue.commands.update_instrument import update_instrument

__all__ = [
    "list_instrument",
    "load_categories",
    "load_first_two_levels",
    "publish_instrument",
    "refresh_search",
    "suspend_instrument",
    "update_instrument",
]
