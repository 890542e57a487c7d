"""Fill an empty database with a demo."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo.progress import Progress
from config.demo.room import DiskTooSmall, require_room
from config.demo.scale import SCALES, Plan
from config.demo.seed import DemoDataExists, is_empty, seed, tidy, weights
from config.demo.steps.people import DEMO_ACCOUNTS, PASSWORD
from core import clock
from core.windows import at_wall_clock
from core.windows import zone as zone_of

_HOME = "Asia/Shanghai"


class Command(BaseCommand):
    """Invented institutions and firms with a year of reservations; the same seed and date give the same."""

    help = "Fill the database with a demo: a dozen institutions, a city, a province or a nation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", choices=SCALES, default="small")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--date", type=date.fromisoformat, help="the day that is today in it (default: today)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when any institution exists")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and not is_empty():
            self.stdout.write("There is data already; nothing was changed.")
            return
        self._seed(_plan(options["scale"], options["seed"], options["date"]))

    def _seed(self, plan: Plan) -> None:
        progress = Progress(weights(plan.scale))
        try:
            require_room(plan.scale)
            made = seed(plan, progress)
        except (DemoDataExists, DiskTooSmall) as error:
            raise CommandError(str(error)) from error
        if plan.scale.bulk:
            tidy(progress)
        seconds = progress.finish()
        self.stdout.write(
            f"Demo {plan.scale.name}: {plan.scale.institutions} institutions, {plan.scale.instruments} instruments,"
            f" {made} reservations in {seconds:.0f} s."
        )
        accounts = ", ".join(email for email, _name, _role in DEMO_ACCOUNTS)
        self.stdout.write(f"Sign in as {accounts}; the password is {PASSWORD}.")


def _plan(scale: str, seed: int, on: date | None) -> Plan:
    """Without a date: this quarter of an hour; with one: half past ten on that day."""
    zone = zone_of(_HOME)
    if on is not None:
        return Plan(SCALES[scale], seed, on, at_wall_clock(on, time(10, 30), zone))
    now: datetime = clock.now()
    now -= timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return Plan(SCALES[scale], seed, now.astimezone(zone).date(), now)
