"""Several bookings at once: all or nothing, all but the refused, routes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, Scope
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.events import ReservationBooked
from booking.reservations.models import Reservation, Waiver
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_viewer, manager_of
from tests.factories.booking import Api, booked, claims_of, firm_user, make_bookable, open_instrument, problem, wish
from tests.factories.booking import slot as window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def api() -> Api:
    return Api(firm_user())


def batch(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"items": list(items), **more}


def codes(refused: list[dict[str, Any]]) -> dict[int, list[str]]:
    return {each["item"]: [broken["code"] for broken in each["violations"]] for each in refused}


def test_batch__two_instruments__both_booked_with_an_event_each(
    api: Api, instrument: Instrument, published: list[Event]
) -> None:
    other = make_bookable()
    answer = api.post("reservations/batch", batch(wish(other), wish(instrument)))
    assert answer.status_code == 201, answer.content
    document = answer.json()
    assert [each["instrument"]["id"] for each in document["reservations"]] == [other.pk, instrument.pk]
    assert (document["refused"], document["total_fen"]) == ([], 96_000)
    assert len(claims_of(instrument)) == len(claims_of(other)) == 1
    assert [each.instrument_id for each in published if isinstance(each, ReservationBooked)] == [
        other.pk,
        instrument.pk,
    ]


def test_batch__one_refused__nothing_booked_and_all_reasons_told(
    api: Api, instrument: Instrument, published: list[Event]
) -> None:
    good = wish(instrument, window("11:00", 1))
    answer = api.post("reservations/batch", batch(good, wish(instrument, window("18:10", 0.25)), good))
    document = problem(answer, 409, "slot_taken")
    assert codes(document["refused"]) == {1: ["min_duration", "on_grid", "within_opening_hours"], 2: ["place_free"]}
    assert [each["code"] for each in document["refused"]] == ["rules_violated", "slot_taken"]
    assert document["violations"][0]["code"] == "place_free"
    assert document["refused"][1]["alternatives"][0]["start"] == "2035-03-05T12:00:00+08:00"
    assert (Reservation.objects.count(), claims_of(instrument)) == (0, [])


def test_batch__same_instrument_twice_overlapping__refused_by_the_first(api: Api, instrument: Instrument) -> None:
    items = (wish(instrument, window("09:00", 2)), wish(instrument, window("10:00", 2)))
    document = problem(api.post("reservations/batch", batch(*items)), 409, "slot_taken")
    assert codes(document["refused"]) == {1: ["place_free"]}
    assert not Reservation.objects.exists()


def test_batch__only_rules_broken__rules_violated(api: Api, instrument: Instrument) -> None:
    answer = api.post("reservations/batch", batch(wish(instrument, window("18:00", 1))))
    assert codes(problem(answer, 422, "rules_violated")["refused"]) == {0: ["within_opening_hours"]}


def test_batch__partial__books_the_rest(api: Api, instrument: Instrument) -> None:
    booked(instrument, window=window("09:00", 1))
    items = [wish(instrument, window(start, 1)) for start in ("09:00", "10:00", "18:00")]
    document = api.post("reservations/batch", batch(*items, partial=True)).json()
    assert [each["start"] for each in document["reservations"]] == ["2035-03-05T10:00:00+08:00"]
    assert codes(document["refused"]) == {0: ["place_free"], 2: ["within_opening_hours"]}
    assert len(claims_of(instrument)) == 2


def test_batch__partial_with_nothing_left__refused(api: Api, instrument: Instrument) -> None:
    booked(instrument)
    problem(api.post("reservations/batch", batch(wish(instrument), partial=True)), 409, "slot_taken")


def stages(*starts: str, route: list[int | None]) -> dict[str, Any]:
    items = [wish(make_bookable(), window(start, 1)) for start in starts]
    return batch(*items, route=[{"max_hours_after_previous": hours} for hours in route])


def test_route__each_stage_in_time__booked(api: Api) -> None:
    assert api.post("reservations/batch", stages("09:00", "12:00", "16:00", route=[2, None])).status_code == 201


@pytest.mark.parametrize(("starts", "limit", "actual"), [(("09:00", "13:00"), 2, 3), (("12:00", "09:00"), 2, -4)])
def test_route__too_late_or_too_early__refused_with_the_gap(
    api: Api, starts: tuple[str, str], limit: int, actual: int
) -> None:
    answer = api.post("reservations/batch", stages(*starts, route=[limit]))
    (refused,) = problem(answer, 422, "rules_violated")["refused"]
    (broken,) = refused["violations"]
    assert (refused["item"], broken["code"], broken["limit"], broken["actual"]) == (1, "route_gap", limit, actual)
    assert not Reservation.objects.exists()


def test_route__late_and_broken_by_rules__both_told(api: Api) -> None:
    answer = api.post("reservations/batch", stages("09:00", "18:00", route=[2]))
    assert codes(problem(answer, 422, "rules_violated")["refused"]) == {1: ["within_opening_hours", "route_gap"]}


def test_batch__waived_by_staff__per_item(instrument: Instrument) -> None:
    viewer = make_viewer(Role.OPERATOR, institution=instrument.institution)
    late = wish(instrument, window("18:00", 1), waive=[{"code": "within_opening_hours", "reason": "Night run"}])
    answer = Api(viewer).post("reservations/batch", batch(wish(instrument), late))
    assert answer.status_code == 201
    assert Waiver.objects.get().reservation_id == answer.json()["reservations"][1]["id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": []}, "invalid"),
        ({"partial": True, "route": []}, "batch_invalid"),
        ({"route": [{"max_hours_after_previous": 1}]}, "batch_invalid"),
        ({"route": [{"hours": 1}]}, "invalid"),
        ({"items": [{"hold": 1}]}, "batch_invalid"),
        ({"items": [{}] * 101}, "invalid"),
    ],
)
def test_batch__that_is_none__refused(api: Api, instrument: Instrument, change: dict[str, Any], code: str) -> None:
    body = {"items": [{}], **change}
    body["items"] = [{**wish(instrument), **item} for item in body["items"]]
    problem(api.post("reservations/batch", body), 422, code)


def test_batch__instrument_that_is_not_seen__not_found(api: Api, instrument: Instrument) -> None:
    draft = open_instrument(status="draft")
    problem(api.post("reservations/batch", batch(wish(instrument), wish(draft))), 404, "not_found")
    assert not Reservation.objects.exists()


def test_batch__anonymous_or_without_the_scope__refused(instrument: Instrument) -> None:
    problem(Api().post("reservations/batch", batch(wish(instrument))), 401, "not_signed_in")
    answer = Api(firm_user(), Scope.READ).post("reservations/batch", batch(wish(instrument)))
    problem(answer, 403, "scope_missing")


def test_batch__same_key__one_answer(api: Api, instrument: Instrument) -> None:
    body = batch(wish(instrument), wish(make_bookable()))
    first, second = (api.post("reservations/batch", body, Idempotency_Key="b-1") for _ in range(2))
    assert first.content == second.content
    assert Reservation.objects.count() == 2


def test_batch__statements__two_for_each_item(api: Api, instrument: Instrument) -> None:
    def cost(items: list[TimeWindow]) -> int:
        body = batch(*(wish(instrument, each) for each in items))
        with CaptureQueriesContext(connection) as captured:
            assert api.post("reservations/batch", body).status_code == 201
        return len(captured)

    one = cost([window("09:00", 1)])
    later = [window("09:00", 1, day=1).shifted(timedelta(hours=hours)) for hours in range(5)]
    assert cost(later) - one == 4 * 2


def test_batch__cap_per_day__counts_the_items_before(api: Api, instrument: Instrument) -> None:
    set_policy_value(viewer=manager_of(instrument.institution), instrument=instrument, code="max_per_day", value=2)
    items = [wish(instrument, window(start, 1)) for start in ("09:00", "10:00", "11:00")]
    answer = api.post("reservations/batch", batch(*items))
    assert codes(problem(answer, 422, "rules_violated")["refused"]) == {2: ["max_per_day"]}
