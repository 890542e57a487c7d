"""manage.py export_openapi [--check]: write docs/openapi.json, or fail when it is not what the code says."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from config.api.v1 import api

TARGET: Final = settings.BASE_DIR / "docs" / "openapi.json"


class Command(BaseCommand):
    help = "Write the OpenAPI document of the public API to docs/openapi.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            document = json.dumps(api.get_openapi_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        if not options["check"]:
            TARGET.write_text(document, "utf-8")
        elif not TARGET.exists() or TARGET.read_text("utf-8") != document:
            raise CommandError("docs/openapi.json is out of date: run `manage.py export_openapi`.")
