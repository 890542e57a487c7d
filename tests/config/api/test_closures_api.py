"""Closures over booked time through the API: plan, confirm, refusals."""

from typing import Any

import pytest

from booking.reservations.models import Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.booking import Api, booked, firm_user, operator_of, problem, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def body(instrument: Instrument, window: TimeWindow | None = None, **more: Any) -> dict[str, Any]:
    window = window or slot()
    times = {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
    return {"instrument": instrument.pk, **times, "reason": "Leak", **more}


def staff(instrument: Instrument) -> Api:
    return Api(operator_of(instrument.institution))


def test_dry_run__every_booking__with_its_ways_out_and_nothing_written(instrument: Instrument) -> None:
    booking = booked(instrument, purpose="Steel")
    answer = staff(instrument).post("closures", body(instrument, dry_run=True))
    (affected,) = answer.json()["affected"]
    assert (answer.status_code, answer.json()["id"]) == (200, None)
    assert (affected["id"], affected["purpose"], affected["user"]["name"]) == (
        booking.pk,
        "Steel",
        booking.user.name if booking.user else "",
    )
    assert affected["start"] == "2035-03-05T09:00:00+08:00"
    nearest = {"start": "2035-03-05T11:00:00+08:00", "end": "2035-03-05T13:00:00+08:00"}
    unsaid = {"instrument": None, "operator": None}
    assert affected["alternatives"] == [{"instrument": instrument.pk, **nearest, "operators": []}]
    assert affected["actions"] == ["move", "twin", "cancel"]
    assert affected["proposal"] == {"reservation": booking.pk, "action": "move", **nearest, **unsaid}
    assert Reservation.objects.count() == 1


def test_confirm__the_proposals_sent_back__all_done(instrument: Instrument) -> None:
    booking = booked(instrument)
    api = staff(instrument)
    plan = [each["proposal"] for each in api.post("closures", body(instrument, dry_run=True)).json()["affected"]]
    made = api.post("closures", body(instrument, affected=plan))
    assert (made.status_code, made.json()["affected"]) == (201, [])
    moved = api.get(f"reservations/{booking.pk}").json()
    assert (moved["start"], moved["version"]) == ("2035-03-05T11:00:00+08:00", 2)


def test_confirm__without_a_plan__409_slot_taken_with_the_list(instrument: Instrument) -> None:
    booking = booked(instrument)
    document = problem(staff(instrument).post("closures", body(instrument)), 409, "slot_taken")
    assert [each["id"] for each in document["affected"]] == [booking.pk]
    assert document["violations"][0]["code"] == "place_free"


def test_confirm__a_stale_plan__409_plan_refused_with_the_new_list(instrument: Instrument) -> None:
    booking, late = booked(instrument), booked(instrument, window=slot("13:00"))
    plan = [{"reservation": booking.pk, "action": "cancel"}]
    answer = staff(instrument).post("closures", body(instrument, slot(hours=8), affected=plan))
    document = problem(answer, 409, "plan_refused")
    assert [each["id"] for each in document["affected"]] == [booking.pk, late.pk]
    assert set(Reservation.objects.values_list("status", flat=True)) == {"confirmed"}


def test_confirm__a_move_that_rules_forbid__says_which_and_why(instrument: Instrument) -> None:
    booking = booked(instrument)
    night = {"start": "2035-03-05T22:00:00+08:00", "end": "2035-03-05T23:00:00+08:00"}
    step = {"reservation": booking.pk, "action": "move", **night}
    document = problem(staff(instrument).post("closures", body(instrument, affected=[step])), 409, "plan_refused")
    (refused,) = document["refused"]
    assert (refused["reservation"], refused["code"]) == (booking.pk, "rules_violated")
    assert [each["code"] for each in refused["violations"]] == ["within_opening_hours"]
    step["waive"] = [{"code": "within_opening_hours", "reason": "Agreed by phone"}]
    assert staff(instrument).post("closures", body(instrument, affected=[step])).status_code == 201
    assert booking.waivers.get().code == "within_opening_hours"


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"action": "explode"}, "invalid"),
        ({"action": "move", "start": "2035-03-05T22:00:00+08:00"}, "invalid"),
        ({"action": "cancel", "colour": "red"}, "invalid"),
    ],
)
def test_confirm__bad_steps__422(instrument: Instrument, step: dict[str, Any], code: str) -> None:
    step = {"reservation": booked(instrument).pk, **step}
    problem(staff(instrument).post("closures", body(instrument, affected=[step])), 422, code)


def test_plan__by_a_customer__403(instrument: Instrument) -> None:
    booked(instrument)
    problem(Api(firm_user()).post("closures", body(instrument, dry_run=True)), 403, "forbidden")
