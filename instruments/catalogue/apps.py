from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    """Instruments, categories, search."""

    name = "instruments.catalogue"
    verbose_name = _("Catalogue")
