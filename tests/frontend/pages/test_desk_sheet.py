"""The run-sheet: who is next, what runs, what is late, what is closed."""

import re
from datetime import timedelta

import pytest
import time_machine

from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.models import Reservation
from tests.booking.reservations.sharing import needing, operator
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import (
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    revision_of,
    slot,
)
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_desk__booking_today__is_named_with_its_person_and_live() -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot("10:00"), purpose="Fibre strength")
    page = text_of(browser_of(operator_of(instrument.institution)).get("/desk/"))
    assert "10:00–12:00" in page
    assert reservation.user is not None
    assert reservation.user.name in page
    assert "Fibre strength" in page
    assert f'data-instrument-id="{instrument.pk}" data-revision="{revision_of(instrument)}"' in page
    assert f'data-src="/desk/sheets/{instrument.pk}/?day=2035-03-05"' in page


def test_desk__booking_with_an_operator__says_who_runs_it() -> None:
    lab = make_institution()
    instrument = needing(lab, [operator(lab, "Ann")])
    booked(instrument, window=slot("10:00"))
    assert "Operator: Ann" in text_of(browser_of(operator_of(lab)).get("/desk/"))


def test_desk__instrument_without_bookings__is_shown_and_watched_too() -> None:
    instrument = make_bookable()
    page = text_of(browser_of(operator_of(instrument.institution)).get("/desk/"))
    assert "Nothing booked on this day." in page
    assert f'data-instrument-id="{instrument.pk}"' in page


def test_desk__soonest_instrument__stands_first() -> None:
    institution = make_institution()
    late = open_instrument(institution, name_en="Aardvark")
    soon = open_instrument(institution, name_en="Zebra")
    booked(late, window=slot("15:00"))
    booked(soon, window=slot("09:00"))
    page = text_of(browser_of(operator_of(institution)).get("/desk/"))
    assert page.index("Zebra") < page.index("Aardvark")


@pytest.mark.parametrize(
    ("minutes", "advances", "word"),
    [(0, False, "Next"), (61, True, "Running"), (90, False, "Late"), (190, False, "Confirmed")],
)
def test_desk__as_time_passes__says_what_matters(minutes: int, advances: bool, word: str) -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("09:00"))
    client = browser_of(operator_of(instrument.institution))
    with time_machine.travel(slot("08:00").starts_at + timedelta(minutes=minutes), tick=False):
        if advances:
            advance_reservations()
        assert f"<span>{word}</span>" in text_of(client.get(f"/desk/sheets/{instrument.pk}/"))


def test_desk__use_past_its_end__is_an_overrun() -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot("09:00"))
    Reservation.objects.filter(pk=reservation.pk).update(status="in_use")
    client = browser_of(operator_of(instrument.institution))
    with time_machine.travel(slot("11:10").starts_at, tick=False):
        assert "<span>Overrun</span>" in text_of(client.get("/desk/"))


def test_desk__closure__is_shown_with_its_reason() -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    close_instrument(viewer=manager, instrument=instrument, window=slot("13:00"), reason="New lamp")
    page = text_of(browser_of(manager).get("/desk/"))
    assert "New lamp" in page
    assert "<dt>Closures</dt><dd>1</dd>" in page


def test_desk__another_day__shows_that_day_only() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("10:00", day=1), purpose="On Tuesday")
    client = browser_of(operator_of(instrument.institution))
    assert "On Tuesday" not in text_of(client.get("/desk/"))
    assert "On Tuesday" in text_of(client.get("/desk/", {"day": "2035-03-06"}))


@pytest.mark.parametrize("day", ["yesterday", "2035-02-30", "0001-01-01", "9999-12-31"])
def test_desk__day_that_makes_no_sense__is_today(day: str) -> None:
    instrument = make_bookable()
    response = browser_of(operator_of(instrument.institution)).get("/desk/", {"day": day})
    assert response.status_code == 200
    assert "Today at the desk" in text_of(response)


def test_desk__other_institution__is_never_shown() -> None:
    own, other = make_bookable(), make_bookable()
    booked(other, window=slot("10:00"), purpose="Secret sample")
    page = text_of(browser_of(operator_of(own.institution)).get("/desk/", {"institution": other.institution_id}))
    assert "Secret sample" not in page
    assert other.institution.name_en not in page


def test_desk__platform_administrator__chooses_an_institution() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("10:00"), purpose="Far away")
    client = browser_of(make_viewer("admin"))
    assert "Far away" in text_of(client.get("/desk/", {"institution": instrument.institution_id}))


def test_desk__anonymous__signs_in_first() -> None:
    response = browser_of().get("/desk/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/desk/"


def test_desk__firm_user__is_refused() -> None:
    assert browser_of(firm_user()).get("/desk/").status_code == 403


def test_desk__wrong_method__is_refused() -> None:
    assert browser_of(operator_of(make_institution())).post("/desk/").status_code == 405


def test_sheet__after_a_booking__is_the_same_element_with_its_new_revision() -> None:
    instrument = make_bookable()
    client = browser_of(operator_of(instrument.institution))
    before = text_of(client.get(f"/desk/sheets/{instrument.pk}/"))
    booked(instrument, window=slot("10:00"))
    after = text_of(client.get(f"/desk/sheets/{instrument.pk}/"))
    assert re.findall(r'id="sheet-\d+"', before) == re.findall(r'id="sheet-\d+"', after)
    assert f'data-revision="{revision_of(instrument)}"' in after
    assert 'id="day-counts" hx-swap-oob="true"' in after
    assert "<dt>Bookings</dt><dd>1</dd>" in after


def test_sheet__other_institution__is_refused_and_a_draft_is_not_known() -> None:
    public, draft = make_bookable(), open_instrument(make_institution(), status="draft")
    client = browser_of(operator_of(make_institution()))
    assert client.get(f"/desk/sheets/{public.pk}/").status_code == 403
    assert client.get(f"/desk/sheets/{draft.pk}/").status_code == 404


def test_desk__more_instruments_and_bookings__cost_no_more_queries() -> None:
    institution = make_institution()
    client = browser_of(operator_of(institution))
    booked(open_instrument(institution), window=slot("10:00"))
    few = queries_of(client, "/desk/")
    for _each in range(4):
        instrument = open_instrument(institution)
        booked(instrument, window=slot("10:00"))
        booked(instrument, window=slot("13:00"))
    assert queries_of(client, "/desk/") == few <= 10
