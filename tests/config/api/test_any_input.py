"""Whatever a machine makes up from the OpenAPI document: an answer or a problem, never a 500."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings

from accounts.models import Role
from config.wsgi import application
from instruments.catalogue.models import Instrument
from tests.conftest import DEEP
from tests.factories.accounts import make_viewer
from tests.factories.booking import booked, make_bookable, token_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


class Place:
    """Something real to hit: an instrument, a reservation and somebody who may everything."""

    def __init__(self) -> None:
        self.instrument: Instrument = make_bookable()
        self.keys = {
            "instrument_id": self.instrument.pk,
            "institution_id": self.instrument.institution_id,
            "reservation_id": booked(self.instrument).pk,
        }
        self.headers = {"Authorization": f"Bearer {token_for(make_viewer(Role.ADMIN))}"}

    def aim(self, case: Any) -> None:
        """Half of the made-up ids would hit nothing; small ones are made to hit."""
        for name, key in self.keys.items():
            value = (case.path_parameters or {}).get(name)
            if isinstance(value, int) and value % 2 == 0:
                case.path_parameters[name] = key
        if isinstance(case.body, dict) and isinstance(case.body.get("instrument"), int):
            case.body["instrument"] = self.instrument.pk


@pytest.fixture
def place() -> Iterator[Place]:
    """The handler must not close the connection in whose transaction the test lives."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield Place()
    for signal in signals:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=400 if DEEP else 6,
    deadline=None,
    derandomize=not DEEP,
    database=None,
    phases=(Phase.explicit, Phase.generate) if not DEEP else tuple(Phase),
    suppress_health_check=list(HealthCheck),
)
def test_operation__any_input__no_5xx_and_problems_are_documents(case: Any, place: Place) -> None:
    place.aim(case)
    answer = case.call(headers=place.headers)
    assert answer.status_code < 500, (case.as_curl_command(), answer.text[:300])
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
        assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
