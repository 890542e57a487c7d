"""Addresses: assembles the rooms' own."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from config.api.problems import problem_of
from config.api.v1 import api
from config.health import healthz, readyz
from core.errors import NotFound


@csrf_exempt
def unknown_api_address(request: HttpRequest) -> HttpResponse:
    """A problem at once: an error page would need templates and assets that have no business here."""
    return problem_of(request, NotFound())


urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("api/v1/", api.urls),
    re_path("^api/", unknown_api_address),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("frontend.pages.urls")),
]
