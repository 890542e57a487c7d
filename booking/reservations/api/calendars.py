"""Availability of one instrument's calendar."""

from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags
from ninja import Field, Query, Router

from accounts.schemas import ViewerRequest
from booking.reservations import documents, schemas
from booking.reservations.selectors.access import access_calendar
from booking.reservations.selectors.availability import availability, availability_tag
from core.schemas import Instant, StrictSchema
from core.windows import query_window
from instruments.catalogue.models import AccessMode

router = Router(tags=["reservations"])


def _is_known(request: ViewerRequest, tag: str) -> bool:
    """Whether If-None-Match names the tag; compared weakly (RFC 9110, 13.1.2)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or tag in (each.removeprefix("W/") for each in known)


class Asked(StrictSchema):
    """A stretch of a calendar. from/to: RFC 3339 with offset. access_mode: free for being used in this way."""

    from_: Instant = Field(alias="from")
    to: Instant
    access_mode: AccessMode | None = None


@router.get("instruments/{int:instrument_id}/availability", response=schemas.AvailabilityOut)
def get_availability(request: ViewerRequest, instrument_id: int, asked: Query[Asked]) -> HttpResponse:
    """Open, busy and free time of one instrument. The ETag holds until the calendar changes.

    Without access_mode, what every use needs is free then; one way of use may need more.
    """
    window = query_window(asked.from_, asked.to)
    resource = access_calendar(request.auth, instrument_id)
    tier = request.auth.tier_at(resource.institution_id)
    meant = (resource, window, tier, request.auth, asked.access_mode.value if asked.access_mode else "")
    tag = f'"{availability_tag(*meant)}"'
    if _is_known(request, tag):
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = JsonResponse(documents.availability_document(availability(*meant)))
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer
