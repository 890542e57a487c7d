"""Faults, maintenance plans, repeating closures and re-planning through the API."""

from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Scope
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.reservations.commands.follow_faults import follow_faults
from booking.reservations.commands.follow_plan import follow_plan
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import Api, band, booked, firm_user, operator_of, problem, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def staff(instrument: Instrument) -> Api:
    return Api(operator_of(instrument.institution))


def jobs() -> list[tuple[str, Any]]:
    """What is left to do for upkeep, in order."""
    waiting = ProcrastinateJob.objects.filter(status="todo", task_name__startswith="reservations.follow_")
    return list(waiting.order_by("id").values_list("task_name", "args"))


def fault(instrument: Instrument, **more: Any) -> dict[str, Any]:
    return {"instrument": instrument.pk, "what": "Smoke", **more}


def test_fault__reported_listed_resolved__the_instrument_follows(instrument: Instrument, staff: Api) -> None:
    made = staff.post("faults", fault(instrument, severity="suspended", expected_return_on="2035-03-08"))
    assert (made.status_code, made.json()["resolved_at"]) == (201, None)
    assert jobs() == [("reservations.follow_faults", {"instrument_id": instrument.pk})]
    follow_faults(instrument_id=instrument.pk)
    assert staff.get(f"instruments/{instrument.pk}").json()["status"] == "suspended"
    assert staff.get("faults", {"instrument": instrument.pk, "open": True}).json()["count"] == 1
    done = staff.post(f"faults/{made.json()['id']}/resolve", {"resolution": "New fuse"})
    assert (done.status_code, done.json()["resolution"], len(jobs())) == (200, "New fuse", 2)
    follow_faults(instrument_id=instrument.pk)
    assert staff.get(f"instruments/{instrument.pk}").json()["status"] == "published"
    problem(staff.post(f"faults/{made.json()['id']}/resolve"), 409, "fault_resolved")


def test_fault__by_a_customer__usable_only_and_sees_own(instrument: Instrument) -> None:
    customer = Api(firm_user())
    assert customer.post("faults", fault(instrument)).status_code == 201
    assert customer.get("faults").json()["count"] == 1
    assert Api(firm_user()).get("faults").json()["count"] == 0
    problem(customer.post("faults", fault(instrument, severity="suspended")), 403, "only_staff_suspend")
    number = customer.get("faults").json()["items"][0]["id"]
    problem(customer.post(f"faults/{number}/resolve"), 403, "forbidden")


def test_fault__anonymous_scope_or_bad_input__refused(instrument: Instrument) -> None:
    problem(Api().post("faults", fault(instrument)), 401, "not_signed_in")
    problem(Api().get("faults"), 401, "not_signed_in")
    problem(Api(firm_user(), Scope.READ).post("faults", fault(instrument)), 403, "scope_missing")
    problem(Api(firm_user()).post("faults", fault(instrument, severity="total")), 422, "invalid")
    problem(
        Api(firm_user()).post("faults", fault(instrument, expected_return_on="2035-04-01")), 422, "fault_invalid"
    )
    problem(Api(firm_user()).post("faults", {"instrument": 2**70, "what": "x"}), 404, "not_found")
    problem(Api(firm_user()).post(f"faults/{2**70}/resolve"), 404, "not_found")


def test_plan__made_and_withdrawn__time_is_taken_and_free_again(instrument: Instrument, staff: Api) -> None:
    body = {"instrument": instrument.pk, "every": 1, "unit": "months", "first_on": "2035-03-06", "starts": "09:00",
            "minutes": 60, "note": "Oil", "calibration_due_on": "2035-12-31"}  # fmt: skip
    made = staff.post("maintenance-plans", body)
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    assert jobs() == [("reservations.follow_plan", {"plan_id": number})]
    follow_plan(plan_id=number)
    listed = staff.get("repeating-closures", {"instrument": instrument.pk}).json()["items"]
    assert [(each["plan"], each["reason"], each["kind"]) for each in listed] == [(number, "Oil", "maintenance")]
    assert staff.get("maintenance-plans").json()["count"] == 1
    assert staff.delete(f"maintenance-plans/{number}").status_code == 204
    assert len(jobs()) == 2
    problem(staff.delete(f"maintenance-plans/{number}"), 409, "plan_withdrawn")
    follow_plan(plan_id=number)
    assert staff.get("repeating-closures", {"instrument": instrument.pk}).json()["count"] == 0


def test_plan__bad_input_or_others__refused(instrument: Instrument, staff: Api) -> None:
    body = {"instrument": instrument.pk, "starts": "09:00", "minutes": 60, "note": "Oil"}
    problem(staff.post("maintenance-plans", body), 422, "plan_invalid")
    problem(staff.post("maintenance-plans", {**body, "dates": ["0001-01-01"]}), 422, "invalid")
    problem(Api(firm_user()).post("maintenance-plans", {**body, "dates": ["2035-03-06"]}), 403, "forbidden")


def test_repeating__over_a_booking__waits_then_skipped_then_withdrawn(instrument: Instrument, staff: Api) -> None:
    booked(instrument, window=slot(day=1))
    body = {"instrument": instrument.pk, "dates": ["2035-03-06", "2035-03-07"], "starts": "09:00", "minutes": 120,
            "reason": "Cleaning"}  # fmt: skip
    made = staff.post("repeating-closures", body)
    assert made.status_code == 201, made.content
    (waiting,) = made.json()["waiting"]
    assert waiting["start"] == "2035-03-06T09:00:00+08:00"
    assert staff.post(f"closure-occurrences/{waiting['id']}/skip").status_code == 204
    problem(staff.post(f"closure-occurrences/{waiting['id']}/skip"), 404, "not_found")
    assert staff.delete(f"repeating-closures/{made.json()['id']}").status_code == 204
    problem(staff.delete(f"repeating-closures/{made.json()['id']}"), 404, "not_found")
    problem(staff.post("repeating-closures", {**body, "dates": []}), 422, "rhythm_invalid")
    problem(Api(firm_user()).post("repeating-closures", body), 403, "forbidden")


def test_repeating__dry_run__dates_on_the_wall_clock_and_what_is_in_the_way(
    instrument: Instrument, staff: Api
) -> None:
    booking = booked(instrument, window=slot(day=1))
    body = {"instrument": instrument.pk, "dates": ["2035-03-06", "2035-03-07"], "starts": "09:00", "minutes": 60,
            "reason": "Cleaning"}  # fmt: skip
    planned = staff.post("repeating-closures", {**body, "dry_run": True})
    assert planned.status_code == 200, planned.content
    plan = planned.json()
    assert (plan["id"], plan["zone"], plan["count"], plan["waiting"], plan["affected"]) == (
        None, "Asia/Shanghai", 2, 1, 1,
    )  # fmt: skip
    assert [each["start"] for each in plan["occurrences"]] == [f"2035-03-0{day}T09:00:00+08:00" for day in (6, 7)]
    (affected,) = plan["occurrences"][0]["affected"]
    assert (affected["id"], affected["kind"], affected["user"]["id"]) == (booking.pk, "use", booking.user_id)
    assert affected["end"] == "2035-03-06T11:00:00+08:00"
    assert staff.get("repeating-closures", {"instrument": instrument.pk}).json()["count"] == 0
    problem(Api(firm_user()).post("repeating-closures", {**body, "dry_run": True}), 403, "forbidden")


def test_replanning__outside_hours__listed_and_carried_out(instrument: Instrument, staff: Api) -> None:
    booking = booked(instrument)
    set_opening_hours(
        viewer=manager_of(instrument.institution), instrument=instrument, bands=[band("12:00", "17:00")]
    )
    listed = staff.get("replanning", {"instrument": instrument.pk}).json()
    assert [(each["id"], each["cause"]) for each in listed["items"]] == [(booking.pk, "hours")]
    body = {"instrument": instrument.pk, "reason": "New hours", "affected": [listed["items"][0]["proposal"]]}
    assert staff.post("replanning", body).json() == {"count": 1}
    problem(staff.post("replanning", body), 409, "plan_refused")
    problem(Api(firm_user()).get("replanning", {"instrument": instrument.pk}), 403, "forbidden")
    problem(Api(firm_user()).post("replanning", body), 403, "forbidden")
