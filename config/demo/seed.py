"""Make a demo: one transaction, so that it is there whole or not at all."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from django.db import connection, transaction

from accounts.models import Institution, User
from config.demo import loading
from config.demo.loading import history_off, rebuilt_after
from config.demo.progress import Progress
from config.demo.scale import Plan, Scale
from config.demo.steps import bookings, calendars, catalogue, derived, forms, needs, organisations, people, terms
from core.errors import Conflict

WEIGHTS: Final = {
    "institutions and people": 3.0,
    "instruments": 4.0,
    "opening hours and prices": 5.0,
    "reservations": 45.0,
    "indexes": 8.0,
    "free time": 6.0,
    "daily facts": 30.0,
    "search": 6.0,
    "tidying": 3.0,
}


def weights(scale: Scale) -> dict[str, float]:
    """How long each step takes, compared with the others."""
    return WEIGHTS | {"daily facts": WEIGHTS["daily facts"] * scale.fact_days / 365}


class DemoDataExists(Conflict):
    """There is a demo province already; two would have the same accounts."""

    code = "demo_data_exists"


def is_empty() -> bool:
    """Whether there is neither an institution nor a demo account."""
    return not Institution.objects.exists() and not _has_demo()


def _has_demo() -> bool:
    return User.objects.filter(email=people.DEMO_ACCOUNTS[0][0]).exists()


@transaction.atomic
def seed(plan: Plan, progress: Progress) -> int:
    """Make everything. Returns the number of reservations. Raises DemoDataExists.

    An interrupted run leaves nothing behind: the tables it loads are locked meanwhile, then rolled back.
    """
    if _has_demo():
        raise DemoDataExists("Demo data is here already; use another database to make it anew.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL work_mem = '128MB'; SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL jit = off"
        )
    with history_off():
        return _load(plan, progress)


def _load(plan: Plan, progress: Progress) -> int:
    loading.run("prepare", {})
    with progress.step("institutions and people"):
        institutions = organisations.make_institutions(plan)
        persons = people.make_people(plan, institutions, organisations.make_enterprises(plan))
    with progress.step("instruments"):
        listed = catalogue.make_instruments(plan, institutions)
    with progress.step("opening hours and prices"):
        calendared = calendars.make_calendars(plan, institutions, listed)
        prices = terms.make_terms(plan, institutions, calendared)
    with ExitStack() as later:
        with progress.step("reservations") as report:
            later.enter_context(_loaded(plan, "reservations_reservation"))
            made = bookings.make_bookings(plan, institutions, persons, calendared, prices, report)
        with progress.step("indexes"):
            later.close()
            forms.make_forms(plan, institutions, calendared)
            needs.make_needs(institutions, calendared)
            derived.update_statistics()
    with progress.step("free time") as report:
        with _loaded(plan, "calendars_freegap"):
            derived.make_free_gaps(plan, calendared, report)
        derived.check_free_gaps(plan, calendared)
        derived.make_booking_terms()
    with progress.step("daily facts") as report, _loaded(plan, "utilisation_dailyfact"):
        derived.make_facts(plan, calendared, report)
    with progress.step("search"):
        with _loaded(plan, "catalogue_instrument"):
            derived.make_search(calendared)
        derived.update_statistics()
    return made


def tidy(progress: Progress) -> None:
    """Spare the first readers what PostgreSQL does once with every new row. Outside a transaction only."""
    with progress.step("tidying"), connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


@contextmanager
def _loaded(plan: Plan, table: str) -> Iterator[None]:
    """Indexes come last where there is much to load."""
    with ExitStack() as later:
        if plan.scale.bulk:
            later.enter_context(rebuilt_after(table))
        yield
