"""/api/v1/me/credit, /credit/appeals, /agreements."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.viewers import Viewer
from booking.conduct.models import CreditEntry
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import Api, firm_user, problem
from tests.factories.conduct import credited
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db


def lowered(person: Viewer) -> CreditEntry:
    (entry,) = credited(person, [-20])
    assert entry is not None
    return entry


def test_credit__after_a_no_show__balance_entries_and_appeal() -> None:
    person = firm_user()
    entry, api = lowered(person), Api(person)
    shown = api.get("me/credit").json()
    assert (shown["credit"], shown["start"]) == (80, 100)
    assert [(each["reason"], each["change"], each["appeal"]) for each in shown["entries"]] == [
        ("no_show", -20, None)
    ]
    made = api.post(f"me/credit/{entry.pk}/appeal", {"text": "I was there"})
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert api.get("me/credit").json()["entries"][0]["appeal"] == "open"
    problem(api.post(f"me/credit/{entry.pk}/appeal", {"text": "Once more"}), 409, "credit_not_appealable")


def test_credit__somebody_elses_entry__not_found() -> None:
    entry = lowered(firm_user())
    problem(Api(firm_user()).post(f"me/credit/{entry.pk}/appeal", {"text": "Mine"}), 404, "not_found")


def test_appeals__queue_of_the_institution__decided_once() -> None:
    person = firm_user()
    entry = lowered(person)
    Api(person).post(f"me/credit/{entry.pk}/appeal", {"text": "I was there"})
    api = Api(manager_of(entry.institution))
    (appeal,) = api.get("credit/appeals", {"open": "true"}).json()["items"]
    assert (appeal["text"], appeal["change"]) == ("I was there", -20)
    path = f"credit/appeals/{appeal['id']}/decide"
    assert api.post(path, {"granted": True, "answer": "Sorry"}).json()["state"] == "granted"
    problem(api.post(path, {"granted": True, "answer": "Sorry"}), 409, "appeal_decided")
    assert Api(person).get("me/credit").json()["credit"] == 100
    assert api.get("credit/appeals", {"open": "true"}).json()["items"] == []


def test_appeals__by_whom_they_are_not_for__forbidden() -> None:
    problem(Api(firm_user()).get("credit/appeals"), 403, "forbidden")


def test_appeals__more_rows__no_more_statements() -> None:
    place = make_institution()
    api = Api(manager_of(place))
    counts = []
    for n in range(2):
        for m in range(1 + 4 * n):
            person = firm_user()
            (entry,) = credited(person, [-20], place, first=100 * n + m)
            assert entry is not None
            Api(person).post(f"me/credit/{entry.pk}/appeal", {"text": "Not me"})
        with CaptureQueriesContext(connection) as captured:
            assert api.get("credit/appeals").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_agreements__published_signed_replaced__as_each_sees_them() -> None:
    instrument = make_instrument()
    staff, person = Api(manager_of(instrument.institution)), Api(firm_user())
    made: dict[str, Any] = staff.post("agreements", {"instrument": instrument.pk, "text_en": "Goggles"}).json()
    (seen,) = person.get("agreements", {"instrument": instrument.pk}).json()["items"]
    assert (seen["id"], seen["version"], seen["signed"]) == (made["id"], 1, False)
    assert person.post(f"agreements/{made['id']}/sign").json()["signed"] is True
    staff.post("agreements", {"instrument": instrument.pk, "text_en": "Goggles and gloves"})
    problem(person.post(f"agreements/{made['id']}/sign"), 409, "agreement_replaced")


def test_agreements__nothing_or_both_named__invalid() -> None:
    instrument = make_instrument()
    api = Api(manager_of(instrument.institution))
    problem(api.get("agreements"), 422, "invalid")
    both = {"instrument": instrument.pk, "institution": instrument.institution_id, "text_en": "Text"}
    problem(api.post("agreements", both), 422, "invalid")


def test_agreements__published_by_a_stranger__forbidden() -> None:
    place = make_institution()
    problem(Api(firm_user()).post("agreements", {"institution": place.pk, "text_en": "Text"}), 403, "forbidden")
