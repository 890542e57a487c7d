"""GET /api/v1/utilisation and /api/v1/exports/utilisation."""

import csv
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, Scope
from instruments.catalogue.models import Instrument
from tests.booking.utilisation.scenario import make_fact
from tests.factories.accounts import bearer, make_enterprise, make_institution, make_viewer
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

REPORT = "/api/v1/utilisation"
EXPORT = "/api/v1/exports/utilisation"
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def instrument() -> Instrument:
    instrument = make_instrument(make_institution(name_en='=cmd|"/c calc"!A1', name_zh=""), name_en="X-ray, small")
    make_fact(instrument, date(2026, 3, 2), open_hours=8, booked=4, used=3, external=1)
    return instrument


@pytest.fixture
def reviewer() -> dict[str, str]:
    return bearer(make_viewer(Role.REVIEWER)) | ENGLISH


def read(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_utilisation__reviewer__gets_rows_and_totals(
    client: Client, instrument: Instrument, reviewer: dict[str, str]
) -> None:
    asked = MARCH | {"by": "instrument", "metric": "used_hours,utilisation"}
    answer = client.get(REPORT, asked, headers=reviewer).json()
    assert answer["items"] == [
        {
            "key": str(instrument.pk),
            "label": "X-ray, small",
            "details": {"number": instrument.number, "institution": '=cmd|"/c calc"!A1'},
            "values": {"used_hours": 3.0, "utilisation": 0.375},
        }
    ]
    assert [metric["unit"] for metric in answer["metrics"]] == ["h", "%"]
    assert answer["totals"] == {"used_hours": 3.0, "utilisation": 0.375}
    assert answer["year_before"] == {"used_hours": 0, "utilisation": None}
    assert (answer["count"], answer["next"]) == (1, None)


def test_utilisation__next_page__is_followed_as_given(
    client: Client, instrument: Instrument, reviewer: dict[str, str]
) -> None:
    make_fact(make_instrument(), date(2026, 3, 2), open_hours=1)
    asked = MARCH | {"by": "instrument", "limit": "1", "metric": ["open_hours", "bookings"]}
    first = client.get(REPORT, asked, headers=reviewer).json()
    second = client.get(first["next"], headers=reviewer).json()
    assert [page["items"][0]["values"]["open_hours"] for page in (first, second)] == [8.0, 1.0]
    assert second["next"] is None


def test_utilisation__only_a_part__leaves_out_the_rest(
    client: Client, instrument: Instrument, reviewer: dict[str, str]
) -> None:
    other = make_instrument()
    make_fact(other, date(2026, 3, 2), open_hours=1)
    asked = MARCH | {"by": "instrument", "institution": str(other.institution_id)}
    answer = client.get(REPORT, asked, headers=reviewer).json()
    assert [row["key"] for row in answer["items"]] == [str(other.pk)]
    assert answer["totals"]["open_hours"] == 1.0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from": "2026-04-01", "to": "2026-03-01"}, "period_invalid"),
        ({"from": "yesterday"}, "invalid"),
        ({"metric": "happiness"}, "unknown_metric"),
        ({"sort": "happiness"}, "unknown_metric"),
        ({"by": "colour"}, "unknown_grouping"),
        ({"cursor": "%%%"}, "cursor_invalid"),
        ({"cursor": "LTE"}, "cursor_invalid"),
        ({"institution": "99999999999999999999999"}, "invalid"),
        ({"limit": "0"}, "invalid"),
    ],
)
def test_utilisation__bad_question__is_its_own_problem(
    client: Client, reviewer: dict[str, str], changes: dict[str, str], code: str
) -> None:
    response = client.get(REPORT, MARCH | changes, headers=reviewer)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", [REPORT, EXPORT])
def test_utilisation__without_the_right__is_refused(client: Client, path: str) -> None:
    assert client.get(path, MARCH).json()["code"] == "not_signed_in"
    firm_user = make_viewer(Role.FIRM_USER, enterprise=make_enterprise())
    assert client.get(path, MARCH, headers=bearer(firm_user)).json()["code"] == "forbidden"
    read_only = bearer(make_viewer(Role.REVIEWER), Scope.READ)
    assert client.get(path, MARCH, headers=read_only).json()["code"] == "scope_missing"
    assert client.post(path, MARCH, headers=bearer(make_viewer(Role.REVIEWER))).status_code == 405


def test_utilisation__manager_of_another_institution__sees_nothing_of_it(
    client: Client, instrument: Instrument
) -> None:
    stranger = make_viewer(Role.MANAGER, institution=make_institution())
    assert client.get(REPORT, MARCH, headers=bearer(stranger)).json()["items"] == []


def test_export__csv__opens_in_a_spreadsheet(
    client: Client, instrument: Instrument, reviewer: dict[str, str]
) -> None:
    response = client.get(EXPORT, MARCH | {"by": "instrument"}, headers=reviewer)
    text = read(response)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="utilisation-instrument-2026-03-01-2026-04-01.csv"' in response["Content-Disposition"]
    assert text.startswith("\ufeff")
    head, row = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    assert head[:6] == [
        "Instrument",
        "Number",
        "Institution",
        "Open hours (h)",
        "Booked hours (h)",
        "Used hours (h)",
    ]
    assert row[:6] == ["X-ray, small", instrument.number, '\'=cmd|"/c calc"!A1', "8.0", "4.0", "3.0"]
    assert (head[6:], row[6:]) == (
        ["External hours (h)", "Booking rate (0–1)", "Utilisation rate (0–1)", "Sharing rate (0–1)", "Bookings"],
        ["1.0", "0.500", "0.375", "0.333", "4"],
    )


def test_export__undefined__is_an_empty_cell(client: Client, reviewer: dict[str, str]) -> None:
    make_fact(make_instrument(), date(2026, 3, 2), open_hours=8)
    response = client.get(EXPORT, MARCH | {"metric": "sharing_rate,open_hours"}, headers=reviewer)
    assert read(response).splitlines()[1].endswith(",,8.0")


def test_export__any_number_of_rows__takes_two_queries_for_them(
    client: Client, reviewer: dict[str, str], django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        make_fact(make_instrument(), date(2026, 3, 2), open_hours=8)
    with django_assert_num_queries(3):  # the token, the rows, their names
        assert len(read(client.get(EXPORT, MARCH, headers=reviewer)).splitlines()) == 4
