"""The instruments one manages: the list, a new one, its details."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Institution
from accounts.selectors import managed_institutions, viewer_of_request
from core.errors import NotFound, Stale
from frontend.forms.desk_details import DetailsForm
from frontend.forms.desk_list import InstrumentFilter
from frontend.forms.desk_status import PublishForm, SuspendForm
from frontend.pages.desk_parts import instrument_page, managed
from instruments.catalogue.commands.list_instrument import list_instrument
from instruments.catalogue.commands.update_instrument import update_instrument
from instruments.catalogue.errors import InstrumentInvalid
from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.catalogue.querysets import InstrumentQuerySet
from instruments.catalogue.selectors import Filters, by_relevance, matching

PAGE: Final = 50
_COLUMNS: Final = (
    "number",
    "name_zh",
    "name_en",
    "description",
    "model",
    "manufacturer",
    "department",
    "location",
    "status",
    "institution",
)


@require_GET
@never_cache
def instruments(request: HttpRequest) -> HttpResponse:
    """Search, status and institution in the address; newest listings first."""
    institutions = list(managed_institutions(viewer_of_request(request)))
    asked = InstrumentFilter(request.GET, institutions=institutions)
    found = _found(request, asked)
    start = ((asked.cleaned_data.get("page") or 1) - 1) * PAGE
    rows = list(_ordered(found, asked)[start : start + PAGE + 1])
    context = {
        "form": asked,
        "instruments": rows[:PAGE],
        "institutions": institutions,
        "statuses": _statuses(request, asked),
        **_pages(request, start // PAGE + 1, is_last=len(rows) <= PAGE),
    }
    return render(request, "desk/instruments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """A draft; everything else is filled in on its own pages afterwards."""
    viewer = viewer_of_request(request)
    institutions = list(managed_institutions(viewer))
    if viewer.is_platform_admin and not institutions:
        return render(request, "desk/nowhere.html")
    institution = _wanted(request, institutions)
    form = DetailsForm(request.POST or None, instrument=None, institution_id=institution.pk)
    if form.is_valid():
        try:
            listed = list_instrument(viewer=viewer, institution_id=institution.pk, details=form.details)
        except InstrumentInvalid as refused:
            form.refuse(refused.extra["fields"])
        else:
            messages.success(request, _("The draft is saved. Set hours and prices, then publish it."))
            return redirect("desk-instrument-edit", listed.pk)
    context = {"form": form, "institutions": institutions, "institution": institution}
    return render(request, "desk/instrument_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """The details; what someone else changed meanwhile is shown beside what was typed."""
    instrument = managed(request, instrument_id)
    form = DetailsForm(request.POST or None, instrument=instrument, institution_id=instrument.institution_id)
    if form.is_valid() and _updated(request, instrument, form):
        messages.success(request, _("The details are saved."))
        return redirect("desk-instrument-edit", instrument.pk)
    return details_page(request, instrument, form=form, status=422 if form.errors else 200)


def details_page(request: HttpRequest, instrument: Instrument, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of the details, with the forms for publishing and suspending."""
    version = {"version": instrument.version}
    shown = {
        "form": forms.get("form") or DetailsForm(instrument=instrument, institution_id=instrument.institution_id),
        "publish_form": PublishForm(initial=version),
        "suspend_form": forms.get("suspend_form") or SuspendForm(initial=version, prefix="suspend"),
    }
    return instrument_page(request, instrument, "instrument_edit.html", status=status, **shown)


def _updated(request: HttpRequest, instrument: Instrument, form: DetailsForm) -> bool:
    version = form.cleaned_data["version"]
    viewer = viewer_of_request(request)
    try:
        update_instrument(
            viewer=viewer, instrument_id=instrument.pk, details=form.details, expected_version=version
        )
    except Stale:
        form.tell_stale(instrument)
    except InstrumentInvalid as refused:
        form.refuse(refused.extra["fields"])
    return not form.errors


def _found(request: HttpRequest, asked: InstrumentFilter) -> InstrumentQuerySet:
    given = asked.cleaned_data
    filters = Filters(q=given.get("q", ""), institution=given.get("institution") or None, managed=True)
    return matching(viewer_of_request(request), filters)


def _ordered(found: InstrumentQuerySet, asked: InstrumentFilter) -> InstrumentQuerySet:
    status, q = asked.cleaned_data.get("status"), asked.cleaned_data.get("q", "")
    found = found.filter(status=status) if status else found
    ordered = by_relevance(found, q) if q.strip() else found.order_by("-pk")
    return ordered.select_related("institution").only(*_COLUMNS, "institution__name_zh", "institution__name_en")


def _statuses(request: HttpRequest, asked: InstrumentFilter) -> list[dict[str, Any]]:
    """How many of each status there are, with the address that shows them."""
    counted = _found(request, asked).order_by().values_list("status").annotate(Count("pk"))
    counts: dict[str, int] = dict(counted)
    total = {"": sum(counts.values()), **counts}
    chosen = asked.cleaned_data.get("status") or ""
    return [
        {
            "word": word,
            "count": total.get(code, 0),
            "address": "?" + _query(request, status=code, page=""),
            "is_current": code == chosen,
        }
        for code, word in [("", _("All")), *InstrumentStatus.choices]
    ]


def _pages(request: HttpRequest, page: int, *, is_last: bool) -> dict[str, str]:
    return {
        "next_address": "" if is_last else "?" + _query(request, page=str(page + 1)),
        "first_address": "?" + _query(request, page="") if page > 1 else "",
    }


def _query(request: HttpRequest, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return query.urlencode()


def _wanted(request: HttpRequest, institutions: list[Institution]) -> Institution:
    """The institution in the address, else the first; one that the viewer does not manage is not found."""
    wanted = request.GET.get("institution", "")
    if not wanted and institutions:
        return institutions[0]
    for institution in institutions:
        if str(institution.pk) == wanted:
            return institution
    raise NotFound
