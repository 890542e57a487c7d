"""The reservations' endpoints, as an integrator reads them."""

from typing import Any

import pytest

from accounts.models import Role, Scope
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.models import Reservation
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_viewer, manager_of
from tests.factories.booking import (
    Api,
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    slot,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument() -> Instrument:
    return make_bookable(zone="Europe/London")


@pytest.fixture
def firm_api() -> Api:
    return Api(firm_user())


BOOKED = {
    "kind": "use",
    "status": "confirmed",
    "start": "2035-03-05T09:00:00+08:00",
    "end": "2035-03-05T11:00:00+08:00",
    "account": None,
    "purpose": "Test of a sample",
    "note": "Two samples",
    "places": 1,
    "total_fen": 48_000,
    "currency": "CNY",
    "version": 1,
    "cancellable": True,
    "editable": True,
}


def test_book__free__201_with_the_instruments_offset(firm_api: Api) -> None:
    instrument = make_bookable()
    answer = firm_api.post("reservations", wish(instrument, note="Two samples"))
    document = answer.json()
    assert answer.status_code == 201
    assert document["instrument"]["zone"] == document["zone"] == "Asia/Shanghai"
    assert document | BOOKED == document


def test_book__other_offset_same_instants__same_window(firm_api: Api) -> None:
    instrument = make_bookable()
    body = wish(instrument) | {"start": "2035-03-04T20:00:00-05:00", "end": "2035-03-05T03:00:00Z"}
    assert firm_api.post("reservations", body).json()["start"] == "2035-03-05T09:00:00+08:00"


def test_book__taken__409_with_violations_and_alternatives(firm_api: Api) -> None:
    instrument = make_bookable()
    booked(instrument)
    document = problem(firm_api.post("reservations", wish(instrument)), 409, "slot_taken")
    (violation,) = document["violations"]
    nearest = {"start": "2035-03-05T11:00:00+08:00", "end": "2035-03-05T13:00:00+08:00"}
    assert violation == {
        "code": "place_free",
        "message": "This time is already taken.",
        "limit": 0,
        "actual": 1,
        "waivable_by": [],
        "nearest": nearest,
    }
    assert document["alternatives"][0] == {"instrument": instrument.pk, **nearest}


def test_book__rules_broken__422_with_all_and_who_may_waive(firm_api: Api) -> None:
    body = wish(make_bookable(), slot("20:10", 13))
    document = problem(firm_api.post("reservations", body), 422, "rules_violated")
    assert [each["code"] for each in document["violations"]] == ["max_duration", "on_grid", "within_opening_hours"]
    assert all(each["waivable_by"] == ["operator", "manager", "admin"] for each in document["violations"])
    assert document["alternatives"] == []


def test_book__alternatives__each_of_them_can_be_booked(firm_api: Api) -> None:
    instrument = make_bookable()
    booked(instrument)
    refused = firm_api.post("reservations", wish(instrument)).json()
    for offer in refused["alternatives"]:
        assert firm_api.post("reservations", wish(instrument) | offer).status_code == 201


def test_book__waived_by_the_manager__201_and_by_a_customer_422() -> None:
    instrument = make_bookable()
    body = wish(instrument, slot("20:00"), waive=[{"code": "within_opening_hours", "reason": "Night run"}])
    problem(Api(firm_user()).post("reservations", body), 422, "waiver_refused")
    assert Api(manager_of(instrument.institution)).post("reservations", body).status_code == 201


def test_quote__same_body__verdict_and_nothing_written(firm_api: Api) -> None:
    instrument = make_bookable()
    answer = firm_api.post("quotes", wish(instrument, slot(hours=1.5)))
    document = answer.json()
    assert (answer.status_code, document["ok"], document["violations"]) == (200, True, [])
    assert document["lines"] == [
        {
            "kind": "machine_time",
            "label": "Machine time",
            "quantity": 1.5,
            "unit": "hour",
            "unit_fen": 24_000,
            "amount_fen": 36_000,
        }
    ]
    assert (document["total_fen"], document["voucher_fen"], document["payable_fen"]) == (36_000, 0, 36_000)
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("window", [slot(), slot("20:10", 13), slot("08:30", 2), slot(day=80)])
def test_quote__whatever_asked__same_violations_as_booking(firm_api: Api, window: Any) -> None:
    instrument = make_bookable()
    booked(instrument)
    quoted = firm_api.post("quotes", wish(instrument, window)).json()
    refused = firm_api.post("reservations", wish(instrument, window)).json()
    assert quoted["ok"] is False
    assert (quoted["violations"], quoted["alternatives"]) == (refused["violations"], refused["alternatives"])


def test_get__own__200_with_version_as_etag_and_others_404(firm_api: Api) -> None:
    instrument = make_bookable()
    key = firm_api.post("reservations", wish(instrument)).json()["id"]
    answer = firm_api.get(f"reservations/{key}")
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    for viewer in (firm_user(), make_viewer(), manager_of(make_bookable().institution)):
        for path in (f"reservations/{key}", f"reservations/{key}/history"):
            problem(Api(viewer).get(path), 404, "not_found")
        problem(Api(viewer).post(f"reservations/{key}/cancel"), 404, "not_found")
        problem(Api(viewer).patch(f"reservations/{key}", {"note": "x"}), 404, "not_found")
    assert Reservation.objects.get().status == "confirmed"


def test_get__who_else_may_see__firm_staff_reviewer_admin() -> None:
    firm = make_enterprise()
    instrument = make_bookable(region="330602")
    key = booked(instrument, firm_user(firm), account_id=firm.pk).pk
    seeing = (
        firm_user(firm),
        operator_of(instrument.institution),
        make_viewer(Role.REVIEWER, region="3306"),
        make_viewer(Role.ADMIN),
    )
    assert [Api(viewer).get(f"reservations/{key}").status_code for viewer in seeing] == [200] * 4
    problem(Api(make_viewer(Role.REVIEWER, region="3301")).get(f"reservations/{key}"), 404, "not_found")


def test_change__by_who_only_sees__403() -> None:
    firm = make_enterprise()
    instrument = make_bookable(region="330602")
    key = booked(instrument, firm_user(firm), account_id=firm.pk).pk
    for viewer in (firm_user(firm), make_viewer(Role.REVIEWER, region="3306")):
        api = Api(viewer)
        assert api.get(f"reservations/{key}").json()["cancellable"] is False
        problem(api.post(f"reservations/{key}/cancel", {"reason": "x"}), 403, "forbidden")
        problem(api.patch(f"reservations/{key}", {"note": "x"}), 403, "forbidden")


def test_patch__moved_with_if_match__200_and_stale_412(firm_api: Api) -> None:
    instrument = make_bookable()
    key = firm_api.post("reservations", wish(instrument)).json()["id"]
    times = {"start": "2035-03-05T13:00:00+08:00", "end": "2035-03-05T14:00:00+08:00"}
    moved = firm_api.patch(f"reservations/{key}", {**times, "note": "later"}, If_Match='"1"')
    assert (moved.status_code, moved.json()["start"], moved.json()["version"]) == (200, times["start"], 3)
    document = problem(firm_api.patch(f"reservations/{key}", times, If_Match='"1"'), 412, "stale")
    assert document["version"] == 3
    assert firm_api.patch(f"reservations/{key}", {"note": ""}, If_Match="*").json()["version"] == 4


@pytest.mark.parametrize("change", [{"start": "2035-03-05T13:00:00+08:00"}, {"end": "2035-03-05T13:00:00+08:00"}])
def test_patch__only_one_end__invalid(firm_api: Api, change: dict[str, str]) -> None:
    key = firm_api.post("reservations", wish(make_bookable())).json()["id"]
    problem(firm_api.patch(f"reservations/{key}", change), 422, "invalid")


def test_cancel__own_and_again__200_then_409(firm_api: Api) -> None:
    instrument = make_bookable()
    key = firm_api.post("reservations", wish(instrument)).json()["id"]
    answer = firm_api.post(f"reservations/{key}/cancel")
    assert (answer.status_code, answer.json()["status"], answer.json()["cancellable"]) == (200, "cancelled", False)
    document = problem(firm_api.post(f"reservations/{key}/cancel"), 409, "reservation_ended")
    assert document["reservation_status"] == "cancelled"
    assert claims_of(instrument) == []


def test_cancel__by_staff__reason_required() -> None:
    instrument = make_bookable()
    key = booked(instrument).pk
    api = Api(operator_of(instrument.institution))
    problem(api.post(f"reservations/{key}/cancel"), 422, "reason_required")
    assert api.post(f"reservations/{key}/cancel", {"reason": "Laser broken"}).status_code == 200


def test_history__booked_moved_cancelled__who_what_old_and_new(firm_api: Api) -> None:
    key = firm_api.post("reservations", wish(make_bookable())).json()["id"]
    times = {"start": "2035-03-05T13:00:00+08:00", "end": "2035-03-05T14:00:00+08:00"}
    firm_api.patch(f"reservations/{key}", times)
    firm_api.post(f"reservations/{key}/cancel", {"reason": "Not needed"})
    document = firm_api.get(f"reservations/{key}/history").json()
    entries = document["items"]
    assert [entry["command"] for entry in entries] == ["book", "reschedule", "cancel"]
    (moved,) = [change for change in entries[1]["changes"] if change["field"] == "during"]
    assert moved["old"] == ["2035-03-05T09:00:00+08:00", "2035-03-05T11:00:00+08:00"]
    assert moved["new"] == list(times.values())
    assert (entries[2]["reason"], document["count"]) == ("Not needed", 3)
    assert {entry["actor"]["name"] for entry in entries} == {entries[0]["actor"]["name"]}


def test_list__filters__own_status_instrument_and_time() -> None:
    viewer, one, two = firm_user(), make_bookable(), make_bookable()
    keys = [booked(one, viewer).pk, booked(two, viewer).pk, booked(one, viewer, slot(day=1)).pk]
    booked(two, window=slot(day=2))
    api = Api(viewer)
    api.post(f"reservations/{keys[1]}/cancel")

    def found(**query: Any) -> list[int]:
        return [item["id"] for item in api.get("reservations", query).json()["items"]]

    assert found() == keys[::-1]
    assert found(status="cancelled") == [keys[1]]
    assert found(instrument=one.pk) == [keys[2], keys[0]]
    assert found(instrument=10**30) == []
    assert found(mine="true") == found()
    window = slot("00:00", 24, day=1)
    times = {"from": window.starts_at.isoformat(), "to": window.ends_at.isoformat()}
    assert found(**times) == [keys[2]]


def test_list__pages__everything_once_though_rows_are_added() -> None:
    viewer, instrument = firm_user(), make_bookable()
    keys = [booked(instrument, viewer, slot(day=day)).pk for day in (0, 1, 2, 3, 4)]
    api = Api(viewer)
    seen: list[int] = []
    page = api.get("reservations", {"limit": 2}).json()
    while True:
        seen += [item["id"] for item in page["items"]]
        assert (page["count"], page["count_exact"]) == (5 + (len(seen) > 2), True)
        if page["next"] is None:
            break
        if len(seen) == 2:
            booked(instrument, viewer, slot(day=7))
        page = api.client.get(page["next"]).json()
    assert seen == keys[::-1]


def test_list__any_number__same_number_of_queries(django_assert_num_queries: Any) -> None:
    viewer, instrument = firm_user(), make_bookable()
    api = Api(viewer)
    for day in range(5):
        booked(instrument, viewer, slot(day=day))
        with django_assert_num_queries(2):
            api.get("reservations")


def test_book__over_the_api__queries_are_counted(firm_api: Api, django_assert_num_queries: Any) -> None:
    """Token, calendar; savepoint, lock, context, write, release. The answer needs nothing more."""
    instrument = make_bookable()
    with django_assert_num_queries(7):
        assert firm_api.post("reservations", wish(instrument)).status_code == 201


def test_closure__planned_made_and_removed__time_is_free_again() -> None:
    instrument = make_bookable()
    api = Api(operator_of(instrument.institution))
    window = slot()
    times = {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
    body = {"instrument": instrument.pk, **times, "reason": "Leak"}
    reservation = booked(instrument)
    plan = api.post("closures", body | {"dry_run": True})
    assert (plan.status_code, plan.json()["id"]) == (200, None)
    assert [each["id"] for each in plan.json()["affected"]] == [reservation.pk]
    problem(api.post("closures", body), 409, "slot_taken")
    api.post(f"reservations/{reservation.pk}/cancel", {"reason": "Leak"})
    made = api.post("closures", body)
    assert made.status_code == 201
    assert api.delete(f"closures/{made.json()['id']}").status_code == 204
    assert claims_of(instrument) == []


def test_closure__by_a_customer__403_or_scope_missing() -> None:
    instrument = make_bookable()
    window = slot()
    times = {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
    body = {"instrument": instrument.pk, **times, "reason": "x"}
    problem(Api(firm_user()).post("closures", body), 403, "forbidden")
    operator = operator_of(instrument.institution)
    problem(Api(operator, Scope.READ, Scope.BOOK).post("closures", body), 403, "scope_missing")


def test_delete_closure__a_booking_is_no_closure__404(firm_api: Api) -> None:
    instrument = make_bookable()
    reservation = booked(instrument)
    staff = Api(operator_of(instrument.institution))
    problem(staff.delete(f"closures/{reservation.pk}"), 404, "not_found")
    key = close_instrument(
        viewer=manager_of(instrument.institution), instrument=instrument, window=slot("14:00"), reason="x"
    )
    problem(firm_api.delete(f"closures/{key}"), 404, "not_found")
    assert Reservation.objects.filter(status="confirmed").count() == 2


def test_rules__the_registry__titles_in_the_callers_language() -> None:
    viewer = firm_user()
    english, chinese = (Api(viewer, language=language).get("rules").json() for language in ("en", "zh-hans"))
    assert [rule["code"] for rule in english] == [rule["code"] for rule in chinese]
    (lead,) = [rule for rule in english if rule["code"] == "lead_time"]
    assert (lead["title"], lead["unit"], lead["default"]) == ("Lead time", "minutes", 0)
    assert not any(rule["title"].isascii() for rule in chinese)


def test_times__around_the_change_in_london__offset_of_that_day() -> None:
    instrument = open_instrument(make_bookable(zone="Europe/London").institution)
    api = Api(firm_user())
    before = api.post("reservations", wish(instrument, slot("18:00", 2, day=18))).json()
    after = api.post("reservations", wish(instrument, slot("18:00", 2, day=21))).json()
    assert (before["start"], after["start"]) == ("2035-03-23T10:00:00Z", "2035-03-26T11:00:00+01:00")
