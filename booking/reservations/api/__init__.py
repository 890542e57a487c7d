"""API of reservations. One module per topic, each with its router."""

from typing import Final

from booking.reservations.api import (
    approvals,
    attendance,
    batches,
    bookings,
    calendars,
    cancelling,
    closures,
    holds,
    reports,
    rules,
    series,
    trainings,
    waitlist,
)
from booking.reservations.api.versions import expected_version

__all__ = ["expected_version", "routers"]

_TOPICS: Final = (
    calendars,
    rules,
    bookings,
    batches,
    series,
    approvals,
    cancelling,
    attendance,
    reports,
    trainings,
    holds,
    waitlist,
    closures,
)
routers: Final = tuple(topic.router for topic in _TOPICS)
