"""Booking with a form: what is stored, refused, changed, and what the history says of it."""

from typing import Any

import pytest

from accounts.viewers import Viewer
from booking.intake.answers import Filled, Participant, SampleDeclaration
from booking.intake.commands.set_booking_form import set_booking_form
from booking.intake.errors import AccessModeNotOffered, AnswersInvalid
from booking.intake.models import AnswerFile, BookingForm
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.filling import FilledChange
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.errors import RuleViolations
from booking.reservations.models import Reservation, Waiver
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.verdicts import verdict
from core.errors import Stale
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, firm_user, make_bookable, open_instrument, operator_of, set_values, slot
from tests.factories.intake import SELF, SUBMITTED, ask, question, uploaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NONE = SampleDeclaration()


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(access_modes=[SELF, SUBMITTED])


def filled(mode: str = SELF, **answers: Any) -> dict[str, Any]:
    return {"filled": Filled(access_mode=mode, answers=answers)}


def test_book__with_answers__stored_with_the_form_they_answer(instrument: Instrument, viewer: Viewer) -> None:
    form = ask(instrument, question(required_for=(SELF,)), question("grams", "number"))
    people = (Participant("王芳", "wang@people.example"), Participant("Lee"))
    wish = Filled(SELF, {"material": "TiO2", "grams": 2}, people, SampleDeclaration(("toxic",)))
    made = booked(instrument, viewer, filled=wish)
    assert (made.form_id, made.access_mode) == (form.pk, SELF)
    assert made.answers == {"material": "TiO2", "grams": 2}
    assert made.participants == [{"name": "王芳", "email": "wang@people.example"}, {"name": "Lee", "email": ""}]
    assert made.sample_declaration == {"hazards": ["toxic"], "biosafety_level": None}


def test_book__no_form__nothing_filled_but_the_way_of_use(instrument: Instrument, viewer: Viewer) -> None:
    made = booked(instrument, viewer)
    assert (made.form_id, made.answers, made.participants, made.access_mode) == (None, {}, [], SELF)
    assert made.sample_declaration is None


def test_book__required_answer_missing__nothing_written(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)))
    with pytest.raises(AnswersInvalid, match="material: Answer this question"):
        booked(instrument, viewer)
    assert not Reservation.objects.exists()
    assert booked(instrument, viewer, **filled(SUBMITTED)).access_mode == SUBMITTED


def test_book__way_that_is_not_offered__refused(instrument: Instrument, viewer: Viewer) -> None:
    with pytest.raises(AccessModeNotOffered):
        booked(instrument, viewer, **filled("remote"))


def test_book__with_a_form__costs_as_many_statements(
    instrument: Instrument, viewer: Viewer, django_assert_num_queries: Any
) -> None:
    ask(instrument, question(required_for=(SELF,)))
    set_values(instrument, sample_declared=1)
    wish = Wanted(filled=Filled(SELF, {"material": "x"}, sample=NONE))
    with django_assert_num_queries(5):
        book(viewer=viewer, instrument=instrument, window=slot(), wanted=wish)


def test_book__with_a_file__two_statements_more_and_it_is_kept(
    instrument: Instrument, viewer: Viewer, django_assert_num_queries: Any
) -> None:
    ask(instrument, question("sheet", "file"))
    file = uploaded(viewer, instrument)
    with django_assert_num_queries(7):
        made = book(viewer=viewer, instrument=instrument, window=slot(), wanted=Wanted(**filled(sheet=file.pk)))
    assert made.answers == {"sheet": {"id": file.pk, "name": "图谱.pdf", "size": file.size_bytes}}
    assert AnswerFile.objects.get().is_used


def test_book__file_of_another_person_or_instrument__unknown(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question("sheet", "file"))
    foreign = (uploaded(firm_user(), instrument), uploaded(viewer, make_bookable()))
    for file in foreign:
        with pytest.raises(AnswersInvalid, match="no such file"):
            booked(instrument, viewer, **filled(sheet=file.pk))
    assert not AnswerFile.objects.filter(is_used=True).exists()


def test_set_form__again__next_version_and_old_bookings_keep_theirs(instrument: Instrument, viewer: Viewer) -> None:
    first = ask(instrument, question())
    made = booked(instrument, viewer, **filled(material="x"))
    second = ask(instrument, question("other"))
    first.refresh_from_db()
    assert (first.version, second.version, first.replaced_at is None, second.replaced_at) == (1, 2, False, None)
    assert Reservation.objects.get(pk=made.pk).form_id == first.pk
    assert ask(instrument, question("other")).pk == second.pk
    assert BookingForm.objects.count() == 2


