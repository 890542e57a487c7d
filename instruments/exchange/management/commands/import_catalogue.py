"""`manage.py import_catalogue FILE --institution SLUG`: preview a catalogue, and apply it with --confirm."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import Institution
from core.errors import DomainError
from instruments.exchange.commands import confirm_import, preview_import
from instruments.exchange.listing import listing, summary
from instruments.exchange.models import ImportRun
from instruments.exchange.reading.tables import MOST_BYTES
from instruments.exchange.selectors import rows_of

LONG: Final = 1_000
WIDTH: Final = 40


class Command(BaseCommand):
    help = "Preview a catalogue file, a verdict with reasons for each row; with --confirm apply it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--institution", required=True, metavar="SLUG")
        parser.add_argument("--format", default="", help="default: the one whose headings fit")
        parser.add_argument("--source", default="", help="whose list it is; default: the format's name")
        parser.add_argument("--confirm", action="store_true", help="apply all rows, or none")
        parser.add_argument("--publish", action="store_true", help="publish instead of listing drafts")
        parser.add_argument("--skip-rejected", action="store_true", help="leave rejected rows out")
        parser.add_argument("--quiet", action="store_true", help="only the summary")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._preview(options)
            if options["confirm"]:
                self._confirm(run, options)
        except DomainError as error:
            raise CommandError(str(error.detail)) from error

    def _preview(self, options: dict[str, Any]) -> ImportRun:
        run = preview_import(
            viewer=None,
            institution_id=_institution(options["institution"]).pk,
            file_name=options["file"].name,
            content=_content(options["file"]),
            format_code=options["format"],
            source=options["source"],
            report=self._bar,
        )
        rows = list(rows_of(run))
        for line in [] if options["quiet"] else listing(rows):
            self.stdout.write(line)
        for line in summary(run, rows):
            self.stdout.write(line)
        return run

    def _bar(self, done: int, whole: int) -> None:
        """On a terminal, and only for files that take a while."""
        if whole > LONG and self.stderr.isatty():
            filled = "█" * round(done / whole * WIDTH)
            end = "\n" if done == whole else ""
            self.stderr.write(f"\r{filled.ljust(WIDTH, '░')} {done}/{whole}", str, ending=end)

    def _confirm(self, run: ImportRun, options: dict[str, Any]) -> None:
        publish, skip = options["publish"], options["skip_rejected"]
        confirm_import(viewer=None, import_id=run.pk, publish=publish, skip_rejected=skip)
        done = Counter(run.counts)
        message = _("Import %(id)d confirmed: %(new)d new, %(changed)d changed, %(missing)d missing.")
        self.stdout.write(self.style.SUCCESS(message % {"id": run.pk, **done}))


def _institution(slug: str) -> Institution:
    institution = Institution.objects.filter(slug=slug).first()
    if institution is None:
        known = ", ".join(Institution.objects.order_by("slug").values_list("slug", flat=True)[:10])
        raise CommandError(
            _("There is no institution “%(slug)s”. Institutions: %(known)s.")
            % {"slug": slug, "known": known or _("none")}
        )
    return institution


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(_("%(file)s can't be read: %(why)s") % {"file": path, "why": error.strerror}) from error
