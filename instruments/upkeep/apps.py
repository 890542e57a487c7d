from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UpkeepConfig(AppConfig):
    """Faults and maintenance plans."""

    name = "instruments.upkeep"
    verbose_name = _("Upkeep")
