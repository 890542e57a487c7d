"""Questions about instruments that several readers share."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from instruments.catalogue.models import Instrument  # noqa: F401 - the type argument below


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    """Instruments by who may see them and what they are."""

    def public(self) -> "InstrumentQuerySet":
        return self.filter(status__in=("published", "suspended"))

    def visible_to(self, institution_ids: frozenset[int] | None) -> "InstrumentQuerySet":
        """Public ones, and everything of these institutions; None stands for all institutions."""
        if institution_ids is None:
            return self
        if not institution_ids:
            return self.public()
        return self.filter(Q(status__in=("published", "suspended")) | Q(institution_id__in=institution_ids))
