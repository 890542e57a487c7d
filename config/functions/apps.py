from typing import Any

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate

from config.functions.rooms import bring_up_to_date


class FunctionsConfig(AppConfig):
    """Keeps the functions of a database those of the rooms' sql/ folders. Source: ADR-0009."""

    name = "config.functions"
    label = "functions"

    def ready(self) -> None:
        # Once per migrate: it tells apps that have models, which this one has not.
        post_migrate.connect(_after_migrate, sender=apps.get_app_config("accounts"))


def _after_migrate(*, using: str, verbosity: int = 0, **options: Any) -> None:
    if using == DEFAULT_DB_ALIAS:
        for file in bring_up_to_date():
            if verbosity:
                print(f"  Installed the functions of {file}")  # noqa: T201 - as migrate tells of its own steps
