"""Booking with a form at a browser: questions, files, samples, participants, and changing them later."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Role
from accounts.viewers import Viewer
from booking.intake.models import AnswerFile
from booking.reservations.commands.hold_training import Training, hold_training
from booking.reservations.models import Reservation
from instruments.catalogue.models import Instrument
from instruments.qualifications.models import Level
from tests.factories.accounts import make_viewer, manager_of
from tests.factories.booking import booked, firm_user, make_bookable, open_instrument, operator_of, set_values, slot
from tests.factories.intake import PDF, SELF, SUBMITTED, ask, question
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of
from tests.frontend.pages.test_booking import confirmed, send, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(access_modes=[SELF, SUBMITTED])


def pdf(name: str = "图谱.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def with_file(client: Client, instrument: Instrument, file: SimpleUploadedFile, **fields: str) -> Any:
    """Check without the file, then choose it and press the button."""
    form: dict[str, Any] = typed(**fields)
    checked = re.search(r'name="checked" value="([^"]+)"', send(client, instrument, form).content.decode())
    assert checked
    sent: dict[str, Any] = {**form, "checked": checked[1], "confirm": "yes", "q-sheet": file}
    return send(client, instrument, sent)


def test_check__questions__shown_without_complaint(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)), question("shape", "choice", asked_for=(SUBMITTED,)))
    response = send(browser_of(viewer), instrument, typed())
    page = text_of(response)
    assert response.status_code == 200
    assert "Question material" in page
    assert 'data-modes="sample_submission"' in page
    assert 'data-required="self_operated"' in page
    assert "Answer this question." not in page


def test_confirm__answers_people_and_note__booked(instrument: Instrument, viewer: Viewer) -> None:
    form = ask(instrument, question(required_for=(SELF,)), question("grams", "number"), question("shape", "choice"))
    answers = {"q-material": "TiO₂", "q-grams": "2.5", "q-shape": "film", "access_mode": SELF}
    people = {"participants": "王芳，wang@people.example\n\nLee, Ann", "note": "Second floor"}
    response = confirmed(browser_of(viewer), instrument, typed(**answers, **people))
    made = Reservation.objects.get()
    assert response["Location"] == f"/bookings/{made.pk}/"
    assert (made.form_id, made.access_mode, made.note) == (form.pk, SELF, "Second floor")
    assert made.answers == {"material": "TiO₂", "grams": 2.5, "shape": "film"}
    assert made.participants == [
        {"name": "王芳", "email": "wang@people.example"},
        {"name": "Lee, Ann", "email": ""},
    ]


def test_confirm__answer_missing__beside_the_field_and_nothing_lost(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)), question("grams", "number"))
    given = typed(**{"q-grams": "7", "participants": "Lee", "note": "Hello"})
    response = confirmed(browser_of(viewer), instrument, given)
    page = text_of(response)
    assert (response.status_code, Reservation.objects.count()) == (422, 0)
    assert re.search(r"q-material.*?Answer this question\.", page)
    assert all(kept in page for kept in ('value="7', "Lee</textarea>", "Hello</textarea>", "Book for ¥480.00"))


def test_confirm__other_way_of_use__its_questions_count(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,), asked_for=(SELF,)), question("grams", "number"))
    given = typed(**{"q-grams": "7", "q-material": "x", "access_mode": SUBMITTED})
    confirmed(browser_of(viewer), instrument, given)
    assert Reservation.objects.get().answers == {"grams": 7}


@pytest.mark.parametrize("line", ["wang@people.example", "Wang, not@an@address", ", a@people.example", "x" * 201])
def test_confirm__odd_participant__said_which(instrument: Instrument, viewer: Viewer, line: str) -> None:
    response = confirmed(browser_of(viewer), instrument, typed(participants=line))
    assert (response.status_code, Reservation.objects.count()) == (422, 0)


def test_confirm__file__kept_over_a_refusal_and_booked(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)), question("sheet", "file"))
    client = browser_of(viewer)
    refused = with_file(client, instrument, pdf())
    file = AnswerFile.objects.latest("pk")
    page = text_of(refused)
    assert "图谱.pdf" in page
    assert f'name="q-sheet-kept" value="{file.pk}"' in page
    confirmed(client, instrument, typed(**{"q-material": "x", "q-sheet-kept": str(file.pk)}))
    made = Reservation.objects.get()
    assert made.answers["sheet"] == {"id": file.pk, "name": "图谱.pdf", "size": len(PDF)}
    download = client.get(f"/bookings/{made.pk}/files/{file.pk}/")
    assert b"".join(download.streaming_content) == PDF  # type: ignore[attr-defined]


def test_confirm__file_that_is_not_taken_or_not_ones_own__refused(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question("sheet", "file", required_for=(SELF,)))
    client = browser_of(viewer)
    bad = with_file(client, instrument, pdf("x.exe", b"MZ"))
    assert "Files of these kinds are taken" in text_of(bad)
    for kept in ("999999", "-1", "x", "9" * 40, ""):
        assert confirmed(client, instrument, typed(**{"q-sheet-kept": kept})).status_code == 422
    assert not Reservation.objects.exists()


def test_download__strangers__404(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question("sheet", "file"))
    with_file(browser_of(viewer), instrument, pdf())
    made = Reservation.objects.get()
    address = f"/bookings/{made.pk}/files/{made.answers['sheet']['id']}/"
    assert browser_of(operator_of(instrument.institution)).get(address).status_code == 200
    strangers = (firm_user(), manager_of(make_bookable().institution), make_viewer(Role.REVIEWER, region=""))
    assert [browser_of(each).get(address).status_code for each in strangers] == [404, 404, 404]
    assert browser_of().get(address).status_code == 302


def test_samples__asked_for__declared_or_refused(instrument: Instrument, viewer: Viewer) -> None:
    set_values(instrument, sample_declared=1)
    client = browser_of(viewer)
    assert "This time can be booked." in text_of(send(client, instrument, typed()))
    assert "Tick what your samples are" in text_of(confirmed(client, instrument, typed()))
    odd: Any = {"hazards": ["none", "toxic"]}
    assert confirmed(client, instrument, typed() | odd).status_code == 422
    assert confirmed(client, instrument, typed(hazards="biological")).status_code == 422
    confirmed(client, instrument, typed(hazards="biological", biosafety_level="2"))
    assert Reservation.objects.get().sample_declaration == {"hazards": ["biological"], "biosafety_level": 2}


def test_instrument_page__with_questions__book_leads_to_the_form(instrument: Instrument, viewer: Viewer) -> None:
    client = browser_of(viewer)
    address = f"/instruments/{instrument.slug}/"
    assert "Go on to the booking form" not in text_of(client.get(address))
    ask(instrument, question())
    page = text_of(client.get(address))
    assert "Go on to the booking form" in page
    assert f'data-part="book" formaction="{address}book/"' in page


def test_wait_and_repeat__with_questions__still_work(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)))
    client = browser_of(viewer)
    assert client.get(f"/instruments/{instrument.slug}/wait/").status_code == 200
    odd = client.post(f"/instruments/{instrument.slug}/wait/", typed(confirm="yes", hours="1"))
    assert odd.status_code < 500
    every = {"every": "week", "interval": "1", "count": "2"}
    plan = client.post(f"/instruments/{instrument.slug}/repeat/", typed(**every))
    checked = re.search(r'name="checked" value="([^"]+)"', plan.content.decode())
    assert checked
    again = typed(**every, checked=checked[1], confirm="all")
    assert "Answer this question." in text_of(client.post(f"/instruments/{instrument.slug}/repeat/", again))
    client.post(f"/instruments/{instrument.slug}/repeat/", again | {"q-material": "x"})
    assert [each.answers for each in Reservation.objects.all()] == [{"material": "x"}] * 2


def test_booking_page__what_was_filled_in__for_those_it_concerns(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question("shape", "choice"))
    set_values(instrument, sample_declared=1)
    given = {"q-shape": "film", "participants": "Lee, lee@people.example", "hazards": "toxic"}
    confirmed(browser_of(viewer), instrument, typed(**given))
    address = f"/bookings/{Reservation.objects.get().pk}/"
    for reader in (viewer, operator_of(instrument.institution)):
        page = text_of(browser_of(reader).get(address))
        assert all(word in page for word in ("Film", "lee@people.example", "Toxic", "Self-operated"))
    hidden = text_of(browser_of(make_viewer(Role.REVIEWER, region="")).get(address))
    assert not any(word in hidden for word in ("Film", "lee@people.example", "Toxic"))


def test_booking_page__unanswered__leads_to_the_answers(instrument: Instrument, viewer: Viewer) -> None:
    made = booked(instrument, viewer)
    ask(instrument, question(required_for=(SELF,)))
    client = browser_of(viewer)
    assert "not answered yet: Question material" in text_of(client.get(f"/bookings/{made.pk}/"))
    version = {"version": "1"}
    refused = client.post(f"/bookings/{made.pk}/edit/", version)
    assert (refused.status_code, "Answer this question." in text_of(refused)) == (422, True)
    answer = client.post(f"/bookings/{made.pk}/edit/", {**version, "q-material": "x"})
    assert answer["Location"] == f"/bookings/{made.pk}/"
    page = text_of(client.get(f"/bookings/{made.pk}/"))
    assert "You changed what was filled in." in page
    assert "Question material: – → x" in page


def test_edit__all_of_it__saved_and_told(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(), question("sheet", "file"))
    client = browser_of(viewer)
    with_file(client, instrument, pdf(), **{"q-material": "x", "participants": "Lee", "note": "old"})
    made = Reservation.objects.get()
    address = f"/bookings/{made.pk}/edit/"
    page = text_of(client.get(address))
    assert all(word in page for word in ("x</textarea>", "图谱.pdf", "Lee</textarea>", "old</textarea>"))
    kept = {"q-sheet-kept": str(made.answers["sheet"]["id"])}
    change = {"version": "1", "q-material": "y", "note": "new", "purpose": "p", "participants": "", **kept}
    assert browser_of(operator_of(instrument.institution)).post(address, change).status_code == 302
    after = Reservation.objects.get()
    assert (after.answers["material"], after.answers["sheet"], after.note) == ("y", made.answers["sheet"], "new")
    assert client.post(address, change)["Location"] == f"/bookings/{made.pk}/"  # outdated: told, not saved
    assert client.post(address, {"version": "2", "q-material": "y"}).status_code == 302
    assert Reservation.objects.get().answers == {"material": "y"}


def test_edit__training_that_names_no_mode__shows_that_of_those_who_learn() -> None:
    instrument = open_instrument(access_modes=[SUBMITTED, SELF])
    trainer, training = operator_of(instrument.institution), Training(Level.SUPERVISED, seats=2)
    session = hold_training(viewer=trainer, instrument=instrument, window=slot(), training=training)
    page = text_of(browser_of(trainer).get(f"/bookings/{session.reservation}/edit/"))
    assert f'<option value="{SELF}" selected' in page


def test_edit__strangers_and_ended__refused(instrument: Instrument, viewer: Viewer) -> None:
    made = booked(instrument, viewer)
    address = f"/bookings/{made.pk}/edit/"
    assert browser_of(firm_user()).get(address).status_code == 404
    assert browser_of().get(address).status_code == 302
    Reservation.objects.filter(pk=made.pk).update(status="completed")
    page = browser_of(viewer).get(address)
    assert (page.status_code, "<textarea" in text_of(page)) == (200, False)


def test_run_sheet__answers_people_and_samples__two_queries_however_many_bookings(
    instrument: Instrument, viewer: Viewer
) -> None:
    ask(instrument, question())
    staff = browser_of(operator_of(instrument.institution))
    before = queries_of(staff, "/desk/", day="2035-03-06")
    client = browser_of(viewer)
    for start, end in (("09:00", "10:00"), ("11:00", "12:00")):
        given = typed(start, end, **{"q-material": "TiO₂", "participants": "Lee, lee@people.example"})
        confirmed(client, instrument, given)
    page = text_of(staff.get("/desk/", {"day": "2035-03-06"}))
    assert "Question material: TiO₂" in page
    assert "With: Lee" in page
    assert queries_of(staff, "/desk/", day="2035-03-06") <= before + 2


def test_booking_page__queries__do_not_grow_with_answers(instrument: Instrument, viewer: Viewer) -> None:
    plain = booked(instrument, viewer, slot(day=2))
    client = browser_of(viewer)
    before = queries_of(client, f"/bookings/{plain.pk}/")
    ask(instrument, question(), question("grams", "number"), question("sheet", "file"))
    with_file(client, instrument, pdf(), **{"q-material": "x", "q-grams": "1"})
    made = Reservation.objects.latest("pk")
    assert queries_of(client, f"/bookings/{made.pk}/") == before
