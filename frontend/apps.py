from django.apps import AppConfig


class FrontendConfig(AppConfig):
    """Pages that combine the rooms."""

    name = "frontend"
