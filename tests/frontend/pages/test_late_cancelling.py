"""What cancelling late costs, as pages show it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.viewers import Viewer
from booking.reservations.models import Reservation
from core import clock
from tests.factories.booking import booked, make_bookable, operator_of, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of
from tests.frontend.pages.test_bookings import NEW, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def made(owner: Viewer) -> Reservation:
    instrument = make_bookable()
    set_values(instrument, late_cancel_fee_percent=50)
    return booked(instrument, owner, slot(day=1))


def later(**span: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def cancel(client: Client, made: Reservation, fee: int) -> Any:
    return client.post(page_of(made, "cancel/"), {"version": made.version, "fee": fee})


def test_cancel__in_time__costs_nothing_and_says_until_when(owner: Viewer, made: Reservation) -> None:
    client = browser_of(owner)
    assert "Cancelling costs nothing." in text_of(client.get(page_of(made, "cancel/")))
    assert "free until Mon 5 Mar 09:00" in text_of(client.get(page_of(made)))
    assert queries_of(client, page_of(made)) <= 9


def test_cancel__late__shows_the_cost_first_and_notes_it(owner: Viewer, made: Reservation) -> None:
    client = browser_of(owner)
    with later(hours=2):
        page = text_of(client.get(page_of(made, "cancel/")))
        assert "Cancelling now costs ¥240.00." in page
        assert "It was free until Mon 5 Mar 09:00" in page
        assert '<input type="hidden" name="fee" value="24000">' in page
        response = cancel(client, made, 24_000)
        assert "Cancelled late: ¥240.00 is due" in text_of(client.get(response["Location"]))
        page = text_of(client.get(page_of(made)))
        assert "Cancelled late" in page
        assert "You cancelled it. That was late; the fee is ¥240.00." in page
        assert "临近取消" in text_of(browser_of(owner, "zh-hans").get(page_of(made)))


def test_cancel__became_late_since_the_page_was_shown__asked_again(owner: Viewer, made: Reservation) -> None:
    client = browser_of(owner)
    with later(hours=2):
        response = cancel(client, made, 0)
    assert response.status_code == 409
    assert "look at the amount first" in text_of(response)
    made.refresh_from_db()
    assert made.status == "confirmed"


def test_move__later_and_late__says_what_it_costs(owner: Viewer, made: Reservation) -> None:
    with later(hours=2):
        page = text_of(browser_of(owner).post(page_of(made, "move/"), {**NEW, "version": made.version}))
    assert "Moving it to later now counts as cancelling late: ¥240.00." in page


def test_waive__by_staff__with_a_reason_in_the_history(owner: Viewer, made: Reservation) -> None:
    client, staff = browser_of(owner), browser_of(operator_of(made.instrument.institution))
    with later(hours=2):
        cancel(client, made, 24_000)
        made.refresh_from_db()
        form = {"version": made.version, "reason": "Ill"}
        assert "Waive the fee" not in text_of(client.get(page_of(made)))
        assert client.post(page_of(made, "waive-fee/"), form).status_code == 403
        assert "Waive the fee" in text_of(staff.get(page_of(made)))
        assert "Give a reason" in text_of(
            staff.post(page_of(made, "waive-fee/"), {**form, "reason": ""}, follow=True)
        )
        page = text_of(staff.post(page_of(made, "waive-fee/"), form, follow=True))
        assert "The fee is waived." in page
        assert "¥240.00, waived" in page
        assert "You waived the fee for cancelling late." in page
        assert staff.get(page_of(made, "waive-fee/")).status_code == 405
