"""Bring all calendars up to their horizon by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.calendars.commands.extend_calendars import extend_calendars


class Command(BaseCommand):
    """The worker does the same every ten minutes; for after restoring a backup or a long time switched off."""

    help = "Append the missing last days to every calendar and forget what is over."

    def handle(self, *args: Any, **options: Any) -> None:
        busy = extend_calendars(self._progress)
        if busy:
            raise CommandError(f"{busy} calendars were busy; run the command again.")
        self.stdout.write("Every calendar reaches its horizon.")

    def _progress(self, done: int, total: int) -> None:
        end = "\n" if done == total else "\r"
        self.stderr.write(f"{done:,} of {total:,} calendars", ending=end)
