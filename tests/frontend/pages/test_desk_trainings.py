"""The desk's page of trainings: planned, refused, completed, cancelled; who may."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.viewers import Viewer
from booking.reservations.commands.hold_training import Training, hold_training
from booking.reservations.models import Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.commands.join_training import join_training
from instruments.qualifications.models import Level, Qualification, TrainingSeat, TrainingSession
from instruments.qualifications.selectors import access_training
from tests.factories.booking import booked, firm_user, make_bookable, operator_of, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

PLACE = "/desk/trainings/"


@pytest.fixture
def trainer(instrument: Instrument) -> Viewer:
    return operator_of(instrument.institution)


def asked(instrument: Instrument, *people: str, **change: str) -> dict[str, str]:
    return {
        "instrument": str(instrument.pk),
        "start": "2035-03-05T09:00",
        "end": "2035-03-05T11:00",
        "people": "\r\n".join(people),
        "level": str(Level.SUPERVISED.value),
        "valid_days": "30",
        "note": "Bring goggles",
    } | change


def held(trainer: Viewer, instrument: Instrument, *people: Viewer, hour: int = 9) -> TrainingSession:
    training = Training(Level.TRAINED, seats=5)
    made = hold_training(viewer=trainer, instrument=instrument, window=slot(f"{hour:02}:00", 1), training=training)
    session = access_training(trainer, made.pk)
    for person in people:
        join_training(viewer=trainer, session=session, person_id=person.person_id)
    return session


def test_plan__people_by_e_mail__time_booked_and_everybody_has_a_seat(
    instrument: Instrument, trainer: Viewer
) -> None:
    people, browser = [firm_user(), firm_user()], browser_of(trainer)
    addresses = [people[0].email.upper(), people[1].email, people[0].email]
    assert browser.post(PLACE, asked(instrument, *addresses)).status_code == 302
    session = TrainingSession.objects.get()
    assert (session.seats, session.level, session.valid_days) == (2, Level.SUPERVISED, 30)
    assert TimeWindow.of(Reservation.objects.get(pk=session.reservation).during) == slot()
    assert set(TrainingSeat.objects.values_list("person_id", flat=True)) == {each.person_id for each in people}
    page = text_of(browser.get(PLACE))
    assert all(
        words in page for words in (people[0].email, "2 of 2 seats taken", instrument.number, "Bring goggles")
    )


def test_plan__time_is_taken__said_why_and_nothing_typed_is_lost(instrument: Instrument, trainer: Viewer) -> None:
    booked(instrument)
    person = firm_user()
    answer = browser_of(trainer).post(PLACE, asked(instrument, person.email))
    assert (answer.status_code, TrainingSession.objects.count()) == (422, 0)
    page = text_of(answer)
    assert "problem-list" in page
    assert all(typed in page for typed in (person.email, "2035-03-05T09:00", "Bring goggles"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"people": "nobody@people.example also@people.example"}, "nobody@people.example, also@people.example"),
        ({"people": ""}, "Name those who take part"),
        ({"end": "2035-03-05T08:00"}, "The end must be after the start."),
        ({"end": "2037-03-05T08:00"}, "A booking can last"),
        ({"for_group": "on", "seats": "2"}, "belongs to no group"),
        ({"instrument": "999999999"}, "Select a valid choice"),
    ],
)
def test_plan__impossible__said_and_nothing_is_booked(
    instrument: Instrument, trainer: Viewer, change: dict[str, str], said: str
) -> None:
    answer = browser_of(trainer).post(PLACE, asked(instrument, firm_user().email) | change)
    assert (answer.status_code, Reservation.objects.count()) == (422, 0)
    assert said in text_of(answer)


def test_plan__more_people_than_seats__said(instrument: Instrument, trainer: Viewer) -> None:
    sent = asked(instrument, firm_user().email, firm_user().email, seats="1")
    assert "fewer seats than people" in text_of(browser_of(trainer).post(PLACE, sent))


def test_complete__who_attended__qualified_once(instrument: Instrument, trainer: Viewer) -> None:
    came, stayed = firm_user(), firm_user()
    session, browser = held(trainer, instrument, came, stayed), browser_of(trainer)
    address, sent = reverse("desk-training-complete", args=[session.pk]), {"attended": [came.person_id]}
    assert address not in text_of(browser.get(PLACE))
    browser.post(address, sent)
    assert "This training has not begun yet." in text_of(browser.get(PLACE))
    with time_machine.travel(slot().ends_at + timedelta(minutes=5), tick=False):
        assert address in text_of(browser_of(trainer).get(PLACE))
        browser.post(address, {"attended": [trainer.person_id]})
        assert not Qualification.objects.exists()
        browser.post(address, sent)
        page = text_of(browser.get(PLACE))
    assert Qualification.objects.get().person_id == came.person_id
    assert all(words in page for words in ("1 person is qualified", "did not attend"))


def test_cancel__through_the_booking__gone_from_the_list(instrument: Instrument, trainer: Viewer) -> None:
    session, browser = held(trainer, instrument), browser_of(trainer)
    address = reverse("booking-cancel", args=[session.reservation])
    assert address in text_of(browser.get(PLACE))
    version = Reservation.objects.get(pk=session.reservation).version
    assert browser.post(address, {"version": version, "reason": "Ill"}).status_code == 302
    run_jobs("reservations.follow_training")
    assert address not in text_of(browser.get(PLACE))


def test_trainings__of_another_institution__not_there(instrument: Instrument, trainer: Viewer) -> None:
    session, other = held(trainer, instrument), browser_of(operator_of(make_bookable().institution))
    own = browser_of(firm_user())
    assert instrument.number not in text_of(other.get(PLACE, {"institution": instrument.institution_id}))
    assert other.post(PLACE, asked(instrument, firm_user().email)).status_code == 422
    assert other.post(reverse("desk-training-complete", args=[session.pk])).status_code == 404
    assert own.post(reverse("desk-training-complete", args=[session.pk])).status_code == 404
    assert own.get(PLACE).status_code == 403
    assert TrainingSession.objects.count() == 1


def test_trainings__in_chinese__no_english_word(instrument: Instrument, trainer: Viewer) -> None:
    held(trainer, instrument, firm_user())
    page = text_of(browser_of(trainer, "zh-hans").get(PLACE))
    assert all(words in page for words in ("安排培训", "参加人员", "取消培训"))
    assert not any(words in page for words in ("Plan a training", "Who takes part", "seats taken"))


def test_trainings__more_rows__no_more_statements(instrument: Instrument, trainer: Viewer) -> None:
    browser, counts = browser_of(trainer), []
    for hours in ([9], [10, 11, 12]):
        for hour in hours:
            held(trainer, instrument, firm_user(), firm_user(), hour=hour)
        counts.append(queries_of(browser, PLACE))
    assert counts[0] == counts[1]


def test_choices__equal_names__told_apart_by_number(instrument: Instrument, trainer: Viewer) -> None:
    for place in (PLACE, "/desk/qualifications/"):
        assert f"· {instrument.number}</option>" in text_of(browser_of(trainer).get(place))
