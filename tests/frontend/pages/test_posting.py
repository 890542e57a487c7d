"""Addresses that only take forms: a reload or a change of language leads to the page that has the form."""

import pytest

from tests.factories.accounts import manager_of
from tests.factories.booking import make_bookable
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("places/", "rules/"),
        ("rules/replay/", "rules/"),
        ("repeating/", "closures/"),
        ("suspend/", ""),
        ("upkeep/plans/", "upkeep/"),
    ],
)
def test_posted__refused_and_loaded_anew__leads_to_the_page_of_the_form(address: str, page: str) -> None:
    instrument = make_bookable()
    client = browser_of(manager_of(instrument.institution))
    desk = f"/desk/instruments/{instrument.pk}/"
    refused = client.post(desk + address, {})
    assert refused.status_code == 422
    assert "<body data-posted>" in text_of(refused)
    assert client.get(desk + address)["Location"] == desk + page
    assert "<body>" in text_of(client.get(desk + page))
    assert client.put(desk + address).status_code == 405


def test_posted__tokens__lead_to_the_profile() -> None:
    client = browser_of(manager_of(make_bookable().institution))
    assert client.post("/profile/tokens/", {}).status_code == 422
    assert client.get("/profile/tokens/")["Location"] == "/profile/"
