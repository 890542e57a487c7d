"""Faults and maintenance plans: who may, what is refused, what is published."""

from datetime import date, time
from typing import Any

import pytest

from core.errors import DomainError, Forbidden, NotFound
from core.events import Event
from instruments.catalogue.models import Instrument
from instruments.upkeep.commands.plan_maintenance import Wanted, plan_maintenance
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.commands.withdraw_plan import withdraw_plan
from instruments.upkeep.errors import FaultInvalid, FaultOver, OnlyStaffSuspend, PlanInvalid, PlanOver
from instruments.upkeep.events import FaultReported, FaultResolved, MaintenancePlanned, MaintenancePlanWithdrawn
from instruments.upkeep.models import Severity
from instruments.upkeep.selectors import access_fault, access_plan, open_faults, plans_of, suspending_faults
from tests.factories.accounts import manager_of
from tests.factories.booking import MONDAY, firm_user, make_bookable, operator_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WEEKLY = Wanted(starts=time(8), minutes=60, every=2, unit="weeks", first_on=MONDAY)


def test_report__by_a_customer__usable_and_published(instrument: Instrument, published: list[Event]) -> None:
    customer = firm_user()
    published.clear()
    fault = report_fault(viewer=customer, instrument=instrument, what=" Lamp flickers ")
    assert (fault.what, fault.severity, fault.reported_by_id) == ("Lamp flickers", "usable", customer.user_id)
    assert published == [FaultReported(fault.pk, instrument.pk, suspends=False)]
    assert list(open_faults(instrument.pk)) == [fault]
    assert not suspending_faults(instrument.pk)


def test_report__suspending__staff_alone(instrument: Instrument) -> None:
    with pytest.raises(OnlyStaffSuspend):
        report_fault(viewer=firm_user(), instrument=instrument, what="Smoke", severity=Severity.SUSPENDED)
    report_fault(
        viewer=operator_of(instrument.institution), instrument=instrument, what="Smoke", severity=Severity.SUSPENDED
    )
    assert suspending_faults(instrument.pk).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": " "},
        {"what": "x" * 201},
        {"expected_return_on": date(2035, 4, 1)},
        {"severity": Severity.SUSPENDED, "expected_return_on": MONDAY},
    ],
)
def test_report__makes_no_sense__refused(instrument: Instrument, wrong: dict[str, Any]) -> None:
    values = {"what": "Smoke", "severity": Severity.USABLE} | wrong
    with pytest.raises(FaultInvalid):
        report_fault(viewer=manager_of(instrument.institution), instrument=instrument, **values)


def test_resolve__once__and_published(instrument: Instrument, published: list[Event]) -> None:
    staff = operator_of(instrument.institution)
    fault = report_fault(viewer=staff, instrument=instrument, what="Smoke", severity=Severity.SUSPENDED)
    resolved = resolve_fault(viewer=staff, fault=fault, resolution="New fuse")
    assert (resolved.resolved_by_id, resolved.resolution) == (staff.user_id, "New fuse")
    assert published[-1] == FaultResolved(fault.pk, instrument.pk, suspends=True)
    with pytest.raises(FaultOver):
        resolve_fault(viewer=staff, fault=fault)


def test_fault__others__do_not_see_it(instrument: Instrument) -> None:
    customer = firm_user()
    fault = report_fault(viewer=customer, instrument=instrument, what="Noise")
    assert access_fault(customer, fault.pk) == fault
    with pytest.raises(Forbidden):
        access_fault(customer, fault.pk, "operate")
    for viewer in (firm_user(), manager_of(make_bookable().institution)):
        with pytest.raises(NotFound):
            access_fault(viewer, fault.pk)


def test_plan__made_and_withdrawn__published(instrument: Instrument, published: list[Event]) -> None:
    staff = operator_of(instrument.institution)
    plan = plan_maintenance(viewer=staff, instrument=instrument, wanted=WEEKLY, note="Oil")
    assert published == [MaintenancePlanned(plan.pk, instrument.pk)]
    assert list(plans_of(instrument.pk)) == [access_plan(staff, plan.pk)] == [plan]
    withdraw_plan(viewer=staff, plan=plan)
    assert published[1:] == [MaintenancePlanWithdrawn(plan.pk, instrument.pk)]
    assert not plans_of(instrument.pk)
    with pytest.raises(PlanOver):
        withdraw_plan(viewer=staff, plan=plan)


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": None},
        {"every": 0},
        {"every": 105},
        {"unit": ""},
        {"unit": "days"},
        {"first_on": None},
        {"first_on": date(2035, 3, 4)},
        {"dates": [MONDAY]},
        {"every": None, "unit": "", "first_on": None, "dates": [date(2035, 3, 4)]},
        {"every": None, "dates": [MONDAY]},
        {"minutes": 0},
        {"minutes": 7 * 1440 + 1},
    ],
)
def test_plan__makes_no_sense__refused(instrument: Instrument, wrong: dict[str, Any]) -> None:
    values = {name: getattr(WEEKLY, name) for name in ("starts", "minutes", "every", "unit", "first_on", "dates")}
    with pytest.raises(PlanInvalid):
        plan_maintenance(
            viewer=manager_of(instrument.institution),
            instrument=instrument,
            wanted=Wanted(**(values | wrong)),
            note="Oil",
        )


def test_plan__by_a_customer__forbidden(instrument: Instrument) -> None:
    with pytest.raises(DomainError):
        plan_maintenance(viewer=firm_user(), instrument=instrument, wanted=WEEKLY, note="Oil")
