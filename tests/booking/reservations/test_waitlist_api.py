"""The waiting list over the API: each endpoint works, and refuses what it should."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope
from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.models import Reservation, WaitlistEntry
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.reservations.waiting import again, run_offers, waiting
from tests.factories.accounts import make_institution
from tests.factories.booking import Api, booked, firm_user, make_bookable, operator_of, problem, set_values, slot
from tests.factories.intake import SELF, ask, question

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def instrument(monday_morning: Any) -> Instrument:
    return make_bookable()


@pytest.fixture
def taken(instrument: Instrument, owner: Viewer) -> Reservation:
    """Somebody has 9 to 17."""
    return booked(instrument, owner, slot("09:00", 8))


def window_wish(instrument: Instrument, window: TimeWindow | None = None) -> dict[str, Any]:
    window = window or slot()
    return {
        "instrument": instrument.pk,
        "start": window.starts_at.isoformat(),
        "end": window.ends_at.isoformat(),
    }


def any_wish(instrument: Instrument, window: TimeWindow, minutes: int) -> dict[str, Any]:
    ends = {"from": window.starts_at.isoformat(), "to": window.ends_at.isoformat()}
    return {"instrument": instrument.pk, **ends, "duration": minutes}


def offered(viewer: Viewer, taken: Reservation, owner: Viewer) -> WaitlistEntry:
    """The viewer is offered 9 to 11."""
    entry = waiting(viewer, taken.instrument)
    cancel_reservation(viewer=owner, reservation=taken)
    run_offers()
    return again(entry)


def test_api__join_offer_accept__the_whole_way(taken: Reservation, owner: Viewer, instrument: Instrument) -> None:
    api = Api(firm_user())
    made = api.post("waitlist", window_wish(instrument))
    assert made.status_code == 201, made.content
    entry = made.json()
    assert (entry["status"], entry["position"], entry["offer"], entry["duration"]) == ("waiting", 1, None, 120)
    assert (entry["start"], entry["end"]) == ("2035-03-05T09:00:00+08:00", "2035-03-05T11:00:00+08:00")
    cancel_reservation(viewer=owner, reservation=taken)
    run_offers()
    shown = api.get(f"waitlist/{entry['id']}").json()
    assert (shown["status"], shown["offer"]["expires_at"]) == ("offered", "2035-03-05T09:00:00+08:00")
    booking = api.post(f"waitlist/{entry['id']}/accept", {"purpose": "Run"}).json()
    assert (booking["id"], booking["status"], booking["purpose"]) == (
        shown["offer"]["reservation"],
        "confirmed",
        "Run",
    )
    assert api.get(f"waitlist/{entry['id']}").json() | {"created_at": ""} == entry | {
        "status": "taken",
        "position": None,
        "created_at": "",
    }


def test_api__any_three_hours__decline_goes_on_waiting(
    taken: Reservation, owner: Viewer, instrument: Instrument
) -> None:
    api = Api(firm_user())
    entry = api.post("waitlist", any_wish(instrument, slot("09:00", 8), 180)).json()
    cancel_reservation(viewer=owner, reservation=taken)
    run_offers()
    declined = api.post(f"waitlist/{entry['id']}/decline")
    assert (declined.status_code, declined.json()["status"]) == (200, "waiting")
    assert api.delete(f"waitlist/{entry['id']}").status_code == 204
    problem(api.delete(f"waitlist/{entry['id']}"), 409, "waiting_over")


def test_api__accept_where_the_form_requires_answers__refused_without_and_still_offered(
    taken: Reservation, owner: Viewer, instrument: Instrument
) -> None:
    viewer = firm_user()
    entry, api = offered(viewer, taken, owner), Api(viewer)
    ask(instrument, question(required_for=(SELF,)))
    for body in (None, {"purpose": "Run"}, {"answers": {"material": ""}}):
        refused = problem(api.post(f"waitlist/{entry.pk}/accept", body), 422, "answers_invalid")
        assert [(each["question"], each["code"]) for each in refused["errors"]] == [("material", "missing")]
    assert api.get(f"waitlist/{entry.pk}").json()["status"] == "offered"
    made = api.post(f"waitlist/{entry.pk}/accept", {"answers": {"material": "TiO2"}, "access_mode": SELF})
    assert (made.status_code, made.json()["answers"]) == (200, {"material": "TiO2"})


def test_api__accept_where_samples_are_declared__asked_like_a_booking(
    taken: Reservation, owner: Viewer, instrument: Instrument
) -> None:
    viewer = firm_user()
    entry, api = offered(viewer, taken, owner), Api(viewer)
    set_values(instrument, sample_declared=1)
    refused = problem(api.post(f"waitlist/{entry.pk}/accept"), 422, "rules_violated")
    assert [each["code"] for each in refused["violations"]] == ["sample_declared"]
    body = {"sample_declaration": {"hazards": "none"}}
    assert api.post(f"waitlist/{entry.pk}/accept", body).status_code == 200


def test_api__accept_twice_and_after_declining__offer_gone(taken: Reservation, owner: Viewer) -> None:
    viewer = firm_user()
    entry, api = offered(viewer, taken, owner), Api(viewer)
    assert api.post(f"waitlist/{entry.pk}/accept").status_code == 200
    problem(api.post(f"waitlist/{entry.pk}/accept"), 409, "offer_gone")
    problem(api.post(f"waitlist/{entry.pk}/decline"), 409, "offer_gone")


def test_api__offer_through_the_booking_form__taken_as_well(taken: Reservation, owner: Viewer) -> None:
    viewer = firm_user()
    entry = offered(viewer, taken, owner)
    made = Api(viewer).post("reservations", window_wish(taken.instrument) | {"hold": entry.offer_id})
    assert (made.status_code, again(entry).status) == (201, "taken")


def test_api__offer_elsewhere__refused_within_its_window_taken(taken: Reservation, owner: Viewer) -> None:
    viewer = firm_user()
    entry, api = offered(viewer, taken, owner), Api(viewer)
    for window in (slot("14:00"), slot("10:00"), slot("09:00", 3)):
        body = window_wish(taken.instrument, window) | {"hold": entry.offer_id}
        problem(api.post("reservations", body), 409, "offer_elsewhere")
    change = {"start": slot("14:00").starts_at.isoformat(), "end": slot("14:00").ends_at.isoformat()}
    problem(api.patch(f"reservations/{entry.offer_id}", change), 409, "hold_not_movable")
    made = api.post("reservations", window_wish(taken.instrument, slot("09:00", 1)) | {"hold": entry.offer_id})
    assert (made.status_code, again(entry).status) == (201, "taken")


def test_api__offer_through_holds__given_back_but_not_renewed(taken: Reservation, owner: Viewer) -> None:
    viewer = firm_user()
    entry, api = offered(viewer, taken, owner), Api(viewer)
    problem(api.post(f"holds/{entry.offer_id}/renew"), 409, "hold_renewed_already")
    assert api.delete(f"holds/{entry.offer_id}").status_code == 204
    assert again(entry).status == "withdrawn"


def test_api__bookable_now__409_with_the_window(instrument: Instrument) -> None:
    document = problem(Api(firm_user()).post("waitlist", window_wish(instrument)), 409, "bookable_now")
    assert [each["start"] for each in document["alternatives"]] == ["2035-03-05T09:00:00+08:00"]


def test_api__outside_opening_hours__422_with_the_rules(taken: Reservation, instrument: Instrument) -> None:
    answer = Api(firm_user()).post("waitlist", window_wish(instrument, slot("16:00", 2)))
    document = problem(answer, 422, "rules_violated")
    assert [broken["code"] for broken in document["violations"]] == ["within_opening_hours"]


@pytest.mark.parametrize("drop", ["start", "end"])
def test_api__half_a_window__422(taken: Reservation, instrument: Instrument, drop: str) -> None:
    wish = window_wish(instrument)
    del wish[drop]
    problem(Api(firm_user()).post("waitlist", wish), 422, "invalid")


def test_api__both_kinds_or_nonsense__422(taken: Reservation, instrument: Instrument) -> None:
    api, span = Api(firm_user()), any_wish(instrument, slot("09:00", 8), 60)
    problem(api.post("waitlist", window_wish(instrument) | span), 422, "invalid")
    problem(api.post("waitlist", span | {"duration": 10**9}), 422, "invalid")
    problem(api.post("waitlist", span | {"duration": 0}), 422, "wish_invalid")
    problem(api.post("waitlist", span | {"to": span["from"]}), 422, "window_invalid")


def test_api__strangers_staff_and_nobody__see_what_they_may(taken: Reservation, instrument: Instrument) -> None:
    entry = waiting(firm_user(), instrument)
    problem(Api(firm_user()).get(f"waitlist/{entry.pk}"), 404, "not_found")
    problem(Api(operator_of(make_institution())).delete(f"waitlist/{entry.pk}"), 404, "not_found")
    problem(Api().get("waitlist"), 401, "not_signed_in")
    problem(Api(firm_user(), Scope.READ).post("waitlist", window_wish(instrument)), 403, "scope_missing")
    staff = Api(operator_of(instrument.institution))
    assert [each["id"] for each in staff.get("waitlist").json()["items"]] == [entry.pk]
    problem(staff.post(f"waitlist/{entry.pk}/accept"), 403, "forbidden")
    assert staff.delete(f"waitlist/{entry.pk}").status_code == 204


def test_api__list__filters_pages_and_constant_queries(taken: Reservation, instrument: Instrument) -> None:
    staff, viewer = Api(operator_of(instrument.institution)), firm_user()
    counts = []
    for number in range(1, 4):
        waiting(viewer if number == 2 else firm_user(), instrument)
        with CaptureQueriesContext(connection) as queries:
            assert (
                staff.get("waitlist", {"instrument": instrument.pk, "status": "waiting"}).json()["count"] == number
            )
        counts.append(len(queries))
    assert len(set(counts)) == 1
    page = staff.get("waitlist", {"limit": 2}).json()
    assert ([each["position"] for each in page["items"]], page["next"] is None) == ([3, 2], False)
    assert Api(viewer).get("waitlist", {"mine": True}).json()["count"] == 1