def test_set_form__read_before_another_change__stale(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    ask(instrument, question())
    with pytest.raises(Stale):
        set_booking_form(viewer=manager, instrument=instrument, questions=[], expected_version=0)
    emptied = set_booking_form(viewer=manager, instrument=instrument, questions=[], expected_version=1)
    assert (emptied.version, emptied.questions) == (2, [])


def test_edit__an_answer__the_others_stay_and_history_tells(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)), question("grams", "number"))
    made = booked(instrument, viewer, **filled(material="TiO2", grams=2))
    ask(instrument, question("other", required_for=(SELF,)))
    change = FilledChange(answers={"grams": 3}, participants=(Participant("Lee"),), sample=NONE)
    edited = edit_reservation(viewer=viewer, reservation=made, filled=change)
    assert (edited.answers, edited.version) == ({"material": "TiO2", "grams": 3}, 2)
    last = history_of(made)[-1]
    told = {each.field: (each.old, each.new) for each in last.changes}
    assert (last.command, told["answers"]) == ("edit", (made.answers, edited.answers))
    assert told["participants"] == ([], [{"name": "Lee", "email": ""}])
    assert {each.field for each in history_of(made, with_filled=False)[-1].changes} == set()


def test_edit__required_answer_taken_back__refused(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)))
    made = booked(instrument, viewer, **filled(material="TiO2"))
    for answers in ({"material": None}, {"material": ""}, {"other": 1}):
        with pytest.raises(AnswersInvalid):
            edit_reservation(viewer=viewer, reservation=made, filled=FilledChange(answers=answers))


def test_edit__other_way_of_use__its_questions_are_asked(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(asked_for=(SELF,)), question("grams", "number", required_for=(SUBMITTED,)))
    made = booked(instrument, viewer, **filled(material="x"))
    with pytest.raises(AnswersInvalid, match="grams"):
        edit_reservation(viewer=viewer, reservation=made, filled=FilledChange(access_mode=SUBMITTED))
    change = FilledChange(access_mode=SUBMITTED, answers={"grams": 1})
    assert edit_reservation(viewer=viewer, reservation=made, filled=change).answers == {"grams": 1}


def test_edit__file_of_the_booking__stays_without_being_sent_again(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(), question("sheet", "file"))
    file = uploaded(viewer, instrument)
    made = booked(instrument, viewer, **filled(sheet=file.pk))
    staff = operator_of(instrument.institution)
    edited = edit_reservation(viewer=staff, reservation=made, filled=FilledChange(answers={"material": "x"}))
    assert edited.answers["sheet"]["id"] == file.pk


def test_edit__booked_before_there_was_a_form__answers_the_one_in_force(
    instrument: Instrument, viewer: Viewer
) -> None:
    made = booked(instrument, viewer)
    form = ask(instrument, question(required_for=(SELF,)))
    edited = edit_reservation(viewer=viewer, reservation=made, filled=FilledChange(answers={"material": "x"}))
    assert (edited.form_id, edited.answers) == (form.pk, {"material": "x"})


def test_hold__form_and_declaration_asked__kept_without_and_confirmed_with(
    instrument: Instrument, viewer: Viewer
) -> None:
    ask(instrument, question(required_for=(SELF,)))
    set_values(instrument, sample_declared=1)
    hold = hold_window(viewer=viewer, instrument=instrument, window=slot(), wanted=Wanted())
    asked: dict[str, Any] = {"viewer": viewer, "hold": hold, "window": slot()}
    with pytest.raises(RuleViolations):
        confirm_hold(**asked, wanted=Wanted())
    with pytest.raises(AnswersInvalid):
        confirm_hold(**asked, wanted=Wanted(filled=Filled(sample=NONE)))
    made = confirm_hold(**asked, wanted=Wanted(filled=Filled(SELF, {"material": "x"}, sample=NONE)))
    assert Reservation.objects.get(pk=made.pk).answers == {"material": "x"}


def test_sample_declared__off_by_default__broken_where_asked(instrument: Instrument, viewer: Viewer) -> None:
    asked: dict[str, Any] = {"viewer": viewer, "instrument": instrument, "window": slot()}
    assert verdict(**asked, declares=False).ok
    set_values(instrument, sample_declared=1)
    assert [broken.code for broken in verdict(**asked, declares=False).violations] == ["sample_declared"]
    assert verdict(**asked, declares=True).ok
    assert verdict(**asked).ok


def test_sample_declared__waived_by_staff__reason_kept(instrument: Instrument) -> None:
    set_values(instrument, sample_declared=1)
    staff = operator_of(instrument.institution)
    book(
        viewer=staff,
        instrument=instrument,
        window=slot(),
        wanted=Wanted(),
        waivers={"sample_declared": "Standard sample"},
    )
    assert Waiver.objects.get().reason == "Standard sample"
