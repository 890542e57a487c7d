"""When one can check in to a reservation, and what one could check in to now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from psycopg.types.json import Jsonb

from accounts.viewers import Viewer
from booking.reservations.models import Overrun, Reservation, Status
from booking.reservations.process_settings import CHECK_IN
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.access import with_related
from booking.reservations.selectors.beneficiaries import owned_by
from core import clock

OUTAGE_AFTER: Final = timedelta(minutes=3)
"""The clock's job runs every minute. A longer gap means that the product did not run."""

OVERRUN_GRACE: Final = timedelta(minutes=5)
"""A checked-in use may go on for so long past its end before it counts as an overrun."""

_READ: Final = "SELECT id, required, opens_at, until FROM reservation_check_ins(%s::bigint[], %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """required: else the clock begins and ends the use. Half-open [opens_at, until), aware UTC."""

    required: bool
    opens_at: datetime
    until: datetime

    def is_open(self, at: datetime) -> bool:
        """Whether one can check in at an instant."""
        return self.opens_at <= at < self.until


@cache
def built_in() -> Jsonb:
    """The built-in values of check-in by code, as the database's functions take them."""
    return Jsonb({each.code: each.setting.default for each in CHECK_IN})


def check_ins(reservation_ids: Collection[int]) -> dict[int, CheckIn]:
    """The terms of checking in now, by reservation. One query."""
    asked: list[Any] = [list(reservation_ids), built_in(), OUTAGE_AFTER, clock.now()]
    with connection.cursor() as cursor:
        cursor.execute(_READ, asked)
        return {row[0]: CheckIn(*row[1:]) for row in cursor.fetchall()}


def check_in_of(reservation: Reservation) -> CheckIn:
    """The terms of checking in to one reservation. One query."""
    return check_ins([reservation.pk])[reservation.pk]


def near_now(viewer: Viewer, instrument_id: int) -> "QuerySet[Reservation]":
    """The viewer's own bookings on an instrument that run or begin within a day, soonest first."""
    now = clock.now()
    own = owned_by(viewer) | Q(booked_by_id=viewer.person_id)
    running = Q(status=Status.IN_USE) | Q(status=Status.CONFIRMED, during__endswith__gt=now)
    return with_related(
        Reservation.objects.filter(
            own, running, instrument_id=instrument_id, kind__in=USES, during__startswith__lt=now + timedelta(days=1)
        )
    ).order_by("during", "pk")


def is_overrun(reservation_id: int) -> bool:
    """Whether its use was noticed past its end and not extended since. One query."""
    return Overrun.objects.filter(reservation=reservation_id).exists()
