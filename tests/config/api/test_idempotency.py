"""Idempotency keys: once per caller and key, the same answer again, nothing kept of a refusal."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import time_machine

from accounts.commands.forget_expired import forget_expired
from accounts.models import IdempotencyRecord
from booking.reservations.models import Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.databases import database_url
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import Api, firm_user, problem, slot, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def api() -> Api:
    return Api(firm_user())


def book(api: Api, instrument: Instrument, key: str = "k-1", window: TimeWindow | None = None) -> Any:
    return api.post("reservations", wish(instrument, window), Idempotency_Key=key)


def test_key__same_key_and_body__first_answer_again(api: Api, instrument: Instrument) -> None:
    first, second = book(api, instrument), book(api, instrument)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Reservation.objects.count() == 1


def test_key__same_key_other_body__mismatch(api: Api, instrument: Instrument) -> None:
    book(api, instrument)
    problem(book(api, instrument, window=slot("14:00")), 422, "idempotency_mismatch")
    problem(api.post("quotes", wish(instrument), Idempotency_Key="k-1"), 422, "idempotency_mismatch")
    assert Reservation.objects.count() == 1


def test_key__same_key_of_another_person__their_own(api: Api, instrument: Instrument) -> None:
    book(api, instrument)
    problem(book(Api(firm_user()), instrument), 409, "slot_taken")


def test_key__refused__key_is_free_again(api: Api, instrument: Instrument) -> None:
    problem(book(api, instrument, window=slot("20:00")), 422, "rules_violated")
    assert IdempotencyRecord.objects.count() == 0
    assert book(api, instrument).status_code == 201


@pytest.mark.parametrize("body", ["{", "{}", '{"instrument": 999999999}'])
def test_key__bad_input__key_is_free_again(api: Api, instrument: Instrument, body: str) -> None:
    assert api.post("reservations", body, Idempotency_Key="k-1").status_code in (400, 422)
    assert book(api, instrument).status_code == 201


def test_key__after_a_day__forgotten(api: Api, instrument: Instrument, monday_morning: datetime) -> None:
    book(api, instrument)
    assert forget_expired() == 0
    with time_machine.travel(monday_morning + timedelta(hours=24, seconds=1), tick=False):
        assert book(api, instrument, window=slot("14:00", day=1)).status_code == 201
    with time_machine.travel(monday_morning + timedelta(hours=48, seconds=2), tick=False):
        assert forget_expired() == 1


def test_key__cancelled_afterwards__answer_is_still_the_first(api: Api, instrument: Instrument) -> None:
    first = book(api, instrument)
    api.post(f"reservations/{first.json()['id']}/cancel")
    assert book(api, instrument).content == first.content
    assert Reservation.objects.get().status == "cancelled"


def test_key__every_creating_post__knows_keys(instrument: Instrument) -> None:
    api = Api(manager_of(instrument.institution))
    window = slot()
    times = {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
    bodies = {
        "closures": {"instrument": instrument.pk, **times, "reason": "x"},
        "instruments": {"institution": instrument.institution_id, "name_en": "Laser"},
    }
    for path, body in bodies.items():
        answers = [api.post(path, body, Idempotency_Key=f"k-{path}") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].content == answers[1].content
    assert Instrument.objects.count() == 2


def test_key__anonymous__asked_to_sign_in(instrument: Instrument) -> None:
    make_institution()
    problem(book(Api(), instrument), 401, "not_signed_in")
    problem(book(Api(), instrument, key=""), 401, "not_signed_in")


@pytest.mark.django_db(transaction=True)
def test_key__key_held_by_a_hanging_request__calendar_busy(
    api: Api, instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a 500: the first request of the key is still at work when the second has waited long enough."""
    monkeypatch.setattr("core.locks.LOCK_TIMEOUT_MS", 100)
    user = api.get("me").json()["id"]
    with psycopg.connect(database_url()) as other:
        other.execute(
            "INSERT INTO accounts_idempotencyrecord (user_id, key, method, path, body_digest, created_at)"
            " VALUES (%s, 'k-1', 'POST', '/', '', now())",
            [user],
        )
        answer = book(api, instrument)
        problem(answer, 503, "calendar_busy")
        assert int(answer["Retry-After"]) > 0
        other.rollback()
    assert book(api, instrument).status_code == 201
