from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualificationsConfig(AppConfig):
    """Who may run what alone, until when."""

    name = "instruments.qualifications"
    verbose_name = _("Qualifications")
