"""Unknown fields, half windows, scopes, closures among bookings, several ETags."""

from typing import Any

import pytest

from accounts.models import Role, Scope
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.models import Reservation
from tests.factories.accounts import make_viewer, manager_of
from tests.factories.booking import Api, booked, firm_user, make_bookable, operator_of, problem, slot, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

DAY = {"from": "2035-03-05T00:00:00+08:00", "to": "2035-03-06T00:00:00+08:00"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("instruments", {"durration": "60"}),
        ("reservations", {"state": "confirmed"}),
        ("institutions", {"x": "1"}),
        ("me", {"x": "1"}),
        ("utilisation", {"from": "2035-01-01", "to": "2035-02-01", "groupby": "month"}),
    ],
)
def test_unknown_field__anywhere__422_and_named(path: str, query: dict[str, str]) -> None:
    document = problem(Api(make_viewer(Role.ADMIN)).get(path, query), 422, "invalid")
    assert [each["field"] for each in document["errors"]] == [name for name in query if name not in ("from", "to")]


def test_unknown_field__anonymous__is_asked_to_sign_in_first() -> None:
    problem(Api().get("reservations", {"x": "1"}), 401, "not_signed_in")


@pytest.mark.parametrize("end", ["from", "to"])
def test_list__one_end_of_a_window__422(end: str) -> None:
    problem(Api(firm_user()).get("reservations", {end: DAY[end]}), 422, "invalid")
    assert Api(firm_user()).get("reservations", DAY).status_code == 200


@pytest.mark.parametrize("path", ["reservations", "instruments"])
def test_region_reviewer__padded_and_bare_code__see_the_same(path: str) -> None:
    instrument = make_bookable(region="330600")
    booked(instrument)
    for code in ("330600", "3306"):
        assert Api(make_viewer(Role.REVIEWER, region=code)).get(path).json()["count"] == 1
        assert Api().get("instruments", {"region": code}).json()["count"] == 1
    assert Api(make_viewer(Role.REVIEWER, region="330100")).get("reservations").json()["count"] == 0
    assert Api().get("instruments", {"region": "000000"}).json()["count"] == 0


def test_quote__token_without_read__scope_missing() -> None:
    body = wish(make_bookable())
    problem(Api(firm_user(), Scope.BOOK).post("quotes", body), 403, "scope_missing")
    assert Api(firm_user(), Scope.READ).post("quotes", body).status_code == 200


def test_closure__through_the_bookings_own_ways__403() -> None:
    instrument = make_bookable()
    closure = close_instrument(
        viewer=manager_of(instrument.institution), instrument=instrument, window=slot(), reason="Leak"
    )
    api = Api(operator_of(instrument.institution), Scope.READ, Scope.BOOK)
    times = {"start": "2035-03-05T13:00:00+08:00", "end": "2035-03-05T14:00:00+08:00"}
    problem(api.patch(f"reservations/{closure}", times), 403, "closure_elsewhere")
    problem(api.post(f"reservations/{closure}/cancel", {"reason": "x"}), 403, "closure_elsewhere")
    problem(Api(firm_user()).post(f"reservations/{closure}/cancel"), 404, "not_found")
    document = api.get(f"reservations/{closure}").json()
    assert (document["cancellable"], document["editable"], document["version"]) == (False, False, 1)


def test_waiver__of_a_rule_that_holds__refused() -> None:
    instrument = make_bookable()
    body = wish(instrument, waive=[{"code": "on_grid", "reason": "to be safe"}])
    problem(Api(operator_of(instrument.institution)).post("reservations", body), 422, "waiver_refused")


def test_patch__move_stands_but_edit_fails__neither(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer, instrument = firm_user(), make_bookable()
    reservation = booked(instrument, viewer)

    def broken(**_change: Any) -> Reservation:
        raise RuntimeError

    monkeypatch.setattr("booking.reservations.api.bookings.edit_reservation", broken)
    body = {"start": "2035-03-05T13:00:00+08:00", "end": "2035-03-05T14:00:00+08:00", "note": "x"}
    assert Api(viewer).patch(f"reservations/{reservation.pk}", body).status_code == 500
    assert Reservation.objects.get(pk=reservation.pk).during == reservation.during


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', 'W/"other", W/{}', "*"])
def test_availability__known_tag_in_any_form__304(form: str) -> None:
    path = f"instruments/{make_bookable().pk}/availability"
    tag = Api().get(path, DAY)["ETag"]
    assert Api().get(path, DAY, If_None_Match=form.format(tag)).status_code == 304
    assert Api().get(path, DAY, If_None_Match='"other"').status_code == 200
