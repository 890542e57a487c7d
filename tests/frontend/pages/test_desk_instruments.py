"""The list of one's instruments, a new one, its details, its status."""

import pytest

from accounts.viewers import Viewer
from instruments.catalogue.commands.update_instrument import update_instrument
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import firm_user, operator_of
from tests.factories.instruments import make_instrument
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = pytest.mark.django_db

LIST = "/desk/instruments/"


def managed() -> tuple[Viewer, Instrument]:
    institution = make_institution()
    return manager_of(institution), make_instrument(institution, name_en="Tensile tester", model="T-1")


def details(instrument: Instrument | None = None, **fields: str) -> dict[str, str]:
    version = str(instrument.version) if instrument else ""
    name = instrument.name_en if instrument else ""
    return {"name_en": name, "version": version, **fields}


def test_list__own_instruments_in_any_status__others_not() -> None:
    viewer, instrument = managed()
    make_instrument(instrument.institution, name_en="Draft furnace", status="draft")
    make_instrument(name_en="Foreign scope")
    page = text_of(browser_of(viewer).get(LIST))
    assert "Tensile tester" in page
    assert "Draft furnace" in page
    assert "Foreign scope" not in page


def test_list__search_and_status__narrow_it() -> None:
    viewer, instrument = managed()
    make_instrument(instrument.institution, name_en="Muffle furnace", status="draft")
    client = browser_of(viewer)
    found = text_of(client.get(LIST, {"q": "furnace"}))
    assert "Muffle furnace" in found
    assert "Tensile tester" not in found
    drafts = text_of(client.get(LIST, {"status": "draft"}))
    assert "Tensile tester" not in drafts
    assert 'Draft <span class="muted font-normal">1</span>' in drafts


@pytest.mark.parametrize("query", [{"status": "x"}, {"institution": "x"}, {"page": "-3"}])
def test_list__filters_that_make_no_sense__filter_nothing(query: dict[str, str]) -> None:
    viewer, _instrument = managed()
    response = browser_of(viewer).get(LIST, query)
    assert response.status_code == 200
    assert "Tensile tester" in text_of(response)


def test_list__nothing_fits__says_what_to_do() -> None:
    viewer, _instrument = managed()
    assert "Show all" in text_of(browser_of(viewer).get(LIST, {"q": "zeppelin"}))


def test_list__many_instruments__are_paged_with_a_fixed_number_of_queries() -> None:
    viewer, instrument = managed()
    client = browser_of(viewer)
    few = queries_of(client, LIST)
    for _each in range(55):
        make_instrument(instrument.institution)
    assert queries_of(client, LIST) == few <= 7
    assert "?page=2" in text_of(client.get(LIST))
    second = text_of(client.get(LIST, {"page": "2"}))
    assert "Tensile tester" in second
    assert "Back to the first page" in second


def test_list__anonymous_firm_operator_and_wrong_method__are_refused() -> None:
    assert browser_of().get(LIST).status_code == 302
    assert browser_of(firm_user()).get(LIST).status_code == 403
    assert browser_of(operator_of(make_institution())).get(LIST).status_code == 403
    assert browser_of(managed()[0]).post(LIST).status_code == 405


def test_create__details__make_a_draft() -> None:
    viewer, _instrument = managed()
    response = browser_of(viewer).post(f"{LIST}new/", details(name_en="Pull tester", original_value="1200.50"))
    created = Instrument.objects.get(name_en="Pull tester")
    assert response["Location"] == f"/desk/instruments/{created.pk}/"
    assert (created.status, created.original_value_fen) == ("draft", 120_050)
    assert created.institution_id in viewer.institution_ids


def test_create__without_a_name__says_so_at_the_field_and_keeps_the_rest() -> None:
    viewer, _instrument = managed()
    response = browser_of(viewer).post(f"{LIST}new/", details(model="T-9"))
    page = text_of(response)
    assert response.status_code == 422
    assert "Give a name in Chinese or English" in page
    assert 'value="T-9"' in page


def test_create__for_an_institution_one_does_not_manage__is_not_found() -> None:
    viewer, _instrument = managed()
    other = make_institution()
    assert browser_of(viewer).get(f"{LIST}new/?institution={other.pk}").status_code == 404
    assert browser_of(viewer).post(f"{LIST}new/?institution={other.pk}", details(name_en="X")).status_code == 404


