"""Approving and declining over the API."""

from typing import Any

import pytest

from accounts.models import Scope
from accounts.viewers import Viewer
from booking.reservations.process_settings import ApprovalMode
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution
from tests.factories.booking import (
    Api,
    booked,
    firm_user,
    make_bookable,
    operator_of,
    problem,
    set_values,
    slot,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument() -> Instrument:
    instrument = make_bookable()
    set_values(instrument, approval=ApprovalMode.ALWAYS)
    return instrument


@pytest.fixture
def staff(instrument: Instrument) -> Viewer:
    return operator_of(instrument.institution)


def test_quote__approval_asked__says_so(instrument: Instrument) -> None:
    api = Api(firm_user())
    assert api.post("quotes", wish(instrument)).json()["needs_approval"] is True
    assert api.post("quotes", wish(make_bookable())).json()["needs_approval"] is False


def test_book__approval_asked__201_requested_until_when(
    instrument: Instrument, django_assert_num_queries: Any
) -> None:
    """Token, calendar; savepoint, lock, context, write, job, release."""
    api = Api(firm_user())
    with django_assert_num_queries(8):
        answer = api.post("reservations", wish(instrument))
    document = answer.json()
    assert (answer.status_code, document["status"]) == (201, "requested")
    assert document["request_expires_at"] == "2035-03-05T09:00:00+08:00"
    assert api.get(f"reservations/{document['id']}").json() == document


def test_approve__by_staff__confirmed(instrument: Instrument, staff: Viewer) -> None:
    made = booked(instrument)
    answer = Api(staff).post(f"reservations/{made.pk}/approve", If_Match='"1"')
    document = answer.json()
    assert (answer.status_code, document["status"], document["version"]) == (200, "confirmed", 2)
    assert document["request_expires_at"] is None
    problem(Api(staff).post(f"reservations/{made.pk}/approve"), 409, "not_requested")


def test_decline__by_staff__reason_required_and_shown(instrument: Instrument, staff: Viewer) -> None:
    made, api = booked(instrument), Api(staff)
    problem(api.post(f"reservations/{made.pk}/decline", {"reason": " "}), 422, "reason_required")
    assert api.post(f"reservations/{made.pk}/decline", {}).status_code == 422
    assert api.post(f"reservations/{made.pk}/decline", {"reason": "Full"}).json()["status"] == "declined"
    entries = api.get(f"reservations/{made.pk}/history").json()["items"]
    assert (entries[-1]["command"], entries[-1]["reason"]) == ("decline", "Full")


@pytest.mark.parametrize("what", ["approve", "decline"])
def test_decide__who_may_not__refused(instrument: Instrument, staff: Viewer, what: str) -> None:
    owner = firm_user()
    path, body = f"reservations/{booked(instrument, owner).pk}/{what}", {"reason": "x"}
    problem(Api(owner).post(path, body), 403, "forbidden")
    problem(Api(operator_of(make_institution())).post(path, body), 404, "not_found")
    problem(Api(staff, Scope.BOOK).post(path, body), 403, "scope_missing")
    problem(Api().post(path, body), 401, "not_signed_in")
    assert Api(staff).get(path).status_code == 405
    problem(Api(staff).post(path, body, If_Match='"7"'), 412, "stale")


def test_approve__own_request__own_request(instrument: Instrument, staff: Viewer) -> None:
    made = booked(instrument, staff)
    problem(Api(staff).post(f"reservations/{made.pk}/approve"), 403, "own_request")


def test_list__requested_only__for_managers(instrument: Instrument, staff: Viewer) -> None:
    other = make_bookable()
    set_values(other, approval=ApprovalMode.ALWAYS)
    booked(other)
    waiting = booked(instrument)
    booked(instrument, window=slot("13:00", 1))
    Api(staff).post(f"reservations/{waiting.pk + 1}/approve")
    found = Api(staff).get("reservations", {"status": "requested"}).json()["items"]
    assert [each["id"] for each in found] == [waiting.pk]
