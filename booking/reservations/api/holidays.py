"""Holidays and make-up working days, of countries and of institutions."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from accounts.models import Institution, Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import access_institution, require_scope
from booking.calendars.commands.observe_holidays import observe_holidays
from booking.calendars.holiday_tables import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_NAME,
    MOST_DAYS,
    Day,
    DayKind,
    days_of_csv,
)
from booking.calendars.models import HolidayDay
from booking.calendars.selectors import holidays_at, holidays_of, observed_country
from booking.reservations.commands.change_holidays import HolidayPlan, change_holidays
from core.errors import Invalid
from core.schemas import Line, StrictSchema

router = Router(tags=["holidays"])


class DayIn(StrictSchema):
    """One date. kind: off, working (a make-up working day) or ordinary, which takes an entry back."""

    on: date
    kind: str = Field(pattern="^(off|working|ordinary)$")
    official: bool = True
    name: Line = Field("", max_length=LONGEST_NAME)


class HolidaysIn(StrictSchema):
    """Days to enter, change or take back, or a CSV table of them. dry_run: only tell what it would do."""

    days: list[DayIn] = Field(default_factory=list, max_length=MOST_DAYS)
    table: str = Field("", max_length=200_000)
    dry_run: bool = False


class ObservedIn(StrictSchema):
    """Whose holidays an institution observes: a country code, or nothing."""

    country: str = Field(pattern="^([A-Z]{2})?$")


class DayOut(Schema):
    """An entry. own: the institution's, which comes before its country's. Only official days are in effect."""

    on: date
    kind: str
    official: bool
    name: str
    own: bool


class HolidayYearOut(Schema):
    """A year's entries. country: whose holidays are observed, empty for none."""

    country: str
    year: int
    days: list[DayOut]


class AffectedBookingOut(Schema):
    """A booking that a change leaves outside the opening hours; it stays valid."""

    id: int
    instrument: int
    start: datetime
    end: datetime


class HolidayPlanOut(Schema):
    """How many days were entered, changed, taken back or stood there, and which bookings are affected by it."""

    new: int
    changed: int
    removed: int
    unchanged: int
    affected: list[AffectedBookingOut]


class Asked(StrictSchema):
    """A calendar year."""

    year: int = Field(ge=FIRST_YEAR, le=LAST_YEAR)


@router.get("institutions/{int:institution_id}/holidays", response=HolidayYearOut)
def get_institution_holidays(request: ViewerRequest, institution_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """The days off and make-up working days that bear on an institution: its country's and its own."""
    institution = access_institution(request.auth, institution_id)
    country = observed_country(institution)
    days = [_day_document(row) for row in holidays_at(institution, country, asked.year)]
    return {"country": country, "year": asked.year, "days": days}


@router.put("institutions/{int:institution_id}/holidays", response=HolidayPlanOut)
def put_institution_holidays(request: ViewerRequest, institution_id: int, body: HolidaysIn) -> dict[str, Any]:
    """Change an institution's own days; bookings are never touched, those affected are listed."""
    require_scope(request.auth, Scope.MANAGE)
    return _changed(request, body, institution=access_institution(request.auth, institution_id))


@router.put("institutions/{int:institution_id}/holidays/observed", response={204: None})
def put_observed(request: ViewerRequest, institution_id: int, body: ObservedIn) -> Status[None]:
    """Say whose holidays the institution observes."""
    require_scope(request.auth, Scope.MANAGE)
    institution = access_institution(request.auth, institution_id)
    observe_holidays(viewer=request.auth, institution=institution, country=body.country)
    return Status(204, None)


@router.get("holidays/{country}", response=HolidayYearOut)
def get_country_holidays(request: ViewerRequest, country: str, asked: Query[Asked]) -> dict[str, Any]:
    """A country's days of a year."""
    days = [_day_document(row) for row in holidays_of(_code(country), asked.year)]
    return {"country": country, "year": asked.year, "days": days}


@router.put("holidays/{country}", response=HolidayPlanOut)
def put_country_holidays(request: ViewerRequest, country: str, body: HolidaysIn) -> dict[str, Any]:
    """Change a country's days, by platform administrators; the bookings affected are listed."""
    require_scope(request.auth, Scope.MANAGE)
    return _changed(request, body, country=_code(country))


def _code(country: str) -> str:
    if len(country) != 2 or not (country.isascii() and country.isalpha() and country.isupper()):
        raise Invalid(_("Give a country as two letters, such as CN."))
    return country


def _changed(
    request: ViewerRequest, body: HolidaysIn, *, country: str = "", institution: Institution | None = None
) -> dict[str, Any]:
    days = [Day(each.on, DayKind(each.kind), each.official, each.name) for each in body.days]
    days += days_of_csv(body.table) if body.table else []
    if any(not FIRST_YEAR <= day.on.year <= LAST_YEAR for day in days):
        raise Invalid(_("Give a date such as 2026-10-01."))
    plan = change_holidays(
        viewer=request.auth, days=days, country=country, institution=institution, is_dry_run=body.dry_run
    )
    return _plan_document(plan)


def _day_document(row: HolidayDay) -> dict[str, Any]:
    kind = DayKind.WORKING if row.is_working else DayKind.OFF
    return {
        "on": row.on,
        "kind": kind.value,
        "official": row.is_official,
        "name": row.name,
        "own": row.institution_id is not None,
    }


def _plan_document(plan: HolidayPlan) -> dict[str, Any]:
    found = [each.reservation for each in plan.affected]
    affected = [
        {"id": each.pk, "instrument": each.instrument_id, "start": each.during.lower, "end": each.during.upper}
        for each in found
    ]
    done = plan.changed
    counts = {"new": done.new, "changed": done.changed, "removed": done.removed, "unchanged": done.unchanged}
    return {**counts, "affected": affected}
