from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LiveConfig(AppConfig):
    name = "notifications.live"
    verbose_name = _("Live updates")

    def ready(self) -> None:
        import_module("notifications.live.subscribers")
