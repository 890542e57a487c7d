"""The admin site: people and organisations, for platform administrators.

Parts of dependencies stay out: django-scheduler's admin would edit definitions behind the engine's back.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.db.models import Model
from django.utils.translation import gettext_lazy as _


class BenchshareAdminSite(AdminSite):
    """Registers nothing of django-scheduler."""

    site_header = "Benchshare"
    site_title = "Benchshare"
    index_title = _("Administration")

    def register(
        self, model_or_iterable: type[Model] | Iterable[type[Model]], admin_class: Any = None, **options: Any
    ) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        own = [model for model in models if model._meta.app_label != "schedule"]  # noqa: SLF001 - a public API
        super().register(own, admin_class, **options)


class BenchshareAdminConfig(AdminConfig):
    """Makes the site above the default one."""

    default_site = "config.admin_site.BenchshareAdminSite"
