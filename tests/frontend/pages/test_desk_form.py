"""The manager's questions: rows, order, choices, preview, versions; who may see them."""

import re
from typing import Any

import pytest
from django.test import Client

from booking.intake.models import BookingForm
from booking.intake.questions import MOST_QUESTIONS
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import firm_user, make_bookable, open_instrument, operator_of
from tests.factories.intake import SELF, SUBMITTED, ask, question
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(access_modes=[SELF, SUBMITTED])


@pytest.fixture
def client(instrument: Instrument) -> Client:
    return browser_of(manager_of(instrument.institution))


def address(instrument: Instrument) -> str:
    return f"/desk/instruments/{instrument.pk}/form/"


def rows(*given: dict[str, str], version: int = 0, stored: int = 0, press: str = "save") -> dict[str, str]:
    """What a person sends: a row each, on top of the stored ones."""
    usual = {"kind": "text", f"mode_{SELF}": "optional", f"mode_{SUBMITTED}": "required"}
    fields = {
        f"q-{number}-{name}": value for number, row in enumerate(given) for name, value in (usual | row).items()
    }
    totals = {"q-TOTAL_FORMS": str(len(given)), "q-INITIAL_FORMS": str(stored)}
    return {**fields, **totals, "version": str(version), press: "yes"}


def test_page__nothing_asked__an_empty_row(client: Client, instrument: Instrument) -> None:
    page = text_of(client.get(address(instrument)))
    assert "Nothing is asked yet." in page
    assert 'name="q-0-label_zh"' in page


def test_save__rows__first_version_in_order(client: Client, instrument: Instrument) -> None:
    choice = {"kind": "choice", "label_en": "Form", "choices": "粉末 | Powder\n薄膜|Film\n\nbulk", "ORDER": "2"}
    first = {"label_zh": "材料", "label_en": "Material", "help_en": "Which?", "ORDER": "1"}
    response = client.post(address(instrument), rows(choice, first, {}))
    assert response["Location"] == address(instrument)
    form = BookingForm.objects.get()
    one, two = form.questions
    assert (form.version, one["label_en"], one["required_for"], one["asked_for"]) == (
        1,
        "Material",
        [SUBMITTED],
        [],
    )
    assert [(each["value"], each["label_zh"]) for each in two["choices"]] == [
        ("Powder", "粉末"),
        ("Film", "薄膜"),
        ("bulk", "bulk"),
    ]
    assert {one["key"], two["key"]} == {"q1", "q2"}


def test_save__number_with_limits__kept_shown_and_asked_of_who_books(
    client: Client, instrument: Instrument
) -> None:
    samples = {"kind": "number", "label_en": "Samples", "minimum": "1", "maximum": "2.5"}
    unfit = client.post(address(instrument), rows(samples | {"minimum": "3"}))
    assert "its smallest value is above its largest" in text_of(unfit)
    client.post(address(instrument), rows(samples))
    (stored,) = BookingForm.objects.get().questions
    assert (stored["minimum"], stored["maximum"]) == (1, 2.5)
    assert 'name="q-0-minimum" value="1"' in text_of(client.get(address(instrument)))
    booker, times = browser_of(manager_of(instrument.institution)), {
        "start_date": "2035-03-06", "start_time": "09:00", "end_date": "2035-03-06", "end_time": "11:00",
    }  # fmt: skip
    given = times | {"confirm": "yes", "q-q1": "-4", "access_mode": SUBMITTED}
    refused = text_of(booker.post(f"/instruments/{instrument.slug}/book/", given))
    assert 'min="1" max="2.5"' in refused
    assert refused.count("Give a number from 1 to 2.5.") == 2


def test_save__changed__next_version_keeps_keys_and_values(client: Client, instrument: Instrument) -> None:
    ask(instrument, question("shape", "choice"), question("other"))
    shape = {
        "key": "shape",
        "kind": "choice",
        "label_en": "Shape",
        "choices": "薄膜 | Film\n块 | Bulk",
        "ORDER": "1",
    }
    gone = {"key": "other", "label_en": "Other", "DELETE": "on", "ORDER": "2"}
    assert client.post(address(instrument), rows(shape, gone, version=1, stored=2)).status_code == 302
    newest = BookingForm.objects.get(replaced_at=None)
    (only,) = newest.questions
    assert (newest.version, only["key"]) == (2, "shape")
    assert [each["value"] for each in only["choices"]] == ["film", "Bulk"]


def test_save__not_asked_anywhere_or_unfit__said_and_nothing_lost(client: Client, instrument: Instrument) -> None:
    nowhere = {"label_en": "Lost?", f"mode_{SELF}": "", f"mode_{SUBMITTED}": ""}
    refused = client.post(address(instrument), rows(nowhere))
    assert (refused.status_code, "Say where it is asked" in text_of(refused)) == (422, True)
    empty = client.post(address(instrument), rows({"kind": "choice", "label_en": "Lost?"}))
    assert empty.status_code == 422
    assert "Question 1: a choice has choices" in text_of(empty)
    assert 'value="Lost?"' in text_of(empty)
    assert not BookingForm.objects.exists()


def test_save__somebody_was_faster__told_and_nothing_lost(client: Client, instrument: Instrument) -> None:
    ask(instrument, question())
    stale = client.post(address(instrument), rows({"label_en": "Mine"}, version=0))
    page = text_of(stale)
    assert (stale.status_code, 'value="Mine"' in page, 'name="version" value="1"' in page) == (412, True, True)


def test_preview__typed_questions__shown_and_not_saved(client: Client, instrument: Instrument) -> None:
    row = {"label_en": "Weight", "kind": "number", f"mode_{SUBMITTED}": ""}
    page = text_of(client.post(address(instrument), rows(row, press="preview")))
    assert re.search(r'name="preview-q-q1".*?type="number"|type="number".*?name="preview-q-q1"', page)
    assert 'data-modes="self_operated"' in page
    assert not BookingForm.objects.exists()


def test_more__another_row__nothing_lost(client: Client, instrument: Instrument) -> None:
    page = text_of(client.post(address(instrument), rows({"label_en": "Weight"}, press="more")))
    assert 'value="Weight"' in page
    assert 'name="q-1-label_zh"' in page


@pytest.mark.parametrize("wrong", [{"q-TOTAL_FORMS": "x"}, {"q-TOTAL_FORMS": "9999999"}, {"q-0-ORDER": "x"}])
def test_save__odd_input__no_error_page(client: Client, instrument: Instrument, wrong: dict[str, str]) -> None:
    for press in ("save", "more", "preview"):
        response = client.post(address(instrument), rows({"label_en": "W"}, press=press) | wrong)
        assert response.status_code in (200, 302, 422)
        assert len(re.findall(r'name="q-\d+-label_zh"', text_of(response))) <= 2 * MOST_QUESTIONS


def test_page__who_may__managers_of_the_institution(instrument: Instrument) -> None:
    statuses: list[Any] = [
        browser_of(each).get(address(instrument)).status_code
        for each in (operator_of(instrument.institution), firm_user(), manager_of(make_bookable().institution))
    ]
    assert statuses == [403, 403, 403]
    assert browser_of().get(address(instrument)).status_code == 302
