"""Changing holidays: what is in effect, who is affected, who may."""

from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Role, Tier
from accounts.viewers import Viewer
from booking.calendars.commands.observe_holidays import observe_holidays
from booking.calendars.functions import wrong_gaps
from booking.calendars.holiday_tables import Day, DayKind
from booking.calendars.models import HolidayDay, OpeningAssignment, OpeningProfile
from booking.calendars.selectors import open_time, opening_hours
from booking.reservations.commands.change_holidays import HolidayPlan, change_holidays
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.displaced import displaced_at
from core.errors import Forbidden
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, make_viewer
from tests.factories.booking import (
    MONDAY,
    Api,
    band,
    booked,
    firm_user,
    open_instrument,
    problem,
    revision_of,
    slot,
)
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

TUESDAY = MONDAY + timedelta(days=1)
SATURDAY = MONDAY + timedelta(days=5)


@pytest.fixture
def platform() -> Viewer:
    return make_viewer(Role.ADMIN)


@pytest.fixture
def instrument(platform: Viewer) -> Instrument:
    """One that keeps its institution's hours, weekdays 9–17, which observe China's holidays."""
    made = open_instrument()
    observe_holidays(viewer=platform, institution=made.institution, country="CN")
    run_jobs("calendars.follow_group")
    return made


def off(on: date, **fields: Any) -> Day:
    return Day(on, DayKind.OFF, **fields)


def changed(viewer: Viewer, *days: Day, **scope: Any) -> HolidayPlan:
    scope = scope or {"country": "CN"}
    plan = change_holidays(viewer=viewer, days=days, **scope)
    run_jobs("calendars.follow_hours")
    return plan


def opens(instrument: Instrument, day: int) -> bool:
    return bool(open_time(instrument.resource.pk, Tier.ENTERPRISE, slot("00:00", 24, day=day)).open)


def test_observe__platform_hours__become_the_institutions_own(instrument: Instrument) -> None:
    opening = opening_hours(instrument.pk)
    assert opening is not None
    assert (opening.profile.institution_id, opening.profile.holidays) == (instrument.institution_id, "CN")
    assert OpeningAssignment.objects.filter(resource__instrument=instrument, effective__endswith=None).count() == 1


def test_change__official_day_off__closes_and_lists_what_is_booked(
    platform: Viewer, instrument: Instrument
) -> None:
    kept, affected = booked(instrument), booked(instrument, window=slot(day=1))
    plan = changed(platform, off(TUESDAY))
    assert [each.reservation.pk for each in plan.affected] == [affected.pk]
    assert Reservation.objects.get(pk=affected.pk).status == Status.CONFIRMED
    assert [each.reservation.pk for each in displaced_at(instrument.institution_id)] == [affected.pk]
    assert not opens(instrument, 1)
    assert wrong_gaps(instrument.resource.pk, slot().starts_at) == []
    assert Reservation.objects.get(pk=kept.pk).status == Status.CONFIRMED


def test_change__provisional_then_official__affects_only_when_it_is(
    platform: Viewer, instrument: Instrument
) -> None:
    affected = booked(instrument, window=slot(day=1))
    assert changed(platform, off(TUESDAY, is_official=False)).affected == []
    assert opens(instrument, 1)
    assert not ProcrastinateJob.objects.filter(task_name="calendars.follow_hours").exists()
    plan = changed(platform, off(TUESDAY))
    assert ([each.reservation.pk for each in plan.affected], plan.changed.changed) == ([affected.pk], 1)


def test_change__dry_run__tells_the_same_and_writes_nothing(platform: Viewer, instrument: Instrument) -> None:
    affected, before = booked(instrument, window=slot(day=1)), revision_of(instrument)
    plan = change_holidays(viewer=platform, days=[off(TUESDAY)], country="CN", is_dry_run=True)
    assert [each.reservation.pk for each in plan.affected] == [affected.pk]
    assert (HolidayDay.objects.count(), opens(instrument, 1), revision_of(instrument)) == (0, True, before)
    assert displaced_at(instrument.institution_id) == []


def test_change__make_up_working_day_taken_back__lists_what_was_booked_on_it(
    platform: Viewer, instrument: Instrument
) -> None:
    changed(platform, Day(SATURDAY, DayKind.WORKING))
    assert opens(instrument, 5)
    affected = booked(instrument, window=slot(day=5))
    plan = changed(platform, Day(SATURDAY, DayKind.ORDINARY))
    assert ([each.reservation.pk for each in plan.affected], plan.changed.removed) == ([affected.pk], 1)


