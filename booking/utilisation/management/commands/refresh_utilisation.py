"""Recompute daily facts by hand."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.utilisation.commands.refresh_facts import refresh_facts
from core import clock


class Command(BaseCommand):
    """For corrections further back than the nightly run goes, and after restoring a backup."""

    help = "Recompute the daily facts of local days, both given days included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        today = clock.now().date()
        parser.add_argument("--from", dest="first", type=date.fromisoformat, default=today - timedelta(days=1))
        parser.add_argument("--to", dest="last", type=date.fromisoformat, default=today)

    def handle(self, *args: Any, first: date, last: date, **options: Any) -> None:
        if last < first:
            raise CommandError("--to must not be before --from.")
        changed = refresh_facts(from_on=first, until_on=last + timedelta(days=1), progress=self._progress)
        self.stdout.write(f"{changed} daily facts changed.")

    def _progress(self, done: int, total: int) -> None:
        end = "\n" if done == total else "\r"
        self.stderr.write(f"{done:,} of {total:,} instruments", ending=end)
