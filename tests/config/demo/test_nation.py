"""The way the large scales are loaded, in small: indexes and foreign keys made last, few days of facts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from booking.calendars.functions import wrong_gaps
from booking.calendars.models import OpeningProfile, OpenWindow, Resource
from config.demo import room
from config.demo.progress import Progress
from config.demo.scale import NATION, SCALES
from config.demo.steps.organisations import make_institutions
from tests.config.demo.conftest import FEW, fingerprint, plan, rows, sown, triggers_off, value
from tests.config.demo.test_province import CROWDED, OUTSIDE_OPENING_HOURS


class Before(NamedTuple):
    """Indexes and constraints of the empty database, and what the same command made there."""

    shape: list[tuple[str]]
    fingerprint: str


class Usage(NamedTuple):
    total: int
    used: int
    free: int


# An index made anew is the same, but PostgreSQL writes the casts of its condition in another place.
_SHAPE = """
    SELECT regexp_replace(pg_get_indexdef(indexrelid), '::(text|character varying)(\\[\\])?|[()]', '', 'g')
    FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1
"""


@pytest.fixture(scope="module")
def nation(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Before]:
    """A nation of few, made twice: once undone, once there for the whole module."""
    with django_db_blocker.unblock(), transaction.atomic():
        shape, savepoint = rows(_SHAPE), transaction.savepoint()
        sown(scale=FEW)
        before = Before(shape, fingerprint())
        transaction.savepoint_rollback(savepoint)
        sown(scale=FEW)
        yield before
        transaction.set_rollback(True)


def test_nation__afterwards__has_every_index_and_constraint_and_trigger(nation: Before) -> None:
    assert rows(_SHAPE) == nation.shape
    assert triggers_off() == 0


def test_nation__same_seed_and_day__is_the_same_again(nation: Before) -> None:
    assert fingerprint() == nation.fingerprint


def test_nation__bookings__neither_overlap_nor_lie_outside_opening_hours(nation: object) -> None:
    assert value("SELECT count(*) FROM reservations_reservation WHERE kind = 'use'") > 2_000
    assert value(CROWDED) == 0
    assert value(OUTSIDE_OPENING_HOURS) == 0


def test_nation__free_gaps__are_those_of_each_by_itself(nation: object) -> None:
    resources = list(Resource.objects.order_by("pk").values_list("pk", flat=True))[::3]
    assert len(resources) > 20
    assert [wrong_gaps(resource, plan().now) for resource in resources] == [[]] * len(resources)


def test_nation__copied_opening_hours__have_definitions_and_windows_of_their_own(nation: object) -> None:
    profiles = OpeningProfile.objects.all()
    assert all(profile.bands.exists() for profile in profiles)
    assert len({profile.calendar_id for profile in profiles}) == len(profiles) > 15
    assert OpenWindow.objects.values("profile").distinct().count() == len(profiles)


def test_nation__daily_facts__are_of_the_last_days(nation: object) -> None:
    first = value('SELECT min("on") FROM utilisation_dailyfact')
    assert first == plan().on - timedelta(days=NATION.fact_days)


@pytest.mark.django_db
def test_nation__institutions__have_names_of_their_own() -> None:
    made = make_institutions(replace(plan(), scale=NATION))
    assert len({each.name_zh for each in made}) == len({each.name_en for each in made}) == NATION.institutions


@pytest.mark.django_db
def test_seed__too_little_disk__is_refused_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_directory", lambda: Path("/"))
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(10**12, 0, 12 * 10**9))
    with pytest.raises(CommandError, match=r"nation needs 25 GB of disk in /; 12\.0 GB are free"):
        call_command("seed_demo", scale="nation", skip_checks=True)
    room.require_room(SCALES["province"])


@pytest.mark.django_db
def test_room__directory_out_of_sight__refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "rows_of", lambda sql: [])
    room.require_room(replace(NATION, gigabytes=10**9))


def test_progress__long_step_elsewhere__says_each_quarter_and_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([0.0, 0.0, *[100.0] * 9])
    monkeypatch.setattr("config.demo.progress.time.monotonic", lambda: next(times))
    stream = StringIO()
    progress = Progress({"first": 1.0, "second": 1.0}, stream)
    with progress.step("first") as report:
        report(0.5)
    assert "first: 50%, about 5 min left" in stream.getvalue()
