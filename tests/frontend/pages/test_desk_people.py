"""The desk's pages about people: qualifications, appeals, the agreement."""

import pytest
from django.urls import reverse

from accounts.models import Institution, User
from accounts.viewers import Viewer
from booking.conduct.commands.appeal_credit import appeal_credit
from booking.conduct.models import Agreement, CreditAppeal
from booking.conduct.selectors import credit_of
from instruments.qualifications.models import Level, Qualification
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import firm_user, make_bookable, operator_of
from tests.factories.conduct import credited, make_group, qualified
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

PEOPLE = "/desk/qualifications/"


def appealed(place: Institution, first: int = 1) -> tuple[Viewer, CreditAppeal]:
    person = firm_user()
    (entry,) = credited(person, [-20], place, first)
    assert entry is not None
    return person, appeal_credit(viewer=person, entry=entry, text="The door was locked")


def test_grant__by_e_mail_for_a_group__shown_in_the_list() -> None:
    instrument, person = make_bookable(), firm_user()
    group = make_group(instrument.institution, instrument)
    browser = browser_of(operator_of(instrument.institution))
    form = {"email": person.email.upper(), "subject": f"group:{group.pk}", "level": "3", "expires_on": "2035-12-31"}
    assert browser.post(PEOPLE, form).status_code == 302
    held = Qualification.objects.get()
    assert (held.person_id, held.group_id, held.level) == (person.person_id, group.pk, Level.INDEPENDENT)
    assert person.email in text_of(browser.get(PEOPLE))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "nobody@people.example"}, "Nobody with this e-mail address"),
        ({"expires_on": "2035-01-01"}, "from today on"),
        ({"subject": "instrument:1"}, "Select a valid choice"),
    ],
)
def test_grant__impossible__said_beside_the_field(change: dict[str, str], said: str) -> None:
    instrument, person = make_bookable(), firm_user()
    form = {"email": person.email, "subject": f"instrument:{instrument.pk}", "level": "1"} | change
    answer = browser_of(operator_of(instrument.institution)).post(PEOPLE, form)
    assert (answer.status_code, Qualification.objects.count()) == (422, 0)
    assert said in text_of(answer)


def test_revoke__with_a_reason__gone_from_the_list() -> None:
    instrument, person = make_bookable(), firm_user()
    held = qualified(person, instrument)
    browser = browser_of(operator_of(instrument.institution))
    address = reverse("desk-qualification-revoke", args=[held.pk])
    browser.post(address, {"reason": ""})
    assert address in text_of(browser.get(PEOPLE))
    browser.post(address, {"reason": "Left"})
    assert address not in text_of(browser.get(PEOPLE))
    assert browser_of(person).post(address, {"reason": "Mine"}).status_code == 403


def test_people__searched__only_those_found() -> None:
    instrument = make_bookable()
    people = [firm_user(), firm_user()]
    for each, name in zip(people, ("Zhao", "Qian"), strict=True):
        User.objects.filter(pk=each.person_id).update(name=name)
        qualified(each, instrument)
    page = text_of(browser_of(operator_of(instrument.institution)).get(PEOPLE, {"q": "qia"}))
    assert ("Qian" in page, "Zhao" in page) == (True, False)


def test_people__more_rows__no_more_statements() -> None:
    instrument = make_bookable()
    browser = browser_of(operator_of(instrument.institution))
    counts = []
    for people in (1, 5):
        for _n in range(people):
            qualified(firm_user(), instrument)
        counts.append(queries_of(browser, PEOPLE))
    assert counts[0] == counts[1]


def test_appeals__granted__the_credit_is_back_and_the_answer_shown() -> None:
    place = make_institution()
    person, appeal = appealed(place)
    browser = browser_of(manager_of(place))
    assert "The door was locked" in text_of(browser.get("/desk/appeals/"))
    address = reverse("desk-appeal-decide", args=[appeal.pk])
    browser.post(address, {"decision": "grant", "answer": ""})
    assert credit_of(person.person_id) == 80
    browser.post(address, {"decision": "grant", "answer": "The lock was broken"})
    assert credit_of(person.person_id) == 100
    assert "The lock was broken" in text_of(browser_of(person).get("/profile/"))
    assert "No appeals wait for you." in text_of(browser.get("/desk/appeals/"))


def test_appeals__by_whom_they_are_not_for__kept_out() -> None:
    place = make_institution()
    _person, appeal = appealed(place)
    address = reverse("desk-appeal-decide", args=[appeal.pk])
    assert browser_of(operator_of(place)).get("/desk/appeals/").status_code == 403
    assert browser_of(manager_of(make_institution())).post(address, {"answer": "No"}).status_code == 404


def test_appeals__more_rows__no_more_statements() -> None:
    place = make_institution()
    browser = browser_of(manager_of(place))
    counts = []
    for first in (1, 2, 3, 4):
        appealed(place, first)
        counts.append(queries_of(browser, "/desk/appeals/"))
    assert len(set(counts)) == 1


def test_agreement__published_twice__the_second_holds() -> None:
    place = make_institution()
    browser = browser_of(manager_of(place))
    assert browser.post("/desk/agreement/", {"text_en": " ", "text_zh": ""}).status_code == 422
    for text in ("Goggles", "Goggles and gloves"):
        assert browser.post("/desk/agreement/", {"text_en": text}).status_code == 302
    assert Agreement.objects.get(replaced_at__isnull=True).text_en == "Goggles and gloves"
    assert "Version 2 holds" in text_of(browser.get("/desk/agreement/"))
