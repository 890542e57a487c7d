"""/api/v1/qualifications: one's own, granting, extending, revoking."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.viewers import Viewer
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import Api, firm_user, problem
from tests.factories.conduct import qualified
from tests.factories.instruments import make_instrument

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def email_of(person: Viewer) -> str:
    return User.objects.get(pk=person.person_id).email


def test_grant__by_e_mail__created_and_seen_by_both() -> None:
    instrument, person = make_instrument(), firm_user()
    staff = Api(manager_of(instrument.institution))
    body = {"email": email_of(person).upper(), "instrument": instrument.pk, "level": "supervised"}
    answer = staff.post("qualifications", body | {"expires_on": "2035-12-31"})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    assert (made["level"], made["expires_on"], made["is_expired"]) == ("supervised", "2035-12-31", False)
    own = Api(person).get("qualifications").json()
    theirs = staff.get("qualifications", {"institution": instrument.institution_id}).json()
    assert [each["id"] for each in own["items"]] == [each["id"] for each in theirs["items"]] == [made["id"]]


def test_grant__nobody_by_that_name__person_unknown() -> None:
    instrument = make_instrument()
    body = {"email": "nobody@people.example", "instrument": instrument.pk, "level": "trained"}
    problem(Api(manager_of(instrument.institution)).post("qualifications", body), 422, "person_unknown")


def test_grant__by_whom_it_is_not_for__forbidden() -> None:
    instrument, person = make_instrument(), firm_user()
    body = {"email": email_of(person), "instrument": instrument.pk, "level": "trained"}
    problem(Api(person).post("qualifications", body), 403, "forbidden")


def test_extend_and_revoke__as_staff__then_it_is_over() -> None:
    instrument = make_instrument()
    held = qualified(firm_user(), instrument)
    api = Api(manager_of(instrument.institution))
    problem(api.patch(f"qualifications/{held.pk}", {"expires_on": "2035-06-01"}), 422, "qualification_invalid")
    revoked = api.post(f"qualifications/{held.pk}/revoke", {"reason": "Left"}).json()
    assert (revoked["revoked_reason"], revoked["revoked_at"] is None) == ("Left", False)
    problem(api.post(f"qualifications/{held.pk}/revoke", {"reason": "Left"}), 409, "qualification_revoked")


def test_list__of_another_institution__forbidden() -> None:
    place = make_institution()
    problem(Api(firm_user()).get("qualifications", {"institution": place.pk}), 403, "forbidden")


def test_list__more_rows__no_more_statements() -> None:
    instrument = make_instrument()
    api = Api(manager_of(instrument.institution))
    counts = []
    for people in (1, 6):
        for _n in range(people):
            qualified(firm_user(), instrument)
        with CaptureQueriesContext(connection) as captured:
            assert api.get("qualifications", {"institution": instrument.institution_id}).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
