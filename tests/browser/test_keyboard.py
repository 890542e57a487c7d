"""Everything without a mouse, and everything without a script."""

import pytest
from playwright.sync_api import Browser, Page, expect

from booking.reservations.models import Reservation
from tests.browser.conftest import NewVisitor, Visitor
from tests.browser.test_journey import DAY
from tests.factories.booking import ALL_DAY, firm_user, open_instrument
from tests.servers import Servers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tab_to(page: Page, selector: str, limit: int = 80) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _n in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} can't be reached with Tab")


def test_keyboard__from_the_first_page_to_a_booking(new_visitor: NewVisitor) -> None:
    open_instrument(name_en="Fibre tester", bands=[ALL_DAY])
    visitor = new_visitor()
    visitor.sign_in_by_form(firm_user())
    page = visitor.open("/")
    tab_to(page, "main #id_q")
    page.keyboard.type("fibre")
    page.keyboard.press("Enter")
    page.wait_for_url("**/instruments/?q=fibre")
    tab_to(page, ".result-link")
    page.keyboard.press("Enter")
    expect(page.locator(".ec")).to_be_visible()
    tab_to(page, '[data-part="purpose"]')
    page.keyboard.type("Leather")
    expect(page.locator(".fits")).to_be_visible()
    tab_to(page, '[data-part="book"]')
    page.keyboard.press("Enter")
    expect(page.locator(".panel-title.done")).to_be_focused()
    assert Reservation.objects.get().purpose == "Leather"


def test_keyboard__the_chosen_stretch__moves_by_arrows_and_leads_to_its_price(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    visitor = new_visitor()
    visitor.sign_in(firm_user())
    page = visitor.open(f"/instruments/{instrument.slug}/?start={DAY}T09:00&end={DAY}T10:00")
    expect(page.locator(".fits")).to_be_visible()
    tab_to(page, ".span-draft")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-part="end-time"]')).to_have_value("10:30")
    expect(page.locator(".span-draft")).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator('[data-part="end-time"]')).to_have_value("11:00")
    expect(page.locator('[data-part="start-time"]')).to_have_value("09:30")
    expect(page.locator(".span-draft")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator('[data-part="panel"]')).to_be_focused()


def test_keyboard__skip_link__leads_to_the_content(new_visitor: NewVisitor) -> None:
    page = new_visitor().open("/instruments/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_without_script__the_form_books(browser: Browser, site: Servers) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    visitor = Visitor(browser.new_context(java_script_enabled=False, locale="en-GB"), site.address)
    visitor.sign_in_by_form(firm_user())
    page = visitor.open(f"/instruments/{instrument.slug}/?start={DAY}T09:00&end={DAY}T10:00")
    expect(page.locator('[data-part="grid"]')).to_be_hidden()
    page.get_by_role("button", name="See price and rules").click()
    page.get_by_role("button", name="Book for ¥240.00").click()
    expect(page.get_by_text("Booked. By mistake?")).to_be_visible()
    assert Reservation.objects.get().total_fen == 24_000
    visitor.context.close()
