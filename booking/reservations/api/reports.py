"""What people say about their uses."""

from datetime import datetime

from ninja import Field, Router, Schema, Status

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.conduct.models import UsageReport
from booking.reservations.commands.report_use import report_use
from booking.reservations.selectors.access import access_reservation
from core.schemas import Paragraph, StrictSchema

router = Router(tags=["reservations"])


class ReportIn(StrictSchema):
    """How a use went. samples: how many."""

    text: Paragraph = ""
    problems: bool = False
    samples: int | None = Field(None, ge=0, le=1_000_000)


class ReportOut(Schema):
    """A usage report."""

    id: int
    reservation: int
    text: str
    problems: bool = Field(alias="had_problems")
    samples: int | None
    submitted_at: datetime


@router.post("reservations/{int:reservation_id}/report", response={201: ReportOut})
def create_report(request: ViewerRequest, reservation_id: int, body: ReportIn) -> Status[UsageReport]:
    """Report on a use of one's own, as staff on any; once, as soon as it runs."""
    require_scope(request.auth, Scope.BOOK)
    made = report_use(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id),
        text=body.text,
        had_problems=body.problems,
        samples=body.samples,
    )
    return Status(201, made)
