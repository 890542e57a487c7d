"""Report on a use of one's own."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.conduct.commands.submit_usage_report import submit_usage_report
from booking.conduct.models import UsageReport
from booking.reservations.models import Kind, Reservation, Status
from core.errors import Conflict, Forbidden


class NothingToReport(Conflict):
    """A report is about a use that has begun."""

    code = "nothing_to_report"
    title = _("There is nothing to report on: this booking has not been used.")


@transaction.atomic
def report_use(
    *,
    viewer: Viewer,
    reservation: Reservation,
    text: str = "",
    had_problems: bool = False,
    samples: int | None = None,
) -> UsageReport:
    """Say how a use went: the person whose use it is, or staff for them, once it runs.

    The caller fetched the reservation through access_reservation.
    Raises: Forbidden, NothingToReport, ReportedBefore. Emits: UsageReported.
    """
    if viewer.user_id != reservation.user_id and not viewer.staffs(reservation.instrument.institution_id):
        raise Forbidden
    used = reservation.kind == Kind.USE and reservation.status in (Status.IN_USE, Status.COMPLETED)
    if not used or reservation.user_id is None:
        raise NothingToReport
    return submit_usage_report(
        person_id=reservation.user_id,
        reservation_id=reservation.pk,
        instrument_id=reservation.instrument_id,
        text=text,
        had_problems=had_problems,
        samples=samples,
    )
