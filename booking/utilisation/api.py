"""API of utilisation: reports over daily facts, and their export."""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.utilisation.documents import csv_lines, report_document
from booking.utilisation.errors import PageInvalid
from booking.utilisation.schemas import Asked, AskedPage, ReportOut
from booking.utilisation.selectors import Period, utilisation_report, utilisation_rows

router = Router(tags=["utilisation"])


@router.get("utilisation", response=ReportOut)
def get_utilisation(request: ViewerRequest, asked: Query[AskedPage]) -> dict[str, Any]:
    """Metrics added up by institution, instrument, category, region or month over local dates [from, to).

    Reviewers see their region, managers their institution. sort: a metric's code, with - from the largest.
    """
    require_scope(request.auth, Scope.REVIEW)
    report = utilisation_report(
        viewer=request.auth,
        by=asked.by,
        period=Period(asked.from_, asked.to),
        metrics=asked.codes,
        sort=asked.sort,
        limit=asked.limit,
        offset=_offset(asked.cursor),
        among=asked.among,
    )
    return report_document(report, _next_url(request, report.next_offset))


@router.get("exports/utilisation")
def export_utilisation(request: ViewerRequest, asked: Query[Asked]) -> StreamingHttpResponse:
    """The same as CSV (UTF-8 with byte order mark), all rows, streamed."""
    require_scope(request.auth, Scope.REVIEW)
    period = Period(asked.from_, asked.to)
    grouping, metrics, rows = utilisation_rows(
        viewer=request.auth,
        by=asked.by,
        period=period,
        metrics=asked.codes,
        sort=asked.sort,
        among=asked.among,
    )
    return csv_response(
        csv_lines(grouping, metrics, rows), f"utilisation-{grouping.code}-{period.from_on}-{period.until_on}.csv"
    )


def csv_response(lines: Iterable[str], filename: str) -> StreamingHttpResponse:
    """A CSV download that is sent as it is read; pages use it too."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response


def _next_url(request: HttpRequest, offset: int | None) -> str | None:
    if offset is None:
        return None
    query = request.GET.copy()
    query["cursor"] = base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _offset(cursor: str) -> int:
    """The position a cursor stands for: rows are sorted by sums, so there is no key to go on from."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        offset = int(base64.b64decode(padded, altchars=b"-_", validate=True) or b"0")
    except (ValueError, binascii.Error):
        raise PageInvalid from None
    if not 0 <= offset < 10_000_000:
        raise PageInvalid
    return offset
