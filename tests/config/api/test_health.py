"""Liveness, readiness and the documents that describe the API."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from config import health
from core import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_workers(db: None) -> None:
    """Those of other tests."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET worker_id = NULL; DELETE FROM procrastinate_workers")


def ready() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def beat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s - make_interval(secs => %s))",
            [clock.now(), seconds_ago],
        )


def test_healthz__always__ok_without_touching_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz__no_worker__503_with_the_reason() -> None:
    status, document = ready()
    assert (status, document["worker"]) == (503, "no worker is running")
    assert (document["database"], document["channel_layer"]) == ("ok", "ok")


def test_readyz__worker_alive_and_silent__200_and_503() -> None:
    beat(5)
    assert ready() == (200, {"status": "ok", "database": "ok", "worker": "ok", "channel_layer": "ok"})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    beat(90)
    status, document = ready()
    assert status == 503
    assert re.fullmatch(r"no heartbeat for 9\d s", document["worker"])


def test_readyz__parts_away__503_with_each_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        async def group_send(self, group: str, message: object) -> None:
            raise ConnectionRefusedError

    monkeypatch.setattr(health, "get_channel_layer", Away)
    monkeypatch.setattr(health, "_database", lambda: "not reachable: OperationalError")
    status, document = ready()
    assert status == 503
    assert document["database"] == "not reachable: OperationalError"
    assert document["worker"] == "unknown: no database"
    assert document["channel_layer"] == "not reachable: ConnectionRefusedError"


def test_documents__anonymous__openapi_and_docs_without_third_parties() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    page = Client().get("/api/v1/docs")
    addresses = re.findall(rb"(?:src|href)=\"([^\"]+)\"", page.content)
    assert page.status_code == 200
    assert addresses
    assert all(address.startswith(b"/static/") for address in addresses)


def test_openapi__every_operation__says_what_it_does_and_declares_its_problems() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert {"401", "422"} <= set(operation["responses"]), (method, path)
