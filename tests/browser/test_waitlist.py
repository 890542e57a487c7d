"""Waiting for time, in a real browser: by keyboard, without scripts, at three widths."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.models import Reservation
from core.windows import zone
from instruments.catalogue.models import Instrument
from tests.booking.reservations.waiting import run_offers, waiting
from tests.browser.conftest import WIDTHS, NewVisitor, Visitor
from tests.browser.test_pages import LONG, sideways
from tests.factories.accounts import make_institution
from tests.factories.booking import booked, coming_slot, firm_user, open_instrument, operator_of
from tests.servers import Servers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def chosen(instrument: Instrument) -> str:
    """The waiting page of the taken window."""
    tz = zone(instrument.institution.zone)
    start, end = (each.astimezone(tz) for each in (coming_slot().starts_at, coming_slot().ends_at))
    return f"/instruments/{instrument.slug}/wait/?start={start:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}"


def freed(viewer: Viewer, taken: Reservation) -> None:
    """Its owner gives it back, and the worker does its part."""
    cancel_reservation(viewer=viewer, reservation=taken)
    run_offers()


def test_waitlist__without_scripts_by_keyboard__joined_and_accepted(browser: Browser, site: Servers) -> None:
    owner, viewer, instrument = firm_user(), firm_user(), open_instrument(make_institution())
    taken = booked(instrument, owner, coming_slot())
    visitor = Visitor(browser.new_context(java_script_enabled=False, locale="en-GB"), site.address)
    visitor.sign_in(viewer)
    page = visitor.open(chosen(instrument))
    page.get_by_role("button", name="Wait for it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are asked first.")).to_be_visible()
    freed(owner, taken)
    page.reload()
    page.get_by_role("button", name="Accept").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Booked.")).to_be_visible()
    visitor.context.close()


def test_calendar__taken_time_chosen__leads_to_waiting_for_it(
    new_visitor: NewVisitor, keep: Callable[[Page, str], None]
) -> None:
    viewer, instrument = firm_user(), open_instrument(make_institution())
    booked(instrument, firm_user(), coming_slot())
    visitor = new_visitor()
    visitor.sign_in(viewer)
    page = visitor.open(chosen(instrument).replace("wait/", ""))
    link = page.get_by_role("link", name="Wait for this time")
    expect(link).to_be_visible()
    keep(page, "waitlist-calendar")
    link.click()
    page.get_by_role("button", name="Wait for it").click()
    expect(page.get_by_text("You are asked first.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("language", "dark"), [("en-GB", False), ("zh-CN", True)])
def test_waitlist__at_every_width__fits_and_runs_clean(
    width: int, language: str, dark: bool, new_visitor: NewVisitor, keep: Callable[[Page, str], None]
) -> None:
    instrument = open_instrument(
        make_institution(), name_en=LONG, name_zh="超高效液相色谱串联四极杆飞行时间质谱联用仪"
    )
    owner, viewer, staff = firm_user(), firm_user(), operator_of(instrument.institution)
    taken = booked(instrument, owner, coming_slot("09:00", 4))
    booked(instrument, owner, coming_slot("13:00", 4))
    waiting(viewer, instrument, coming_slot())
    waiting(firm_user(), instrument, coming_slot("09:00", 8), hours=2)
    waiting(viewer, instrument, coming_slot("09:00", 8), hours=3)
    freed(owner, taken)
    for person, pages in (
        (viewer, {"bookings": "/bookings/", "wait": chosen(instrument)}),
        (staff, {"desk": f"/desk/instruments/{instrument.pk}/waitlist/"}),
    ):
        visitor = new_visitor(width=width, language=language, dark=dark)
        visitor.sign_in(person)
        for name, address in pages.items():
            page = visitor.open(address)
            assert sideways(page) <= 0, (name, width)
            keep(page, f"waitlist-{name}-{width}-{language[:2]}")
