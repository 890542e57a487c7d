"""The language changes in the middle of a form, and nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from booking.reservations.models import PolicyValue
from tests.browser.conftest import NewVisitor
from tests.browser.test_journey import DAY
from tests.factories.accounts import manager_of
from tests.factories.booking import ALL_DAY, firm_user, open_instrument

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_language__rules_half_typed__come_along_and_are_saved(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    visitor = new_visitor()
    visitor.sign_in(manager_of(instrument.institution))
    page = visitor.open(f"/desk/instruments/{instrument.pk}/rules/")
    page.get_by_role("group").filter(has_text="Quotas of each person").locator("summary").click()
    page.select_option("#id_max_per_day-mode", "value")
    page.fill("#id_max_per_day-value", "4")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("#id_max_per_day-value")).to_be_visible()
    page.get_by_role("button", name="保存规则").click()
    expect(page.locator("#messages")).to_contain_text("规则")
    assert PolicyValue.objects.get(instrument=instrument).value == 4


def test_language__booking_form__is_drawn_again_with_its_price(new_visitor: NewVisitor) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    visitor = new_visitor()
    visitor.sign_in(firm_user())
    page = visitor.open(f"/instruments/{instrument.slug}/?start={DAY}T09:00&end={DAY}T10:00")
    page.evaluate("document.querySelector('[data-part=form]').submit()")  # as without a script
    page.fill("#id_note", "Handle with care")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("#id_note")).to_have_value("Handle with care")
    expect(page.get_by_role("button", name="¥240.00")).to_be_visible()


def test_language__painted_hours__come_along(new_visitor: NewVisitor) -> None:
    instrument = open_instrument()
    visitor = new_visitor()
    visitor.sign_in(manager_of(instrument.institution))
    page = visitor.open(f"/desk/instruments/{instrument.pk}/hours/")
    page.get_by_role("button", name="Add a row").click()
    page.locator('[data-band] [data-field="start"]').last.fill("22:15")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator('[data-band] [data-field="start"]').last).to_have_value("22:15")
