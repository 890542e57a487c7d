"""The queue of requests at the desk, and what the person who asked sees."""

import pytest
from django.test import Client

from booking.reservations.models import Reservation
from booking.reservations.process_settings import ApprovalMode
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, make_viewer
from tests.factories.booking import booked, firm_user, make_bookable, open_instrument, operator_of, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of
from tests.frontend.pages.test_booking import confirmed, send, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
QUEUE = "/desk/requests/"


@pytest.fixture
def instrument() -> Instrument:
    instrument = make_bookable()
    set_values(instrument, approval=ApprovalMode.ALWAYS)
    return instrument


@pytest.fixture
def desk(instrument: Instrument) -> Client:
    return browser_of(operator_of(instrument.institution))


def decide(client: Client, made: Reservation, what: str, **form: str) -> str:
    response = client.post(f"{QUEUE}{made.pk}/{what}/", {"version": str(made.version), **form})
    assert response["Location"] == QUEUE
    made.refresh_from_db()
    return text_of(client.get(QUEUE))


def test_queue__requests__oldest_first_with_what_is_asked(instrument: Instrument, desk: Client) -> None:
    booked(instrument, window=slot("13:00", day=1), purpose="First sample")
    second = booked(instrument, window=slot(day=1), purpose="Second sample", note="Acid")
    page = text_of(desk.get(QUEUE))
    assert page.index("First sample") < page.index("Second sample") < page.index("Acid")
    assert second.user is not None
    assert second.user.name in page
    assert "¥480.00" in page
    assert "expires on Tue 6 Mar 09:00" in page
    assert '<span class="sr-only">(2 waiting)</span>' in page


def test_queue__decided__gone_and_said(instrument: Instrument, desk: Client) -> None:
    yes, no = booked(instrument, window=slot(day=1)), booked(instrument, window=slot("13:00", day=1))
    assert "Approved. It is booked now." in decide(desk, yes, "approve")
    assert "Give a reason" in decide(desk, no, "decline", reason="")
    page = decide(desk, no, "decline", reason="No staff")
    assert "Declined. The time is free again." in page
    assert "No requests wait for you." in page
    assert (yes.status, no.status, no.ended_reason) == ("confirmed", "declined", "No staff")


def test_queue__decided_by_another__said_and_nothing_changed(instrument: Instrument, desk: Client) -> None:
    made = booked(instrument, window=slot(day=1))
    decide(desk, made, "approve")
    assert "decided or taken back meanwhile" in decide(desk, made, "decline", reason="x")
    assert made.status == "confirmed"


def test_queue__own_request__somebody_else_decides(instrument: Instrument) -> None:
    staff = operator_of(instrument.institution)
    made = booked(instrument, staff, slot(day=1))
    client = browser_of(staff)
    page = text_of(client.get(QUEUE))
    assert "somebody else has to approve it" in page
    assert f"{QUEUE}{made.pk}/approve/" not in page
    assert "Somebody else has to decide" in decide(client, made, "approve")
    assert made.status == "requested"


def test_queue__who_may_not__refused(instrument: Instrument) -> None:
    made = booked(instrument, window=slot(day=1))
    assert browser_of().get(QUEUE)["Location"] == f"/sign-in/?next={QUEUE}"
    assert browser_of(firm_user()).get(QUEUE).status_code == 403
    stranger = browser_of(operator_of(make_institution()))
    assert "No requests wait for you." in text_of(stranger.get(QUEUE))
    assert stranger.post(f"{QUEUE}{made.pk}/approve/", {"version": "1"}).status_code == 404
    assert stranger.get(f"{QUEUE}{made.pk}/approve/").status_code == 405
    assert stranger.post(QUEUE).status_code == 405


def test_queue__platform_administrator__sees_all(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=1), purpose="Far away")
    assert "Far away" in text_of(browser_of(make_viewer("admin")).get(QUEUE))


def test_queue__more_requests__cost_no_more_queries(instrument: Instrument, desk: Client) -> None:
    booked(instrument, window=slot(day=1))
    few = queries_of(desk, QUEUE)
    other = open_instrument(instrument.institution)
    set_values(other, approval=ApprovalMode.ALWAYS)
    for day in range(1, 5):
        booked(other, window=slot(day=day))
    assert queries_of(desk, QUEUE) == few <= 6


def test_book__approval_asked__asks_and_shows_until_when(instrument: Instrument) -> None:
    client = browser_of(firm_user())
    page = text_of(send(client, instrument, typed()))
    assert "Ask for it, for ¥480.00" in page
    assert "a request that nobody decides expires on Tue 6 Mar 09:00" in page
    response = confirmed(client, instrument, typed())
    page = text_of(client.get(response["Location"]))
    assert "Requested; the time is kept for you." in page
    assert "Waiting for approval until Tue 6 Mar 09:00" in page
    assert "You asked for" in page


def test_booking__approved__read_like_sentences_in_both_languages(instrument: Instrument, desk: Client) -> None:
    owner = firm_user()
    made = booked(instrument, owner, slot(day=1))
    assert "等待审批" in text_of(browser_of(owner, "zh-hans").get(f"/bookings/{made.pk}/"))
    decide(desk, made, "approve")
    assert "approved it." in text_of(browser_of(owner).get(f"/bookings/{made.pk}/"))
    assert "批准了预约" in text_of(browser_of(owner, "zh-hans").get(f"/bookings/{made.pk}/"))
