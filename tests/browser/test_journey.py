"""The main job: book in one browser, watch it arrive in the other; cancel, and watch again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.viewers import Viewer
from booking.reservations.models import Reservation, Status
from instruments.catalogue.models import Instrument
from tests.browser.conftest import NewVisitor, Visitor
from tests.factories.booking import ALL_DAY, coming_slot, firm_user, open_instrument, operator_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = coming_slot().starts_at.date().isoformat()


def choose(page: Page, start: str, end: str) -> None:
    """Type a window into the form, as a person does."""
    for part, value in (("start-date", DAY), ("start-time", start), ("end-date", DAY), ("end-time", end)):
        page.locator(f'[data-part="{part}"]').fill(value)
        page.locator(f'[data-part="{part}"]').dispatch_event("change")


def at_the_instrument(visitor: Visitor, instrument: Instrument, viewer: Viewer | None = None) -> Page:
    """On the instrument's page in the week of the booking, connected."""
    if viewer:
        visitor.sign_in(viewer)
    page = visitor.open(f"/instruments/{instrument.slug}/?week={DAY}")
    expect(page.locator('[data-island="live-status"]')).to_have_attribute("data-state", "live")
    expect(page.locator(".ec")).to_be_visible()
    return page


def book(page: Page, start: str = "09:00", end: str = "11:00") -> None:
    choose(page, start, end)
    expect(page.locator(".fits")).to_be_visible()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator(".panel-title.done")).to_have_text("Booked")


def test_journey__book_and_cancel__arrive_in_the_other_browser(
    new_visitor: NewVisitor, keep: Callable[[Page, str], None]
) -> None:
    instrument = open_instrument(name_en="Spectrometer", bands=[ALL_DAY])
    watching = at_the_instrument(new_visitor(), instrument)
    taken = watching.locator(".span-taken", has_text="09:00–11:00")
    expect(taken).to_have_count(0)

    booker = new_visitor()
    page = at_the_instrument(booker, instrument, firm_user())
    book(page)
    expect(page.locator(".span-own", has_text="09:00–11:00")).to_be_visible()
    expect(taken).to_be_visible()
    expect(watching.locator('[data-part="free-windows"]')).to_contain_text("00:00–09:00")
    keep(watching, "journey-other-browser-after-booking")

    page.get_by_role("link", name="See this booking").click()
    page.get_by_role("link", name="Cancel this booking").click()
    expect(page.get_by_text("Cancelling costs nothing.")).to_be_visible()
    page.get_by_role("button", name="Cancel this booking").click()
    expect(page.get_by_text("The time is free again")).to_be_visible()
    expect(taken).to_have_count(0)
    assert Reservation.objects.get().status == Status.CANCELLED


def test_journey__result_list_and_run_sheet__renew_themselves(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(name_en="Balance", bands=[ALL_DAY])
    results = new_visitor().open("/instruments/")
    expect(results.locator('[data-island="live-status"]')).to_have_attribute("data-state", "live")
    expect(results.locator(".result")).to_contain_text("Free now")
    before = results.locator(".result").get_attribute("data-revision")

    desk = new_visitor()
    desk.sign_in_by_form(operator_of(instrument.institution))
    sheet = desk.open(f"/desk/?day={DAY}")
    expect(sheet.locator('[data-island="live-status"]')).to_have_attribute("data-state", "live")

    viewer = firm_user()
    book(at_the_instrument(new_visitor(), instrument, viewer))
    expect(results.locator(".result")).not_to_have_attribute("data-revision", before or "")
    expect(sheet.get_by_text(viewer.name)).to_be_visible()


def test_journey__someone_was_faster__offers_another_time(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    slow = at_the_instrument(new_visitor(), instrument, firm_user())
    choose(slow, "09:00", "11:00")
    expect(slow.locator(".fits")).to_be_visible()
    book(at_the_instrument(new_visitor(), instrument, firm_user()), "10:00", "12:00")
    expect(slow.locator('[data-part="panel"]')).to_contain_text("already taken")
    offer = slow.locator('[data-part="panel"] .problem button').first
    expect(offer).to_have_text(re.compile("12:00–14:00"))
    offer.click()
    expect(slow.locator(".fits")).to_be_visible()
    expect(slow.locator('[data-part="start-time"]')).to_have_value("12:00")


def test_search__typing__renews_results_and_address(new_visitor: NewVisitor) -> None:
    open_instrument(name_en="Muffle furnace")
    open_instrument(name_en="Mass spectrometer")
    page = new_visitor().open("/instruments/")
    expect(page.locator("#found-count")).to_have_text("2 instruments")
    page.locator("#id_q").press_sequentially("furnace")
    expect(page.locator("#found-count")).to_have_text("1 instrument")
    expect(page).to_have_url(re.compile(r"/instruments/\?q=furnace$"))
    expect(page.locator("#id_q")).to_be_focused()
    page.reload()
    expect(page.locator(".result")).to_contain_text("Muffle furnace")
