"""Which part of what one may see is added up."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from accounts.regions import significant


@dataclass(frozen=True, slots=True)
class Among:
    """A part of the facts; empty: all of them. category, region: codes, with everything below them."""

    institution: int | None = None
    instrument: int | None = None
    category: str = ""
    region: str = ""

    @property
    def condition(self) -> Q:
        """As a filter on facts."""
        condition = Q()
        if self.institution is not None:
            condition &= Q(instrument__institution_id=self.institution)
        if self.instrument is not None:
            condition &= Q(instrument_id=self.instrument)
        if self.category:
            condition &= Q(instrument__category__code__startswith=significant(self.category))
        if self.region:
            condition &= Q(instrument__institution__region__startswith=significant(self.region))
        return condition


EVERYTHING: Final = Among()
