"""Questions about instruments that several readers share."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from instruments.catalogue.models import Instrument  # noqa: F401 - the type argument below


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    """Instruments by who may see them and what they are."""

    def public(self) -> "InstrumentQuerySet":
        return self.filter(status__in=("published", "suspended"))
