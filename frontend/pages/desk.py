"""The desk: a day's run-sheet of an institution's instruments, live."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import Institution
from accounts.selectors import staffed_institutions, viewer_of_request
from booking.reservations.selectors.run_sheets import day_counts, run_sheet, run_sheets
from core import clock
from core.windows import local_day, zone
from frontend.forms.desk_list import DayForm
from frontend.presenters.run_sheets import GRACE, by_urgency, sheets_of
from instruments.catalogue.selectors import access_instrument

MOST_SHEETS: Final = 300
"""A page watches at most 500 instruments; those without anything are left out first."""


@require_GET
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that happens on a day, instrument by instrument."""
    institutions = list(staffed_institutions(viewer_of_request(request)))
    if not institutions:
        return render(request, "desk/nowhere.html")
    asked = DayForm(request.GET, institutions=institutions)
    institution = asked.chosen(institutions)
    on = asked.day_near(clock.today(zone(institution.zone)))
    context = {
        **_day(institution, on),
        **_neighbours(institution, institutions, on),
        **_sheets(institution, on),
    }
    return render(request, "desk/desk.html", context)


@require_GET
@never_cache
def sheet(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """One instrument's block again, and the day's figures, after something changed."""
    instrument = access_instrument(viewer_of_request(request), instrument_id, "operate")
    institution = instrument.institution
    asked = DayForm(request.GET, institutions=[institution])
    on = asked.day_near(clock.today(zone(institution.zone)))
    run = run_sheet(institution.pk, instrument.pk, local_day(on, zone(institution.zone)))
    context = {**_day(institution, on), "sheet": sheets_of([run], clock.now())[0], "is_fragment": True}
    return render(request, "desk/sheet_fragment.html", context)


def _day(institution: Institution, on: date) -> dict[str, Any]:
    now = clock.now()
    counts = day_counts(institution.pk, local_day(on, zone(institution.zone)), at=now, late_before=now - GRACE)
    is_today = on == clock.today(zone(institution.zone))
    return {"institution": institution, "zone": institution.zone, "day": on, "is_today": is_today, "counts": counts}


def _sheets(institution: Institution, on: date) -> dict[str, Any]:
    runs = run_sheets(institution.pk, local_day(on, zone(institution.zone)))
    sheets = sheets_of(runs[:MOST_SHEETS], clock.now())
    return {
        "busy": by_urgency(sheet for sheet in sheets if sheet.entries),
        "quiet": [sheet for sheet in sheets if not sheet.entries],
        "left_out": max(0, len(runs) - MOST_SHEETS),
    }


def _neighbours(institution: Institution, institutions: Sequence[Institution], on: date) -> dict[str, Any]:
    form = DayForm({"institution": institution.pk, "day": on}, institutions=institutions)
    day = timedelta(days=1)
    return {"form": form, "institutions": institutions, "day_before": on - day, "day_after": on + day}
