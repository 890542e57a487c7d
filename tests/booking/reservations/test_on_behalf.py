"""Booking on behalf of a firm: who may, whose caps count, whose booking it becomes."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from accounts.models import Enterprise, InstitutionKind, Role, Tier
from accounts.viewers import Viewer
from booking.conduct.commands.publish_agreement import publish_agreement
from booking.conduct.commands.sign_agreement import sign_agreement
from booking.conduct.models import CreditEntry, Reason
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.judge_conduct import judge_conduct
from booking.reservations.commands.waive_retaken_fees import waive_retaken_fees
from booking.reservations.errors import RuleViolations, WaiverRefused
from booking.reservations.events import ReservationBooked
from booking.reservations.models import PolicyValue, Reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.lists import upcoming_of
from core import clock
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.models import Level
from tests.factories.accounts import make_enterprise, make_institution, make_viewer, manager_of
from tests.factories.booking import (
    Api,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    set_values,
    slot,
    wish,
)
from tests.factories.conduct import qualified
from tests.threads import at_once

pytestmark = [pytest.mark.django_db]
NOBODY = 987_654_321


@pytest.fixture
def instrument(monday_morning: Any) -> Instrument:
    return make_bookable()


@pytest.fixture
def firm() -> Enterprise:
    return make_enterprise()


@pytest.fixture
def staff(instrument: Instrument) -> Viewer:
    return operator_of(instrument.institution)


def complex_operator() -> Viewer:
    return make_viewer(Role.COMPLEX_OPERATOR, institution=make_institution(kind=InstitutionKind.COMPLEX))


def commissioner_for(firm: Enterprise) -> Viewer:
    return make_viewer(Role.COMMISSIONER, enterprise=firm)


def on_behalf(
    viewer: Viewer, instrument: Instrument, firm: Enterprise, window: TimeWindow | None = None, **more: Any
) -> Reservation:
    """A booking on behalf of the firm, as it stands in the database."""
    return booked(instrument, viewer, window, account_id=firm.pk, on_behalf=True, **more)


def broken(refused: pytest.ExceptionInfo[RuleViolations]) -> list[str]:
    return [violation.code for violation in refused.value.extra["violations"]]


def test_book__by_staff__is_the_firms_and_says_who_booked(
    instrument: Instrument, staff: Viewer, firm: Enterprise, published: list[Event]
) -> None:
    answer = Api(staff).post("reservations", wish(instrument, on_behalf_of=firm.pk))
    assert answer.status_code == 201, answer.content
    document = answer.json()
    assert (document["user"], document["account"]) == (None, firm.pk)
    assert document["booked_by"]["id"] == staff.user_id
    made = Reservation.objects.get()
    assert (made.user_id, made.booked_by_id, made.account_id) == (None, staff.user_id, firm.pk)
    assert (made.tier, made.total_fen) == (Tier.ENTERPRISE, 48_000)
    actor = history_of(made)[0].actor
    assert actor is not None
    assert actor.pk == staff.user_id
    assert any(isinstance(event, ReservationBooked) and event.reservation_id == made.pk for event in published)


@pytest.mark.parametrize("role", ["complex", "commissioner", "manager", "admin", "platform"])
def test_book__by_others_who_may__is_booked(instrument: Instrument, firm: Enterprise, role: str) -> None:
    callers: dict[str, Callable[[], Viewer]] = {
        "complex": complex_operator,
        "commissioner": lambda: commissioner_for(firm),
        "manager": lambda: manager_of(instrument.institution),
        "admin": lambda: make_viewer(Role.ADMIN, institution=instrument.institution),
        "platform": lambda: make_viewer(Role.ADMIN),
    }
    assert on_behalf(callers[role](), instrument, firm).account_id == firm.pk


@pytest.mark.parametrize("role", ["firm", "own firm", "elsewhere", "reviewer", "nobody"])
def test_book__by_somebody_else__forbidden(instrument: Instrument, firm: Enterprise, role: str) -> None:
    callers: dict[str, Callable[[], Viewer]] = {
        "firm": firm_user,
        "own firm": lambda: firm_user(firm),
        "elsewhere": lambda: manager_of(make_institution()),
        "reviewer": lambda: make_viewer(Role.REVIEWER),
        "nobody": make_viewer,
    }
    api = Api(callers[role]())
    for path in ("reservations", "quotes"):
        problem(api.post(path, wish(instrument, on_behalf_of=firm.pk)), 403, "forbidden")
    assert not Reservation.objects.exists()


def test_book__anonymous_or_an_instrument_not_seen__says_no_more(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    problem(Api().post("reservations", wish(instrument, on_behalf_of=firm.pk)), 401, "not_signed_in")
    hidden = make_bookable()
    Instrument.objects.filter(pk=hidden.pk).update(status="draft")
    problem(Api(staff).post("reservations", wish(hidden, on_behalf_of=firm.pk)), 404, "not_found")


@pytest.mark.parametrize("path", ["quotes", "holds", "reservations", "reservations/batch", "series"])
def test_unknown_and_unassigned__same_answer__booked_nowhere(
    instrument: Instrument, staff: Viewer, firm: Enterprise, path: str
) -> None:
    def asked(viewer: Viewer, number: int) -> dict[str, Any]:
        body = wish(instrument, on_behalf_of=number)
        if path == "holds":
            del body["purpose"]
        more = {"repeat": {"every": "week", "count": 2}} if path == "series" else {}
        answer = Api(viewer).post(path, {"items": [body]} if path.endswith("batch") else body | more)
        return problem(answer, 422, "firm_unknown")

    mine = make_enterprise()
    assert asked(commissioner_for(mine), firm.pk) == asked(commissioner_for(mine), NOBODY) == asked(staff, NOBODY)
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("number", [0, -1, 2**63, "7x", 1.5])
def test_book__no_number_of_a_firm__unprocessable(instrument: Instrument, staff: Viewer, number: object) -> None:
    assert Api(staff).post("reservations", wish(instrument, on_behalf_of=number)).status_code == 422


def test_book__own_firm_and_another__one_of_them_only(instrument: Instrument, firm: Enterprise) -> None:
    answer = Api(firm_user(firm)).post("quotes", wish(instrument, account=firm.pk, on_behalf_of=firm.pk))
    problem(answer, 422, "two_beneficiaries")


def test_quote__on_behalf__tier_and_price_are_the_firms(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    mine = Api(staff).post("quotes", wish(instrument)).json()
    theirs = Api(staff).post("quotes", wish(instrument, on_behalf_of=firm.pk)).json()
    assert (mine["total_fen"], theirs["total_fen"]) == (20_000, 48_000)
    assert theirs["ok"]


def test_caps__on_behalf__count_the_firm_and_never_who_books(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    set_values(instrument, max_upcoming=1, max_upcoming_enterprise=2)
    on_behalf(staff, instrument, firm)
    booked(instrument, firm_user(firm), slot("11:00"), account_id=firm.pk)
    with pytest.raises(RuleViolations) as refused:
        on_behalf(staff, instrument, firm, slot("13:00"))
    assert broken(refused) == ["max_upcoming_enterprise"]
    on_behalf(staff, instrument, make_enterprise(), slot("13:00"))
    booked(instrument, staff, slot("15:00"))


def test_firms_people__booked_on_behalf__is_theirs_to_move_and_cancel(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    made = on_behalf(staff, instrument, firm)
    member = Api(firm_user(firm))
    assert [each["id"] for each in member.get("reservations", {"mine": "true"}).json()["items"]] == [made.pk]
    to = slot("13:00")
    moved = member.patch(
        f"reservations/{made.pk}", {"start": to.starts_at.isoformat(), "end": to.ends_at.isoformat()}
    )
    assert (moved.status_code, moved.json()["user"]) == (200, None)
    assert member.post(f"reservations/{made.pk}/cancel").json()["status"] == "cancelled"


def test_others__booked_on_behalf__not_seen_or_not_changed(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    made = on_behalf(complex_operator(), instrument, firm)
    problem(Api(firm_user()).get(f"reservations/{made.pk}"), 404, "not_found")
    problem(Api(complex_operator()).post(f"reservations/{made.pk}/cancel"), 404, "not_found")
    problem(Api(staff).post(f"reservations/{made.pk}/cancel"), 422, "reason_required")
    colleague = booked(instrument, firm_user(firm), slot("11:00"), account_id=firm.pk)
    problem(Api(firm_user(firm)).post(f"reservations/{colleague.pk}/cancel"), 403, "forbidden")


def test_lists__booked_on_behalf__with_the_firm_and_who_booked(instrument: Instrument, firm: Enterprise) -> None:
    desk = complex_operator()
    made = on_behalf(desk, instrument, firm)
    booked(instrument, firm_user(firm), slot("11:00"), account_id=firm.pk)
    for viewer in (desk, firm_user(firm)):
        assert [each.pk for each in upcoming_of(viewer)] == [made.pk]
    assert [each["id"] for each in Api(desk).get("reservations").json()["items"]] == [made.pk]


def test_hold__on_behalf__becomes_the_firms_booking(instrument: Instrument, firm: Enterprise) -> None:
    desk = complex_operator()
    body = wish(instrument, on_behalf_of=firm.pk)
    held = Api(desk).post("holds", {name: body[name] for name in body if name != "purpose"}).json()
    assert (held["user"], held["account"], held["total_fen"]) == (None, firm.pk, 48_000)
    made = Api(desk).post("reservations", body | {"hold": held["id"]}).json()
    assert (made["id"], made["status"], made["user"]) == (held["id"], "confirmed", None)
    assert made["booked_by"]["id"] == desk.user_id


def test_hold__on_behalf__two_per_person_and_nobody_elses_to_confirm(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    body = {name: value for name, value in wish(instrument).items() if name in ("instrument", "start", "end")}
    first = Api(staff).post("holds", body | {"on_behalf_of": firm.pk}).json()
    problem(Api(firm_user(firm)).post("reservations", body | {"hold": first["id"]}), 404, "not_found")
    other = slot("11:00")
    times = {"start": other.starts_at.isoformat(), "end": other.ends_at.isoformat()}
    assert Api(staff).post("holds", body | times).status_code == 201
    third = slot("13:00")
    times = {"start": third.starts_at.isoformat(), "end": third.ends_at.isoformat()}
    problem(Api(staff).post("holds", body | times | {"on_behalf_of": firm.pk}), 409, "too_many_holds")


def test_series_and_batch__on_behalf__all_of_them_the_firms(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    repeat = {"repeat": {"every": "week", "count": 3}}
    series = Api(staff).post("series", wish(instrument, on_behalf_of=firm.pk) | repeat)
    assert (series.status_code, series.json()["count"]) == (201, 3)
    items = [wish(instrument, slot(at), on_behalf_of=firm.pk) for at in ("11:00", "13:00")]
    assert Api(staff).post("reservations/batch", {"items": items}).status_code == 201
    whose = {(each.user_id, each.booked_by_id, each.account_id) for each in Reservation.objects.all()}
    assert whose == {(None, staff.user_id, firm.pk)}
    later = Api(firm_user(firm)).patch(f"series/{series.json()['id']}", {"scope": "all", "start": "15:00"})
    assert later.status_code == 200, later.content


def test_waivers__on_behalf__are_the_callers(instrument: Instrument, staff: Viewer, firm: Enterprise) -> None:
    evening, why = slot("18:00"), {"within_opening_hours": "Urgent samples"}
    wanted = Wanted(account_id=firm.pk, on_behalf=True)
    with pytest.raises(WaiverRefused):
        book(viewer=complex_operator(), instrument=instrument, window=evening, wanted=wanted, waivers=why)
    made = book(viewer=staff, instrument=instrument, window=evening, wanted=wanted, waivers=why)
    assert made.account_id == firm.pk


def test_qualification__on_behalf__of_who_books_also_when_the_firm_moves_it(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    set_values(instrument, qualified=Level.INDEPENDENT)
    with pytest.raises(RuleViolations) as refused:
        on_behalf(staff, instrument, firm)
    assert broken(refused) == ["qualified"]
    qualified(staff, instrument)
    made = on_behalf(staff, instrument, firm)
    to = slot("13:00")
    body = {"start": to.starts_at.isoformat(), "end": to.ends_at.isoformat()}
    assert Api(firm_user(firm)).patch(f"reservations/{made.pk}", body).status_code == 200


@pytest.mark.parametrize("by", ["member", "who books"])
def test_agreement__on_behalf__signed_by_the_firm_or_who_books(
    instrument: Instrument, staff: Viewer, firm: Enterprise, by: str
) -> None:
    institution = instrument.institution
    agreement = publish_agreement(viewer=manager_of(institution), institution_id=institution.pk, text_en="X")
    with pytest.raises(RuleViolations) as refused:
        on_behalf(staff, instrument, firm)
    assert broken(refused) == ["agreement_signed"]
    sign_agreement(viewer=firm_user(firm) if by == "member" else staff, agreement=agreement)
    assert on_behalf(staff, instrument, firm).status == "confirmed"


def test_first_booking__on_behalf__asks_what_the_firm_has_used(
    instrument: Instrument, staff: Viewer, firm: Enterprise
) -> None:
    set_values(instrument, approval=1)
    made = on_behalf(staff, instrument, firm)
    assert made.status == "requested"
    Reservation.objects.filter(pk=made.pk).update(status="completed")
    assert on_behalf(staff, instrument, firm, slot("11:00")).status == "confirmed"
    assert on_behalf(staff, instrument, make_enterprise(), slot("13:00")).status == "requested"


def test_approval__on_behalf__not_by_who_asked(instrument: Instrument, staff: Viewer, firm: Enterprise) -> None:
    set_values(instrument, approval=2)
    made = on_behalf(staff, instrument, firm)
    problem(Api(staff).post(f"reservations/{made.pk}/approve"), 403, "own_request")
    assert Api(operator_of(instrument.institution)).post(f"reservations/{made.pk}/approve").status_code == 200


def test_no_show__on_behalf__costs_nobody_credit(instrument: Instrument, staff: Viewer, firm: Enterprise) -> None:
    made = on_behalf(staff, instrument, firm)
    assert judge_conduct(reservation_id=made.pk, reason=Reason.NO_SHOW) is None
    assert not CreditEntry.objects.exists()


def test_book__on_behalf__no_more_statements(
    instrument: Instrument, staff: Viewer, firm: Enterprise, django_assert_num_queries: Any
) -> None:
    wanted = Wanted(account_id=firm.pk, on_behalf=True)
    with django_assert_num_queries(5):
        book(viewer=staff, instrument=instrument, window=slot(), wanted=wanted)


@pytest.mark.django_db(transaction=True)
def test_firms_quota__booked_on_behalf_at_once__is_never_passed(monday_morning: Any, firm: Enterprise) -> None:
    institution = make_institution()
    instruments = [open_instrument(institution) for _ in range(4)]
    PolicyValue.objects.create(institution=institution, code="max_upcoming_enterprise", value=2)
    desks = [operator_of(institution), complex_operator(), commissioner_for(firm), firm_user(firm)]
    wanted = [Wanted(account_id=firm.pk, on_behalf=n < 3) for n in range(4)]
    calls = [
        partial(book, viewer=desk, instrument=each, window=slot(at), wanted=what)
        for at in ("09:00", "11:00", "13:00")
        for desk, each, what in zip(desks, instruments, wanted, strict=True)
    ]
    answers = at_once(calls)
    refused = [answer for answer in answers if isinstance(answer, RuleViolations)]
    assert (len(answers) - len(refused), len(refused)) == (2, 10)
    assert Reservation.objects.filter(account=firm).count() == 2


@pytest.mark.parametrize(("by_the_same", "waived"), [(True, 0), (False, 1)])
def test_late_fee__time_taken_on_behalf__waived_for_another_firm(
    instrument: Instrument, staff: Viewer, firm: Enterprise, by_the_same: bool, waived: int
) -> None:
    set_values(instrument, cancellation_deadline=1440, late_cancel_fee_percent=50)
    made = on_behalf(staff, instrument, firm)
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        gone = cancel_reservation(viewer=firm_user(firm), reservation=made)
        assert gone.fee_fen == 24_000
        on_behalf(staff, instrument, firm if by_the_same else make_enterprise())
        assert waive_retaken_fees() == waived
