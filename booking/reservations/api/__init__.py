"""API of reservations. One module per topic, each with its router."""

from typing import Final

from booking.reservations.api import (
    absences,
    approvals,
    attendance,
    batches,
    bookings,
    calendars,
    cancelling,
    closures,
    forms,
    holds,
    holidays,
    operators,
    policy,
    repeating,
    replanning,
    replay,
    reports,
    rules,
    series,
    trainings,
    waitlist,
)
from booking.reservations.api.versions import expected_version

__all__ = ["expected_version", "routers"]

routers: Final = tuple(
    topic.router
    for topic in (
        calendars,
        rules,
        replay,  # before policy, whose {code} would take its address
        policy,
        bookings,
        approvals,
        attendance,
        forms,
        operators,
        holds,
        absences,
        waitlist,
        closures,
        replanning,
        holidays,
        repeating,
        batches,
        cancelling,
        reports,
        series,
        trainings,
    )
)
