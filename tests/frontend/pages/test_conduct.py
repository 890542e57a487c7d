"""Qualifications, credit and appeals on the profile; reports; agreements to sign."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.viewers import Viewer
from booking.conduct.commands.publish_agreement import publish_agreement
from booking.conduct.models import CreditAppeal, CreditEntry, Signature, UsageReport
from booking.reservations.commands.check_in import check_in
from core import clock
from instruments.qualifications.commands.revoke_qualification import revoke_qualification
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, firm_user, make_bookable, slot
from tests.factories.conduct import credited, qualified
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def lowered(person: Viewer) -> CreditEntry:
    (entry,) = credited(person, [-20])
    assert entry is not None
    return entry


def test_profile__qualifications_and_credit__with_reasons() -> None:
    person, instrument = firm_user(), make_bookable()
    qualified(person, instrument, expires_on=clock.now().date() + timedelta(days=30))
    gone = qualified(person, make_bookable())
    revoke_qualification(viewer=manager_of(gone.institution), qualification=gone, reason="Left the door open")
    lowered(person)
    page = text_of(browser_of(person).get("/profile/"))
    assert all(words in page for words in ("Works independently", "Left the door open", "Did not come", ">80<"))


def test_profile__nothing_yet__full_credit_and_no_qualification() -> None:
    page = text_of(browser_of(firm_user()).get("/profile/"))
    assert ">100<" in page
    assert "You have none." in page


def test_profile__more_rows__no_more_statements() -> None:
    person = firm_user()
    counts = []
    for first in (1, 100):
        credited(person, [-1] * (1 if first == 1 else 5), first=first)
        for _n in range(1 if first == 1 else 3):
            qualified(person, make_bookable())
        counts.append(queries_of(browser_of(person), "/profile/"))
    assert counts[0] == counts[1]


def test_appeal__sent__shown_on_the_profile_and_not_twice() -> None:
    person = firm_user()
    entry, browser = lowered(person), browser_of(person)
    address = reverse("appeal-credit", args=[entry.pk])
    assert address in text_of(browser.get("/profile/"))
    assert browser.post(address, {"text": "The door was locked"})["Location"] == "/profile/"
    page = text_of(browser.get("/profile/"))
    assert "Appeal: To be decided" in page
    assert address not in page
    browser.post(address, {"text": "Again"})
    assert CreditAppeal.objects.count() == 1


def test_appeal__without_words__asked_for_them() -> None:
    person = firm_user()
    address = reverse("appeal-credit", args=[lowered(person).pk])
    assert browser_of(person).post(address, {"text": " "}).status_code == 422


def test_appeal__somebody_elses__not_found() -> None:
    address = reverse("appeal-credit", args=[lowered(firm_user()).pk])
    assert browser_of(firm_user()).get(address).status_code == 404
    assert browser_of().get(address).status_code == 302


def test_report__of_a_running_use__kept_once() -> None:
    person = firm_user()
    made = booked(make_bookable(), person)
    address, browser = reverse("booking-report", args=[made.pk]), browser_of(person)
    assert address not in text_of(browser.get(f"/bookings/{made.pk}/"))
    with time_machine.travel(slot().starts_at, tick=False):
        check_in(viewer=person, reservation=made)
        assert address in text_of(browser.get(f"/bookings/{made.pk}/"))
        for text in ("Lamp flickers", "Again"):
            browser.post(address, {"text": text, "samples": "3", "had_problems": "on"})
    report = UsageReport.objects.get()
    assert (report.text, report.samples, report.had_problems) == ("Lamp flickers", 3, True)


def test_agreements__read_and_signed__then_nothing_is_left() -> None:
    instrument, person = make_bookable(), firm_user()
    manager = manager_of(instrument.institution)
    text = publish_agreement(viewer=manager, institution_id=instrument.institution_id, text_en="Wear goggles.")
    browser, address = browser_of(person), reverse("instrument-agreements", args=[instrument.slug])
    assert "Wear goggles." in text_of(browser.get(address))
    browser.post(reverse("sign-agreement", args=[instrument.slug, text.pk]))
    assert Signature.objects.get().person_id == person.user_id
    assert "You have signed everything" in text_of(browser.get(address))


def test_booking_page__agreement_unsigned__leads_to_it() -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    publish_agreement(viewer=manager, institution_id=instrument.institution_id, text_en="Wear goggles.")
    ends = {"start_date": "2035-03-05", "start_time": "09:00", "end_date": "2035-03-05", "end_time": "11:00"}
    address = reverse("instrument-book", args=[instrument.slug])
    page = text_of(browser_of(firm_user()).post(address, {**ends, "purpose": "Test", "account": "0"}))
    assert reverse("instrument-agreements", args=[instrument.slug]) in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_profile__without_scripts__in_both_languages(language: str) -> None:
    person = firm_user()
    lowered(person)
    assert browser_of(person, language).get("/profile/").status_code == 200


def test_cancel_page__late__says_what_it_costs_in_credit() -> None:
    person, instrument = firm_user(), make_bookable()
    late, early = booked(instrument, person), booked(instrument, person, slot(day=3))
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        browser = browser_of(person)
        pages = [text_of(browser.get(f"/bookings/{made.pk}/cancel/")) for made in (late, early)]
    assert ["lowers your credit by 10 points" in page for page in pages] == [True, False]
