from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The public API: assembles the rooms' routers."""

    name = "config.api"
    label = "api"
