"""The address of a search: what is in it, and what it becomes with one thing more or less."""

from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse

FACETS: Final = ("category", "region", "institution", "access_mode")


class SearchAddress:
    """Addresses of neighbouring searches; paging starts anew with each change."""

    def __init__(self, given: QueryDict) -> None:
        self.given: dict[str, str] = {
            name: value for name in given if name != "offset" and (value := str(given[name]).strip())
        }

    def having(self, **changes: Any) -> str:
        """This search with some values replaced; None or empty takes one away."""
        query = QueryDict(mutable=True)
        query.update({name: str(value) for name, value in {**self.given, **changes}.items() if value})
        return f"{reverse('instruments')}{'?' if query else ''}{query.urlencode()}"

    def without(self, *names: str) -> str:
        """This search with less."""
        return self.having(**dict.fromkeys(names))

    @property
    def facets(self) -> list[tuple[str, str]]:
        """The chosen values of the facets, which the search form has to carry on."""
        return [(name, self.given[name]) for name in FACETS if name in self.given]
