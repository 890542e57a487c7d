"""`manage.py load_classification FILE`: the national instrument classification from its CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.errors import DomainError
from instruments.catalogue.commands.load_categories import lines_of, load_categories


class Command(BaseCommand):
    help = "Load the national instrument classification (columns code, name, level, parent)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            loaded = load_categories(lines=lines_of(file))
        except OSError as error:
            raise CommandError(
                _("%(file)s can't be read: %(why)s") % {"file": file, "why": error.strerror}
            ) from error
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(
            _("%(new)d new, %(changed)d changed, %(unchanged)d unchanged categories")
            % {"new": loaded.new, "changed": loaded.changed, "unchanged": loaded.unchanged}
        )
