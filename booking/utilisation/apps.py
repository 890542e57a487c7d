from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UtilisationConfig(AppConfig):
    name = "booking.utilisation"
    verbose_name = _("Utilisation")
