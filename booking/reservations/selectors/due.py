"""What the clock has to do now."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.db import connection

from booking.reservations.selectors.check_ins import OUTAGE_AFTER, OVERRUN_GRACE, built_in
from core import clock

_DUE: Final = """
    SELECT id, instrument, resource, step FROM reservation_due(
        %(steps)s::text[], %(resources)s::bigint[], %(defaults)s, %(outage)s, %(grace)s, %(now)s, %(limit)s)
"""


class Due(NamedTuple):
    """A reservation and what is to be done with it: see sql/check_in.sql."""

    reservation_id: int
    instrument_id: int
    resource_id: int
    step: str


def due_now(steps: Iterable[str], *, resources: list[int] | None = None, limit: int | None = None) -> list[Due]:
    """What is due of some steps, in order of ids; resources None: everywhere. One query."""
    values: dict[str, Any] = {
        "steps": list(steps),
        "resources": resources,
        "defaults": built_in(),
        "outage": OUTAGE_AFTER,
        "grace": OVERRUN_GRACE,
        "now": clock.now(),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        return [Due(*row) for row in cursor.fetchall()]
