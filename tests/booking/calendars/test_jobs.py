"""How what happens to instruments reaches their calendars."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job
from procrastinate.tasks import Task
from pytest_django import DjangoAssertNumQueries

from accounts.models import Institution
from booking.calendars import tasks
from booking.calendars.commands.create_opening_profile import create_opening_profile
from booking.calendars.commands.follow_group import follow_group
from booking.calendars.events import CalendarChanged
from booking.calendars.models import FreeGap, Resource
from core.errors import CalendarBusy
from core.events import Event, publish
from instruments.catalogue.commands.update_instrument import update_instrument
from instruments.catalogue.events import InstrumentPublished, InstrumentSuspended
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import MONDAY, band, open_instrument, revision_of, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def queued() -> list[tuple[str, dict[str, object]]]:
    return list(ProcrastinateJob.objects.order_by("pk").values_list("task_name", "args"))


def with_group(institution: Institution, *, opens: str = "") -> InstrumentGroup:
    """A group; opens: the hour its own opening hours begin, none for a group without any."""
    group = InstrumentGroup.objects.create(institution=institution, name_zh="组")
    if opens:
        hours = [band(opens, "20:00")]
        create_opening_profile(bands=hours, zone=institution.zone, on=MONDAY, institution=institution, group=group)
    return group


def moved(instrument: Instrument, group: InstrumentGroup) -> None:
    """The manager moves it, and the job that follows has run."""
    manager = manager_of(instrument.institution)
    update_instrument(viewer=manager, instrument_id=instrument.pk, details={"group_id": group.pk})
    assert queued()[-1] == ("calendars.follow_group", {"instrument_id": instrument.pk})
    Resource.objects.update(revised_in=0)  # the test's steps share one transaction
    tasks.follow_group(instrument_id=instrument.pk)


def opening_hour(instrument: Instrument) -> set[int]:
    gaps = FreeGap.objects.filter(resource__instrument=instrument, starts_at__gte=slot("00:00").starts_at)
    return {(gap.starts_at + timedelta(hours=8)).hour for gap in gaps}


def test_published__an_import_of_many__two_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        publish(InstrumentPublished(1, tuple(range(1, 301))))
    assert len(queued()) == 300
    publish(InstrumentSuspended(1, (7,)))
    assert queued()[-1] == ("calendars.revise", {"instrument_id": 7})


@pytest.mark.parametrize("task", [tasks.open_calendar, tasks.revise_calendar, tasks.follow_group])
def test_jobs__calendar_is_busy__again_and_later_each_time(task: Task[[int], None, ...]) -> None:
    waits = []
    for attempts in range(7):
        job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name=task.name, attempts=attempts)
        strategy = task.retry_strategy
        assert strategy
        decision = strategy.get_retry_decision(exception=CalendarBusy(), job=job)
        waits.append(decision and decision.retry_at)
    assert waits[-1] is None
    known = [at for at in waits if at]
    assert known == sorted(set(known))
    assert len(known) == 6


def test_moved__group_with_hours_of_its_own__kept_from_today_on(published: list[Event]) -> None:
    instrument = open_instrument()
    group = with_group(instrument.institution, opens="07:00")
    before = revision_of(instrument)
    moved(instrument, group)
    assert opening_hour(instrument) == {7}
    assert revision_of(instrument) == before + 1
    changed = [event for event in published if isinstance(event, CalendarChanged)]
    assert (changed[-1].instrument_id, changed[-1].revision) == (instrument.pk, before + 1)
    assert instrument.resource.opening_assignments.count() == 2


def test_moved__group_without_hours__same_hours_but_other_rules_so_a_new_revision() -> None:
    instrument = open_instrument()
    before = revision_of(instrument)
    moved(instrument, with_group(instrument.institution))
    assert opening_hour(instrument) == {9}
    assert revision_of(instrument) == before + 1


def test_moved__instrument_with_hours_of_its_own__keeps_them() -> None:
    instrument = open_instrument(bands=[band("10:00", "12:00")])
    moved(instrument, with_group(instrument.institution, opens="07:00"))
    assert opening_hour(instrument) == {10}


def test_moved__without_a_calendar__nothing_to_follow() -> None:
    institution = make_institution()
    follow_group(instrument_id=0)
    assert not Resource.objects.filter(institution=institution).exists()


def test_changed__same_group__no_job() -> None:
    instrument = open_instrument()
    manager = manager_of(instrument.institution)
    update_instrument(viewer=manager, instrument_id=instrument.pk, details={"model": "X1"})
    assert queued() == []