def test_edit__saved_details__stay() -> None:
    viewer, instrument = managed()
    group = InstrumentGroup.objects.create(institution=instrument.institution, name_en="Fibres")
    sent = details(
        instrument,
        access_modes="remote",
        commissioned_on="2020-02-03",
        contact_email="lab@people.example",
        group_id=str(group.pk),
    )
    assert browser_of(viewer).post(f"{LIST}{instrument.pk}/", sent).status_code == 302
    instrument.refresh_from_db()
    assert instrument.access_modes == ["remote"]
    assert str(instrument.commissioned_on) == "2020-02-03"
    assert (instrument.contact_email, instrument.group_id) == ("lab@people.example", group.pk)


def test_edit__bad_input__stands_next_to_its_field_and_writes_nothing() -> None:
    viewer, instrument = managed()
    sent = details(
        instrument, contact_email="no address", original_value="-1", commissioned_on="soon", category="9"
    )
    response = browser_of(viewer).post(f"{LIST}{instrument.pk}/", sent)
    page = text_of(response)
    assert response.status_code == 422
    assert page.count('class="errorlist"') == 4
    assert 'value="no address"' in page
    instrument.refresh_from_db()
    assert instrument.version == 1


def test_edit__changed_by_someone_else__keeps_what_was_typed_and_shows_what_is_stored() -> None:
    viewer, instrument = managed()
    client = browser_of(viewer)
    update_instrument(viewer=viewer, instrument_id=instrument.pk, details={"model": "T-2"})
    response = client.post(f"{LIST}{instrument.pk}/", details(instrument, model="Mine"))
    page = text_of(response)
    assert response.status_code == 422
    assert "Someone else changed this instrument" in page
    assert 'value="Mine"' in page
    assert 'Stored now:</span><span class="whitespace-pre-line">T-2</span>' in page
    again = client.post(f"{LIST}{instrument.pk}/", details(instrument, model="Mine", version="2"))
    assert again.status_code == 302
    instrument.refresh_from_db()
    assert instrument.model == "Mine"


def test_edit__access__public_forbidden_draft_unknown_anonymous_signs_in() -> None:
    viewer, instrument = managed()
    draft = make_instrument(make_institution(), status="draft")
    foreign = make_instrument()
    assert browser_of(viewer).get(f"{LIST}{foreign.pk}/").status_code == 403
    assert browser_of(viewer).get(f"{LIST}{draft.pk}/").status_code == 404
    assert browser_of(viewer).get(f"{LIST}999999999/").status_code == 404
    assert browser_of(operator_of(instrument.institution)).get(f"{LIST}{instrument.pk}/").status_code == 403
    assert browser_of().get(f"{LIST}{instrument.pk}/").status_code == 302


def test_edit__costs_a_fixed_number_of_queries() -> None:
    viewer, instrument = managed()
    assert queries_of(browser_of(viewer), f"{LIST}{instrument.pk}/") <= 7


def test_publish__draft__is_public() -> None:
    viewer = make_viewer("admin")
    draft = make_instrument(status="draft")
    response = browser_of(viewer).post(f"{LIST}{draft.pk}/publish/", {"version": "1"}, follow=True)
    assert "The instrument is published." in text_of(response)
    draft.refresh_from_db()
    assert draft.status == "published"


def test_publish__changed_meanwhile__says_so_and_changes_nothing() -> None:
    viewer = make_viewer("admin")
    draft = make_instrument(status="draft")
    response = browser_of(viewer).post(f"{LIST}{draft.pk}/publish/", {"version": "7"}, follow=True)
    assert "changed by someone else" in text_of(response)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_suspend__with_reason__shows_it() -> None:
    viewer, instrument = managed()
    sent = {"suspend-reason": "Broken grip", "suspend-expected_return_on": "2035-04-01", "suspend-version": "1"}
    page = text_of(browser_of(viewer).post(f"{LIST}{instrument.pk}/suspend/", sent, follow=True))
    assert "Broken grip" in page
    assert "1 April 2035" in page


def test_suspend__without_reason__is_refused_at_the_field() -> None:
    viewer, instrument = managed()
    response = browser_of(viewer).post(f"{LIST}{instrument.pk}/suspend/", {"suspend-version": "1"})
    assert response.status_code == 422
    assert "<details open>" in text_of(response)
    instrument.refresh_from_db()
    assert instrument.status == "published"


@pytest.mark.parametrize("action", ["publish", "suspend"])
def test_status__wrong_role_or_method__is_refused(action: str) -> None:
    viewer, instrument = managed()
    address = f"{LIST}{instrument.pk}/{action}/"
    assert browser_of(viewer).delete(address).status_code == 405
    assert browser_of(operator_of(instrument.institution)).post(address).status_code == 403
    assert browser_of(manager_of(make_institution())).post(address).status_code == 403
    assert browser_of().post(address).status_code == 302
