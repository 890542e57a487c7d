"""Report on a use."""

from django.db import IntegrityError, transaction

from booking.conduct.errors import ReportedBefore
from booking.conduct.events import UsageReported
from booking.conduct.models import UsageReport
from core.events import publish


def submit_usage_report(
    *,
    person_id: int,
    reservation_id: int,
    instrument_id: int,
    text: str = "",
    had_problems: bool = False,
    samples: int | None = None,
) -> UsageReport:
    """Write down what a person says about a use of theirs; the room above knows the reservation and asked it.

    Raises: ReportedBefore. Emits: UsageReported.
    """
    report = UsageReport(
        person_id=person_id,
        reservation=reservation_id,
        instrument_id=instrument_id,
        text=text.strip(),
        had_problems=had_problems,
        samples=samples,
    )
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            publish(UsageReported(report.pk, reservation_id, instrument_id, had_problems))
    except IntegrityError as twice:
        raise ReportedBefore from twice
    return report
