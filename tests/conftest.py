"""What all tests share."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any

import pytest
import time_machine
from channels.layers import channel_layers
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.models import Resource
from core import events
from core.events import Event
from core.windows import at_wall_clock
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import operator
from tests.databases import template_database
from tests.factories.accounts import make_institution
from tests.factories.booking import MONDAY, SHANGHAI, firm_user, make_bookable, make_platform_hours
from tests.servers import web_pair

__all__ = ["web_pair"]

DEEP = os.environ.get("BENCHSHARE_DEEP") == "1"


class _Recording(dict[type[Event], list[Callable[[Any], None]]]):
    """The subscribers, with one more in front of each list that writes down what was published."""

    def __init__(self, before: dict[type[Event], list[Callable[[Any], None]]], seen: list[Event]) -> None:
        super().__init__(before)
        self.seen = seen

    def __missing__(self, key: type[Event]) -> list[Callable[[Any], None]]:
        return []

    def __getitem__(self, key: type[Event]) -> list[Callable[[Any], None]]:
        return [self.seen.append, *self.get(key, ())]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Copying a migrated database takes a tenth of what migrating takes, in each process anew."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template_database()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event published during the test, in order; subscribers are told as usual."""
    seen: list[Event] = []
    monkeypatch.setattr(events, "_subscribers", _Recording(events._subscribers, seen))
    return seen


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The live layer keeps a connection, which would keep the test database from being dropped.

    Tests that commit empty all tables afterwards; writing permissions anew, which nobody reads, took half of it.
    """
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    with django_db_blocker.unblock():
        make_platform_hours()  # each test that opens an instrument would make them first: a tenth of all time
    yield
    channel_layers.backends = {}


@pytest.fixture
def monday_morning() -> Iterator[datetime]:
    """It is eight o'clock on the Monday of the factories, in Shanghai, and stays so."""
    at = at_wall_clock(MONDAY, time(8), SHANGHAI)
    with time_machine.travel(at, tick=False):
        yield at


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The same moment, for tests that move on from it."""
    with time_machine.travel(at_wall_clock(MONDAY, time(8), SHANGHAI), tick=False) as traveller:
        yield traveller


@pytest.fixture
def lab() -> Institution:
    """A member institution."""
    return make_institution()


@pytest.fixture
def instrument() -> Instrument:
    """An instrument that can be booked; many files have one of their own."""
    return make_bookable()


@pytest.fixture
def ann(lab: Institution) -> Resource:
    """Somebody who runs instruments there."""
    return operator(lab, "Ann")


@pytest.fixture
def bob(lab: Institution) -> Resource:
    """Somebody else who does."""
    return operator(lab, "Bob")


@pytest.fixture
def viewer() -> Viewer:
    """Somebody who books for a firm."""
    return firm_user()


@pytest.fixture
def owner() -> Viewer:
    """The same, where others are there too."""
    return firm_user()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    """Real hashes that cost little: a test's password is no secret."""
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 64


@pytest.fixture(scope="session", autouse=True)
def _static_files_when_asked() -> Iterator[None]:
    """Every test client has middleware of its own, which would list all static files first."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """No test speaks the language of the one before it."""
    with translation.override(None):
        yield


SLOW_FIRST = (
    *("test_any_input.py", "test_series.py", "test_discover.py", "test_access.py", "test_nation.py"),
    *("test_crash.py", "test_pages.py", "test_waitlist.py", "test_stateful.py", "test_keyboard_booking.py"),
    *("test_servers.py", "test_concurrency.py", "test_http_concurrency.py"),
)
"""Files, the slowest first, so that no process is left with one of them when the others have finished."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that commit come last: they empty all tables. The long forms run only with BENCHSHARE_DEEP=1."""
    committing = {item.path for item in items if _commits(item)}
    items.sort(key=lambda item: (item.path in committing, _slowness(item.path.name)))
    if DEEP:
        return
    for item in items:
        if item.get_closest_marker("deep"):
            item.add_marker(pytest.mark.skip(reason="deep: run.py test --deep"))


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


def _slowness(name: str) -> int:
    return SLOW_FIRST.index(name) if name in SLOW_FIRST else len(SLOW_FIRST)


@pytest.fixture(autouse=True)
def _no_jobs_stay(request: pytest.FixtureRequest, _django_db_marker: None) -> Iterator[None]:
    """What a test committed is emptied after it, but the job table isn't Django's own: later tests count jobs."""
    yield
    if _commits(request.node):
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs j WHERE status = 'todo' AND NOT EXISTS ("
                "SELECT 1 FROM procrastinate_periodic_defers d WHERE d.job_id = j.id)"
            )
