"""What a killed worker left behind runs again."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from booking.calendars.tasks import extend_calendars, open_calendar
from config.jobs.tasks import retry_stalled

pytestmark = pytest.mark.django_db(transaction=True)


def worker(*, silent_for: timedelta) -> int:
    """A worker that has not been heard of for so long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
            [datetime.now(UTC) - silent_for],  # noqa: TID251 - the database compares with its own clock
        )
        return int(cursor.fetchone()[0])


def taken(job_id: int, by: int) -> int:
    """The worker has begun the job."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [by, job_id])
    return job_id


def run_upkeep() -> None:
    job = Job(id=0, queue="default", lock=None, queueing_lock=None, task_name=retry_stalled.name)
    context = JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None)
    async_to_sync(retry_stalled.func)(context, timestamp=0)


def state(job_id: int) -> tuple[str, int]:
    job = ProcrastinateJob.objects.get(pk=job_id)
    return job.status, job.attempts


def test_retry_stalled__worker_died__its_job_waits_again() -> None:
    left = taken(open_calendar.defer(instrument_id=1), worker(silent_for=timedelta(minutes=5)))
    run_upkeep()
    assert state(left) == ("todo", 1)


def test_retry_stalled__worker_lives__its_job_goes_on() -> None:
    going = taken(open_calendar.defer(instrument_id=1), worker(silent_for=timedelta()))
    run_upkeep()
    assert state(going) == ("doing", 0)


def test_retry_stalled__worker_no_longer_known__its_job_waits_again() -> None:
    left = taken(open_calendar.defer(instrument_id=1), worker(silent_for=timedelta(minutes=5)))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    run_upkeep()
    assert state(left) == ("todo", 1)


def test_retry_stalled__next_run_waits_already__the_dead_one_ends_and_the_others_go_on() -> None:
    dead = worker(silent_for=timedelta(minutes=5))
    periodic = taken(extend_calendars.configure().defer(timestamp=0), dead)
    waiting = extend_calendars.configure().defer(timestamp=3600)
    other = taken(open_calendar.defer(instrument_id=1), dead)
    run_upkeep()
    assert [state(job)[0] for job in (periodic, waiting, other)] == ["aborted", "todo", "todo"]
