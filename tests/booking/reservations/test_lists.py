"""What somebody sees of many reservations, and that reading a page of them asks the indexes alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution, Role
from accounts.viewers import ANONYMOUS, Viewer
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import reservations_visible_to
from booking.reservations.selectors.lists import VisibleReservations
from core.errors import NotSignedIn
from tests.factories.accounts import make_enterprise, make_institution, make_viewer, manager_of
from tests.factories.booking import Api, booked, firm_user, make_bookable, slot
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

ROWS = 40_000
_MANY = """
    INSERT INTO reservations_reservation (instrument_id, kind, status, during, turnaround_minutes, places, user_id,
        tier, purpose, note, quote, total_fen, use_is_assumed, ended_reason, created_at, version)
    SELECT i.ids[1 + n %% cardinality(i.ids)], 'use', 'completed',
           tstzrange(begin + n * interval '1 hour', begin + (n + 1) * interval '1 hour'),
           0, 1, %s, 'external', '', '', '{}', 0, false, '', now(), 1
    FROM generate_series(1, %s) n, (SELECT %s::bigint[] AS ids, timestamptz '2020-01-01' AS begin) i
"""


def add_many(instruments: list[int], rows: int) -> None:
    """Past uses, spread over the instruments; without the triggers, which would write their history."""
    somebody = make_viewer().user_id
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reservations_reservation DISABLE TRIGGER USER")
        cursor.execute(_MANY, [somebody, rows, instruments])
        cursor.execute("ALTER TABLE reservations_reservation ENABLE TRIGGER USER")
        cursor.execute("ANALYZE reservations_reservation, catalogue_instrument, accounts_institution")


def plan_of(query: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every node of the plan of a statement that was run."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"])
        (plan,) = cursor.fetchone()
    yield from _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


@pytest.fixture
def small() -> Institution:
    """Three instruments with hardly anything on them, among many that are busy."""
    few = [make_instrument(place := make_institution()).pk]
    few += [make_instrument(place).pk for _number in range(2)]
    busy = make_institution()
    add_many([make_instrument(busy).pk for _number in range(30)], ROWS)
    add_many(few, 7)
    add_many([make_instrument(busy).pk], ROWS // 10)
    return place


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATOR])
def test_page_and_count__small_institution_among_many_rows__indexes_alone(small: Institution, role: Role) -> None:
    seen = VisibleReservations(make_viewer(role, institution=small))
    with CaptureQueriesContext(connection) as captured:
        assert len(seen.first_rows(51)) == 7
        assert seen.count_to(1001) == 7
    for query in captured.captured_queries:
        on = [node for node in plan_of(query) if node.get("Relation Name") == Reservation._meta.db_table]
        assert on
        assert all(node["Node Type"] != "Seq Scan" for node in on), query["sql"]
        walked = [node for node in on if "pkey" in node.get("Index Name", "") and "Index Cond" not in node]
        assert not walked, query["sql"]


def test_page__long_texts_of_the_instrument__are_not_read(small: Institution) -> None:
    seen = VisibleReservations(manager_of(small))
    with CaptureQueriesContext(connection) as captured:
        seen.first_rows(1)
    (query,) = captured.captured_queries
    assert not [name for name in ('"search"', '"description"', '"services"') if name in query["sql"]]


def viewers() -> list[Viewer]:
    firm = make_enterprise()
    place = make_bookable(region="330600")
    colleague, stranger = firm_user(firm), firm_user()
    booked(place, colleague, slot(), account_id=firm.pk)
    booked(place, colleague, slot(day=1))
    booked(place, stranger, slot(day=2))
    booked(make_bookable(region="330100"), stranger, slot())
    booker = make_viewer()
    booked(place, stranger, slot(day=3))
    Reservation.objects.filter(during__startswith=slot(day=3).starts_at).update(booked_by=booker.user_id)
    return [
        colleague,
        stranger,
        firm_user(firm),
        manager_of(place.institution),
        make_viewer(Role.ADMIN),
        make_viewer(),
        booker,
        *(make_viewer(Role.REVIEWER, region=region) for region in ("330600", "3306", "330000", "33", "", "440000")),
    ]


def test_page_and_count__whoever_looks__are_what_they_may_see(monday_morning: Any) -> None:
    found = []
    for viewer in viewers():
        pages = VisibleReservations(viewer)
        whole = list(reservations_visible_to(viewer).order_by("-pk"))
        assert (pages.first_rows(50), pages.count_to(50)) == (whole, len(whole))
        assert pages.first_rows(1) == whole[:1]
        assert pages.filter(user_id=0).first_rows(50) == []
        assert pages.during(slot()).first_rows(9) == [r for r in whole if r.during.lower == slot().starts_at]
        found.append(len(whole))
    assert found == [2, 3, 1, 4, 5, 0, 1, 4, 4, 5, 5, 5, 0]


def test_api_list__status__one_of_those_there_are(monday_morning: Any) -> None:
    viewer = firm_user()
    made = booked(make_bookable(), viewer)
    api = Api(viewer)
    assert [each["id"] for each in api.get("reservations", {"status": "confirmed"}).json()["items"]] == [made.pk]
    assert api.get("reservations", {"status": "held"}).json()["items"] == []
    refused = api.get("reservations", {"status": "nonsense"})
    assert (refused.status_code, "'confirmed'" in refused.content.decode()) == (422, True)


def test_list__anonymous__is_refused() -> None:
    with pytest.raises(NotSignedIn):
        VisibleReservations(ANONYMOUS)
