"""Every page at three widths, in both languages and both lights: nothing sticks out, nothing complains."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, NewVisitor
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import ALL_DAY, booked, coming_slot, firm_user, open_instrument

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Ultra-high-performance liquid chromatography tandem quadrupole time-of-flight mass spectrometer system"
LOOKS = [("en-GB", False), ("zh-CN", True)]


SHIFTS = """() => {
  window.shifted = 0;
  const add = (list) => list.getEntries().forEach((entry) => { window.shifted += entry.value; });
  new PerformanceObserver(add).observe({ type: "layout-shift" });
}"""


def sideways(page: Page) -> int:
    """By how much the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("language", "dark"), LOOKS)
def test_pages__at_every_width__fit_and_run_clean(
    width: int, language: str, dark: bool, new_visitor: NewVisitor, keep: Callable[[Page, str], None]
) -> None:
    instrument = open_instrument(
        name_en=LONG, name_zh="超高效液相色谱串联四极杆飞行时间质谱联用仪", bands=[ALL_DAY]
    )
    viewer = firm_user()
    reservation = booked(instrument, viewer, coming_slot(), purpose="Leather")
    visitor = new_visitor(width=width, language=language, dark=dark)
    visitor.sign_in(viewer)
    pages = {
        "home": "/",
        "search": "/instruments/",
        "nothing": "/instruments/?q=zzz&duration=60",
        "instrument": f"/instruments/{instrument.slug}/",
        "bookings": "/bookings/",
        "booking": f"/bookings/{reservation.pk}/",
        "cancel": f"/bookings/{reservation.pk}/cancel/",
        "move": f"/bookings/{reservation.pk}/move/",
        "profile": "/profile/",
    }
    for name, address in pages.items():
        page = visitor.open(address)
        if name == "instrument":
            expect(page.locator(".ec")).to_be_visible()
        assert sideways(page) <= 0, (name, width)
        keep(page, f"{name}-{width}-{language[:2]}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize("width", WIDTHS)
def test_menu__of_a_manager__is_whole_at_every_width(
    width: int, new_visitor: NewVisitor, keep: Callable[[Page, str], None]
) -> None:
    manager = manager_of(make_institution())
    for language in ("en-GB", "zh-CN"):
        visitor = new_visitor(width=width, language=language)
        visitor.sign_in(manager)
        page = visitor.open("/desk/")
        links = page.locator("header nav a").all()
        assert len(links) >= 5
        for link in links:
            box = link.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["height"] >= 24
        keep(page, f"menu-{width}-{language[:2]}")


def test_results__live_update__moves_nothing(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    page = new_visitor().open("/instruments/")
    card = page.locator(".result")
    expect(page.locator('[data-island="live-status"]')).to_have_attribute("data-state", "live")
    page.evaluate(SHIFTS)
    before, revision = card.bounding_box(), card.get_attribute("data-revision") or ""
    booked(instrument, window=coming_slot())
    expect(card).not_to_have_attribute("data-revision", revision)
    assert card.bounding_box() == before
    assert page.evaluate("window.shifted") == 0
