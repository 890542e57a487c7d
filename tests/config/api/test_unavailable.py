"""While the database is away: 503 and when to try again, for programs and people."""

import pytest
from django.db import OperationalError
from django.test import Client

from tests.factories.booking import Api, problem


@pytest.mark.django_db
def test_api__database_away__problem_with_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api()
    monkeypatch.setattr("accounts.api.Institution.objects.order_by", _away)
    answer = api.get("institutions")
    problem(answer, 503, "unavailable")
    assert answer["Retry-After"] == "5"


@pytest.mark.django_db
def test_page__database_away__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontend.pages.home.discover", _away)
    answer = Client(raise_request_exception=False).get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def _away(*_args: object, **_options: object) -> None:
    raise OperationalError("the connection is closed")
