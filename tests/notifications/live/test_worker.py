"""The background worker, a real one: jobs inserted by a booking's transaction run, and screens hear of it."""

import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from websockets.sync.client import connect

from accounts.models import Role
from booking.calendars.models import Resource
from booking.reservations.models import Reservation
from booking.reservations.tasks import advance_reservations
from core import clock
from instruments.catalogue.commands import publish_instrument
from tests.factories.accounts import make_viewer
from tests.factories.booking import booked, coming_slot, make_bookable, revision_of
from tests.factories.instruments import make_instrument
from tests.servers import Servers, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]


@pytest.fixture(autouse=True)
def no_jobs(transactional_db: None) -> None:
    """Procrastinate's tables are not Django's to empty."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers, procrastinate_workers CASCADE")


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_publish__rolled_back__no_job() -> None:
    instrument, admin = make_instrument(status="draft"), make_viewer(Role.ADMIN)
    with transaction.atomic():
        publish_instrument(viewer=admin, instrument_id=instrument.pk)
        assert jobs() == ["calendars.open"]
        transaction.set_rollback(True)
    assert jobs() == []


def test_worker__publishes_and_the_clock__calendar_opens_and_sockets_hear() -> None:
    instrument, admin = make_instrument(status="draft"), make_viewer(Role.ADMIN)
    publish_instrument(viewer=admin, instrument_id=instrument.pk)
    running = make_bookable()
    reservation = booked(running, None, coming_slot())
    with serving(1, worker=True) as servers:
        ready = Resource.objects.filter(instrument=instrument, gaps_until__isnull=False)
        assert eventually(ready.exists), servers.log()
        assert heard_of(servers, running.pk)["revision"] == revision_of(running)
    reservation.refresh_from_db()
    assert (reservation.status, reservation.use_is_assumed) == ("in_use", True)


def heard_of(servers: Servers, instrument_id: int) -> dict[str, object]:
    """Watch an instrument, let the worker advance the clock, and return the hint."""
    with connect(f"{servers.socket_address}/ws/availability") as socket:
        socket.send(json.dumps({"watch": {str(instrument_id): None}}))
        socket.recv(5)
        Reservation.objects.update(during=(clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)))
        advance_reservations.defer(timestamp=0)  # type: ignore[call-arg]  # a periodic task's
        hint: dict[str, object] = json.loads(socket.recv(10))
        return hint
