from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarsConfig(AppConfig):
    name = "booking.calendars"
    verbose_name = _("Calendars")

    def ready(self) -> None:
        import_module("booking.calendars.subscribers")
