"""The admin site: people and organisations, for platform administrators.

Parts of dependencies stay out: django-scheduler's admin would edit definitions behind the engine's back.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.selectors import viewer_of_request


class BenchshareAdminSite(AdminSite):
    """Registers nothing of django-scheduler."""

    site_header = "Benchshare"
    site_title = "Benchshare"
    index_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        """Platform administrators who may open the site; `is_staff` alone opens nothing."""
        return super().has_permission(request) and viewer_of_request(request).is_platform_admin

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in page. Raises PermissionDenied for whoever is signed in and may not come in."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))

    def register(
        self, model_or_iterable: type[Model] | Iterable[type[Model]], admin_class: Any = None, **options: Any
    ) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        own = [model for model in models if model._meta.app_label != "schedule"]  # noqa: SLF001 - a public API
        super().register(own, admin_class, **options)
