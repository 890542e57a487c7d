"""Utilisation for reviewers, administrators and managers: figures, a sortable table, a chart, an export."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.regions import region_name
from accounts.selectors import viewer_of_request
from accounts.viewers import Viewer
from booking.utilisation.api import csv_response
from booking.utilisation.documents import csv_lines
from booking.utilisation.selectors import (
    Among,
    Report,
    access_reviewed_institution,
    access_reviewed_instrument,
    require_review,
    utilisation_report,
    utilisation_rows,
)
from core import clock
from core.languages import Text
from core.windows import zone
from frontend.forms.review import ReviewForm
from frontend.presenters.review import columns, headlines, lines
from frontend.zones import PLATFORM_ZONE
from instruments.catalogue.selectors import category_name

PAGE: Final = 50


@require_GET
@never_cache
def review(request: HttpRequest) -> HttpResponse:
    """One period, added up by one thing, of all that the viewer may see or of a part of it."""
    require_review(viewer_of_request(request))
    form = _asked(request)
    among, parts = _among(request, form)
    report = _report(request, form, among)
    return render(request, "review/review.html", {"parts": parts, **_context(request, form, report, among)})


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All rows of the same report as CSV, in the same order."""
    viewer = viewer_of_request(request)
    require_review(viewer)
    form = _asked(request)
    among, _parts = _among(request, form)
    by, sort, period = form.value("by") or "institution", form.value("sort") or "", form.asked_period
    grouping, metrics, rows = utilisation_rows(viewer=viewer, by=by, period=period, sort=sort, among=among)
    name = f"utilisation-{grouping.code}-{period.from_on}-{period.last_on}.csv"
    return csv_response(csv_lines(grouping, metrics, rows), name)


def _report(request: HttpRequest, form: ReviewForm, among: Among) -> Report:
    return utilisation_report(
        viewer=viewer_of_request(request),
        by=form.value("by") or "institution",
        period=form.asked_period,
        sort=form.value("sort") or "",
        limit=PAGE,
        offset=((form.value("page") or 1) - 1) * PAGE,
        among=among,
    )


def _context(request: HttpRequest, form: ReviewForm, report: Report, among: Among) -> dict[str, Any]:
    page, sort = form.value("page") or 1, form.value("sort") or ""
    of_one = bool(among.institution) or _has_one(viewer_of_request(request))
    return {
        "form": form,
        "report": report,
        "headlines": headlines(report),
        "columns": columns(report, sort),
        "lines": lines(report, among, _period_query(form), of_one=of_one),
        "query": _query(request, page=None, sort=None),
        "export_query": _query(request, page=None),
        "last_on": report.period.last_on,
        "next_address": "?" + _query(request, page=page + 1) if report.next_offset else "",
        "first_address": "?" + _query(request, page=None) if page > 1 else "",
    }


def _asked(request: HttpRequest) -> ReviewForm:
    given = request.GET.copy()
    given.setdefault("by", _first_look(viewer_of_request(request)))
    given.setdefault("period", "this-month")
    return ReviewForm(given, today=clock.today(zone(PLATFORM_ZONE)))


def _first_look(viewer: Viewer) -> str:
    """Whoever sees one institution only wants to see its instruments."""
    return "instrument" if _has_one(viewer) else "institution"


def _has_one(viewer: Viewer) -> bool:
    return not viewer.is_platform_admin and not viewer.is_reviewer and len(viewer.institution_ids) == 1


def _among(request: HttpRequest, form: ReviewForm) -> tuple[Among, list[dict[str, Any]]]:
    """The part asked for, and each restriction with its name and the address without it. Raises NotFound."""
    viewer = viewer_of_request(request)
    among = Among(
        institution=form.value("institution"),
        instrument=form.value("instrument"),
        category=form.value("category") or "",
        region=form.value("region") or "",
    )
    names: dict[str, Text] = {}
    if among.institution:
        names["institution"] = access_reviewed_institution(viewer, among.institution).text
    if among.instrument:
        instrument = access_reviewed_instrument(viewer, among.instrument)
        names["instrument"] = instrument.text if instrument.text.text else Text(instrument.number, "")
    if among.category:
        names["category"] = category_name(among.category)
    if among.region:
        names["region"] = region_name(among.region)
    return among, [
        {"name": name, "without": "?" + _query(request, **{part: None, "page": None})}
        for part, name in names.items()
    ]


def _period_query(form: ReviewForm) -> dict[str, str]:
    """The period as the address says it."""
    named = form.value("period") or "this-month"
    if named != "dates":
        return {"period": named}
    period = form.asked_period
    return {"period": "dates", "first": period.from_on.isoformat(), "last": period.last_on.isoformat()}


def _query(request: HttpRequest, **changed: int | str | None) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return query.urlencode()
