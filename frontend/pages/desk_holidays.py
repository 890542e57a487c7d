"""Holidays of an institution: the year, changes with a look at who is affected, tables."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Institution
from accounts.selectors import access_institution, managed_institutions, viewer_of_request
from booking.calendars.commands.observe_holidays import observe_holidays
from booking.calendars.commands.set_holidays import may_set_holidays
from booking.calendars.holiday_tables import Day, DayKind
from booking.calendars.selectors import holidays_at, observed_country
from booking.reservations.commands.change_holidays import change_holidays
from core import clock
from core.windows import zone
from frontend.forms.holidays import DaysForm, TableForm, YearForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def holidays(request: HttpRequest) -> HttpResponse:
    """The year's days, a form for a stretch and one for a table; both tell who is affected before they save."""
    institutions = list(managed_institutions(viewer_of_request(request)))
    if not institutions:
        return render(request, "desk/nowhere.html")
    asked = YearForm(request.GET, institutions=institutions)
    institution = asked.chosen(institutions)
    is_table = request.POST.get("form") == "table"
    table = TableForm(request.POST, request.FILES) if is_table else TableForm()
    form = (
        DaysForm(request.POST) if request.method == "POST" and not is_table else DaysForm(initial=_initial(request))
    )
    sent = table if is_table else form
    context = {
        "asked": asked,
        "institution": institution,
        "institutions": institutions,
        "form": form,
        "table": table,
    }
    if not sent.is_valid():
        return _page(request, context, status=422 if sent.is_bound else 200)
    return _changed(request, context, sent.days)


@require_POST
def observe(request: HttpRequest, institution_id: int) -> HttpResponse:
    """Whose holidays the institution observes."""
    viewer = viewer_of_request(request)
    institution = access_institution(viewer, institution_id)
    country = institution.country if request.POST.get("observe") == "yes" else ""
    observe_holidays(viewer=viewer, institution=institution, country=country)
    messages.success(request, _("Saved. Free time follows within a minute; bookings stay as they are."))
    return _back(institution)


def _changed(request: HttpRequest, context: dict[str, Any], days: Sequence[Day]) -> HttpResponse:
    institution: Institution = context["institution"]
    saves = request.POST.get("action") == "save"
    plan = change_holidays(
        viewer=viewer_of_request(request), days=days, institution=institution, is_dry_run=not saves
    )
    if not saves:
        return _page(request, {**context, "plan": plan})
    if plan.affected:
        messages.warning(
            request, _("Saved. The bookings below lie outside the opening hours now; they stay valid.")
        )
        return HttpResponseRedirect(f"{reverse('desk-replanning')}?institution={institution.pk}")
    messages.success(request, _("Saved. No booking is affected."))
    return _back(institution, days[0].on.year if days else None)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    institution: Institution = context["institution"]
    year = context["asked"].cleaned_data.get("year") or clock.today(zone(institution.zone)).year
    country = observed_country(institution)
    shown = {
        "year": year,
        "country": country,
        "rows": holidays_at(institution, country, year),
        "zone": institution.zone,
        "may_change": may_set_holidays(viewer_of_request(request), institution),
        "asked": YearForm({"institution": institution.pk, "year": year}, institutions=context["institutions"]),
    }
    return render(request, "desk/holidays.html", {**context, **shown}, status=status)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What a row's "Change" fills in."""
    kind = request.GET.get("kind", "")
    return {
        "first": request.GET.get("on", ""),
        "kind": kind if kind in DayKind.__members__.values() else DayKind.OFF,
        "name": request.GET.get("name", ""),
        "is_official": "yes",
    }


def _back(institution: Institution, year: int | None = None) -> HttpResponseRedirect:
    address = f"{reverse('desk-holidays')}?institution={institution.pk}"
    return HttpResponseRedirect(address + (f"&year={year}" if year else ""))
