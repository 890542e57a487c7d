"""The booking journey without a mouse: the focus never falls back to the page's start, and what happens is said."""

import pytest
from playwright.sync_api import Page, expect

from booking.reservations.models import Reservation, Status
from instruments.catalogue.models import Instrument
from tests.browser.conftest import NewVisitor, Visitor
from tests.browser.test_journey import DAY
from tests.browser.test_keyboard import tab_to
from tests.factories.booking import ALL_DAY, booked, coming_slot, firm_user, open_instrument

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PANEL = '[data-part="panel"]'
FITS = f"{PANEL}:not([aria-busy]) .fits"
TIMES = '[data-part="free-windows"] a'
SEEN = """element => {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= window.innerHeight;
}"""


def in_sight(page: Page, selector: str) -> None:
    """The element is on the screen, without anybody scrolling to it."""
    page.wait_for_function(f"selector => ({SEEN})(document.querySelector(selector))", arg=selector)


def at(visitor: Visitor, instrument: Instrument, query: str = f"?week={DAY}") -> Page:
    page = visitor.open(f"/instruments/{instrument.slug}/{query}")
    expect(page.locator('[data-island="live-status"]')).to_have_attribute("data-state", "live")
    expect(page.locator(".ec")).to_be_visible()
    return page


def cancel(page: Page) -> None:
    """From the panel that says "Booked" over the booking's own page."""
    tab_to(page, f"{PANEL} a", 1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/bookings/*/")
    tab_to(page, 'main a[href$="/cancel/"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/cancel/")
    tab_to(page, "main button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The time is free again")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_keyboard__time_of_the_list__leads_on_to_book_and_cancel(width: int, new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    visitor = new_visitor(width=width)
    visitor.sign_in(firm_user())
    page = at(visitor, instrument)
    tab_to(page, TIMES)
    page.keyboard.press("Enter")
    expect(page.locator(PANEL)).to_be_focused()
    expect(page.locator(f"{PANEL}[aria-live=polite] .panel-title")).to_contain_text("00:00–01:00")
    expect(page.locator(FITS)).to_be_visible()
    in_sight(page, '[data-part="book"]')
    tab_to(page, '[data-part="book"]', 1)
    page.keyboard.press("Enter")
    expect(page.locator(".panel-title.done")).to_be_focused()
    in_sight(page, ".panel-title.done")
    cancel(page)
    assert Reservation.objects.get().status == Status.CANCELLED


@pytest.mark.parametrize("width", [360, 1440])
def test_keyboard__offer_instead_of_a_taken_time__keeps_the_focus(width: int, new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    booked(instrument, window=coming_slot())
    visitor = new_visitor(width=width)
    visitor.sign_in(firm_user())
    page = at(visitor, instrument, f"?start={DAY}T09:00&end={DAY}T11:00")
    tab_to(page, f"{PANEL} button")
    page.keyboard.press("Enter")
    expect(page.locator(PANEL)).to_be_focused()
    expect(page.locator(FITS)).to_be_visible()
    in_sight(page, '[data-part="book"]')


def test_keyboard__list_renewed_under_the_focus__keeps_its_place(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    page = at(new_visitor(), instrument, f"?week={DAY}")
    last, first = page.locator(TIMES).last, page.locator(TIMES).first
    last.focus()
    booked(instrument, window=coming_slot())
    expect(page.locator('[data-part="free-windows"]')).to_contain_text("00:00–09:00")
    expect(last).to_be_focused()
    first.focus()
    booked(instrument, window=coming_slot("00:00", 9))
    expect(page.locator('[data-part="free-windows"]')).not_to_contain_text("00:00–09:00")
    expect(page.locator("#free-title")).to_be_focused()


def test_keyboard__anonymous__choice_leads_to_the_booking_part(new_visitor: NewVisitor) -> None:
    page = at(new_visitor(width=360), open_instrument(bands=[ALL_DAY]))
    tab_to(page, TIMES)
    page.keyboard.press("Enter")
    page.wait_for_url("**?start=*")
    expect(page.locator("#book")).to_be_focused()


def test_keyboard__search_on_a_phone__narrowing_and_paging_lead_to_the_results(new_visitor: NewVisitor) -> None:
    for _n in range(21):
        open_instrument(bands=[ALL_DAY])
    page = new_visitor(width=360).open("/instruments/")
    tab_to(page, "a[rel=next]", 120)
    page.keyboard.press("Enter")
    page.wait_for_url("**?offset=20")
    expect(page.locator("#results")).to_be_focused()
    tab_to(page, ".result-link", 1)
    page.goto(page.url.partition("?")[0])
    tab_to(page, ".facets summary")
    page.keyboard.press("Enter")
    tab_to(page, "a.facet", 1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/instruments/?*=*")
    expect(page.locator("#results")).to_be_focused()