def test_change__institutions_own_day__comes_before_its_countrys(platform: Viewer, instrument: Instrument) -> None:
    other = open_instrument(make_institution())
    observe_holidays(viewer=platform, institution=other.institution, country="CN")
    run_jobs("calendars.follow_group")
    changed(platform, off(TUESDAY))
    admin = make_viewer(Role.ADMIN, institution=instrument.institution)
    changed(admin, Day(TUESDAY, DayKind.WORKING), institution=instrument.institution)
    assert (opens(instrument, 1), opens(other, 1)) == (True, False)


def test_change__own_painted_hours__observe_the_same_days(platform: Viewer) -> None:
    instrument = open_instrument()
    observe_holidays(viewer=platform, institution=instrument.institution, country="CN")
    run_jobs("calendars.follow_group")
    painted = open_instrument(instrument.institution, bands=[band("10:00", "12:00")])
    changed(platform, off(TUESDAY))
    assert not opens(painted, 1)


def test_change__same_days_again__nothing(platform: Viewer, instrument: Instrument) -> None:
    changed(platform, off(TUESDAY, name="x"))
    before = revision_of(instrument)
    ProcrastinateJob.objects.all().delete()
    assert changed(platform, off(TUESDAY, name="x")).changed.unchanged == 1
    assert revision_of(instrument) == before


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATOR])
def test_change__who_may_not__forbidden(instrument: Instrument, role: Role) -> None:
    viewer = make_viewer(role, institution=instrument.institution)
    with pytest.raises(Forbidden):
        changed(viewer, off(TUESDAY), institution=instrument.institution)
    admin = make_viewer(Role.ADMIN, institution=instrument.institution)
    with pytest.raises(Forbidden):
        changed(admin, off(TUESDAY))
    with pytest.raises(Forbidden):
        observe_holidays(viewer=viewer, institution=instrument.institution, country="")


def test_command__package_then_csv__enters_and_lists(instrument: Instrument, tmp_path: Path) -> None:
    affected = booked(instrument, window=slot(day=1))
    table, told = tmp_path / "days.csv", StringIO()
    table.write_text(f"日期,类型\n{TUESDAY},休\n", encoding="gb18030")
    call_command("load_holidays", "cn", "--csv", str(table), "--dry-run", stdout=told)
    assert f"{affected.pk}\t" in told.getvalue()
    assert not HolidayDay.objects.exists()
    call_command("load_holidays", "CN", "2026", stdout=told)
    assert HolidayDay.objects.filter(country="CN", is_working=True).count() == 6
    table.write_text("date,kind\n2035-02-30,off\n")
    with pytest.raises(CommandError, match="line 2"):
        call_command("load_holidays", "CN", "--csv", str(table))


def test_api__plan_change_and_read__as_told(platform: Viewer, instrument: Instrument) -> None:
    affected, admin = (
        booked(instrument, window=slot(day=1)),
        make_viewer(Role.ADMIN, institution=instrument.institution),
    )
    address = f"institutions/{instrument.institution_id}/holidays"
    body = {"days": [{"on": TUESDAY.isoformat(), "kind": "off", "name": "Anniversary"}], "dry_run": True}
    assert Api(admin).send("put", address, body).json()["affected"][0]["id"] == affected.pk
    assert Api(admin).get(address, {"year": MONDAY.year}).json()["days"] == []
    assert Api(admin).send("put", address, body | {"dry_run": False}).json()["new"] == 1
    (day,) = Api(admin).get(address, {"year": MONDAY.year}).json()["days"]
    assert (day["kind"], day["own"], day["official"]) == ("off", True, True)
    dirty = Api(admin).send("put", address, {"table": "date,kind\n2035-02-30,off\n"})
    assert problem(dirty, 422, "holiday_table_invalid")["lines"][0]["line"] == 2
    assert Api(admin).send("put", f"{address}/observed", {"country": ""}).status_code == 204
    assert OpeningProfile.objects.get(institution=instrument.institution).holidays == ""


def test_api__who_may_not__refused(instrument: Instrument) -> None:
    address = f"institutions/{instrument.institution_id}/holidays"
    assert Api().send("put", address, {"days": []}).status_code == 401
    assert Api(firm_user()).send("put", address, {"days": []}).status_code == 403
    assert Api(firm_user()).send("put", "holidays/CN", {"days": []}).status_code == 403
    assert Api(firm_user()).get("holidays/china", {"year": 2035}).status_code == 422
    assert Api(firm_user()).get("holidays/CN", {"year": 1}).status_code == 422
