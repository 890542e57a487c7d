"""`manage.py load_holidays CN 2027`: holidays and make-up working days, from the package or a CSV file."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from booking.calendars.holiday_tables import Day, days_of_csv, days_of_package
from booking.reservations.commands.change_holidays import HolidayPlan, change_holidays
from core.errors import DomainError


class Command(BaseCommand):
    help = "Enter a country's holidays of a year, and list the bookings that they leave outside the opening hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("country", help="two letters, such as CN")
        parser.add_argument("years", type=int, nargs="*")
        parser.add_argument("--csv", type=Path, help="a table instead of the package; of these years only, if any")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, country: str, years: Sequence[int], dry_run: bool, **options: Any) -> None:
        country = country.upper()
        if not options["csv"] and not years:
            raise CommandError(_("Name the years, or a CSV file."))
        try:
            days = self._days(country, years, options["csv"])
            plan = change_holidays(viewer=None, days=days, country=country, is_dry_run=dry_run)
        except OSError as error:
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        self._tell(plan, dry_run=dry_run)

    def _days(self, country: str, years: Sequence[int], path: Path | None) -> list[Day]:
        if path is None:
            return [day for year in years for day in days_of_package(country, year)]
        return [day for day in days_of_csv(path.read_bytes()) if not years or day.on.year in years]

    def _tell(self, plan: HolidayPlan, *, dry_run: bool) -> None:
        done = plan.changed
        self.stdout.write(
            _("%(new)d new, %(changed)d changed, %(removed)d removed, %(unchanged)d unchanged days")
            % {"new": done.new, "changed": done.changed, "removed": done.removed, "unchanged": done.unchanged}
        )
        for each in plan.affected:
            booking = each.reservation
            self.stdout.write(f"{booking.pk}\t{booking.instrument.name}\t{booking.during.lower.isoformat()}")
        if dry_run:
            self.stdout.write(_("Nothing was written."))
