from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConductConfig(AppConfig):
    """Credit and appeals, usage reports, agreements."""

    name = "booking.conduct"
    verbose_name = _("Conduct")
