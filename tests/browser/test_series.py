"""A series from the instrument's page to its cancelling, with the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from booking.reservations.models import Reservation
from tests.browser.conftest import WIDTHS, NewVisitor
from tests.browser.test_keyboard import tab_to
from tests.factories.booking import booked, coming_slot, firm_user, make_bookable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def press(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_series__planned_booked_and_cancelled__without_a_mouse(
    width: int, language: str, new_visitor: NewVisitor, keep: Callable[[Page, str], None]
) -> None:
    instrument, day = make_bookable(), coming_slot().starts_at.date()
    booked(instrument, window=coming_slot("10:00", 1, week=2))
    visitor = new_visitor(width=width, language=language)
    visitor.sign_in(firm_user())
    page = visitor.open(f"/instruments/{instrument.slug}/?start={day}T09:00&end={day}T11:00")
    expect(page.locator(".ec")).to_be_visible()
    keep(page, f"series-instrument-{width}-{language}")
    press(page, "button[formaction]")
    page.wait_for_url("**/repeat/")
    page.fill("#id_count", "4")
    keep(page, f"series-form-{width}-{language}")
    press(page, "form#booking > button[type=submit]")
    expect(page.locator("#plan")).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0
    keep(page, f"series-plan-{width}-{language}")
    press(page, 'button[name="confirm"]')
    page.wait_for_url("**/bookings/*/")
    press(page, "main details summary")
    assert page.evaluate(OVERFLOW) <= 0
    keep(page, f"series-booking-{width}-{language}")
    press(page, 'a[href$="/cancel-series/"]')
    page.check('input[value="following"]')
    press(page, "main form button[type=submit]")
    expect(page.locator('button[name="confirm"]')).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0
    keep(page, f"series-cancel-{width}-{language}")
    press(page, 'button[name="confirm"]')
    page.wait_for_url("**/bookings/*/")
    assert Reservation.objects.filter(status="cancelled").count() == 3
