from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReservationsConfig(AppConfig):
    name = "booking.reservations"
    verbose_name = _("Reservations")

    def ready(self) -> None:
        import_module("booking.reservations.subscribers")
