"""sharing_rate: external_minutes / used_minutes."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, metric, ratio


@metric(
    "sharing_rate",
    unit=Unit.RATIO,
    title=_("Sharing rate"),
    meaning=_("External hours as a share of used hours."),
    formula="external_minutes / used_minutes",
    source="domain.md, Utilisation: sharing rate = external/used (共享率)",
    undefined=_("Nothing was used."),
)
def sharing_rate(sums: Sums) -> Combinable:
    """External hours as a share of used hours."""
    return ratio(sums.external_minutes, sums.used_minutes)
