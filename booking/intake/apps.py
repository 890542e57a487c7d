from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    """What whoever books is asked: forms, files, sample declarations."""

    name = "booking.intake"
    verbose_name = _("Booking forms")
