"""The instruments' endpoints, as an integrator reads them: search, one, availability, editing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Tier
from booking.discovery.schemas import CardOut, ResultsOut
from booking.discovery.selectors import results as discovery
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.set_policy_value import set_policy_value
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    Api,
    band,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WEEK = {"from": "2035-03-05T00:00:00+08:00", "to": "2035-03-12T00:00:00+08:00"}
DAY = {"from": "2035-03-05T00:00:00+08:00", "to": "2035-03-06T00:00:00+08:00"}


def hours(pairs: list[list[str]]) -> list[tuple[str, ...]]:
    return [tuple(text[11:16] if text[:2] == "20" else text for text in pair) for pair in pairs]


def availability(instrument: Instrument, viewer: Any = None, query: dict[str, str] = DAY) -> dict[str, Any]:
    document: dict[str, Any] = Api(viewer).get(f"instruments/{instrument.pk}/availability", query).json()
    return document


def test_availability__anonymous__open_busy_free_without_names(instrument: Instrument) -> None:
    booked(instrument, window=slot("11:00"))
    document = availability(instrument)
    assert (document["zone"], document["revision"]) == ("Asia/Shanghai", revision_of(instrument))
    assert (document["from"], document["to"]) == (DAY["from"], DAY["to"])
    assert hours(document["open"]) == [("09:00", "17:00")]
    assert hours(document["busy"]) == [("11:00", "13:00", "taken")]
    assert hours(document["free"]) == [("09:00", "11:00"), ("13:00", "17:00")]
    assert set(document) == {"instrument", "revision", "zone", "from", "to", "open", "busy", "free", "off_peak"}


def test_availability__own_closure_and_turnaround__their_kinds() -> None:
    instrument = open_instrument(turnaround=30)
    viewer = firm_user()
    booked(instrument, viewer, slot("09:00", 1))
    manager = manager_of(instrument.institution)
    close_instrument(viewer=manager, instrument=instrument, window=slot("12:00", 1), reason="x")
    document = availability(instrument, viewer)
    assert hours(document["busy"]) == [
        ("09:00", "10:00", "own"),
        ("10:00", "10:30", "turnaround"),
        ("12:00", "13:00", "closure"),
    ]
    assert hours(document["free"]) == [("10:30", "11:30"), ("13:00", "17:00")]


def test_availability__evening_for_internal_only__by_who_asks() -> None:
    evening = band("17:00", "21:00", tiers=Tier.INTERNAL.bit)
    instrument = open_instrument(bands=[band("09:00", "17:00"), evening])
    assert hours(availability(instrument)["open"]) == [("09:00", "17:00")]
    assert hours(availability(instrument, operator_of(instrument.institution))["open"]) == [("09:00", "21:00")]


def test_availability__two_places__taken_only_where_none_is_left() -> None:
    instrument = open_instrument(places=2)
    booked(instrument, window=slot("09:00", 4))
    booked(instrument, window=slot("11:00", 4))
    document = availability(instrument)
    assert hours(document["busy"]) == [("11:00", "13:00", "taken")]
    assert hours(document["free"]) == [("09:00", "11:00"), ("13:00", "17:00")]


def test_availability__etag__304_until_the_calendar_changes(instrument: Instrument) -> None:
    api, path = Api(firm_user()), f"instruments/{instrument.pk}/availability"
    first = api.get(path, WEEK)
    again = api.get(path, WEEK, If_None_Match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    booked(instrument)
    changed = api.get(path, WEEK, If_None_Match=first["ETag"])
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


def test_availability__etag__another_for_other_viewers_and_windows(instrument: Instrument) -> None:
    path = f"instruments/{instrument.pk}/availability"
    tags = {Api(viewer).get(path, query)["ETag"] for viewer in (None, firm_user()) for query in (DAY, WEEK)}
    assert len(tags) == 4


def test_availability__queries__constant(instrument: Instrument, django_assert_num_queries: Any) -> None:
    api, path = Api(), f"instruments/{instrument.pk}/availability"
    for start in ("09:00", "12:00", "14:00"):
        booked(instrument, window=slot(start))
        with django_assert_num_queries(3):
            tag = api.get(path, WEEK)["ETag"]
    with django_assert_num_queries(1):
        api.get(path, WEEK, If_None_Match=tag)


@pytest.mark.parametrize("missing", ["from", "to"])
def test_availability__without_bounds__invalid(instrument: Instrument, missing: str) -> None:
    query = {name: value for name, value in DAY.items() if name != missing}
    problem(Api().get(f"instruments/{instrument.pk}/availability", query), 422, "invalid")


def test_instrument__in_full__price_rules_and_next_free(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="lead_time", value=120)
    answer = Api(firm_user()).get(f"instruments/{instrument.pk}")
    document = answer.json()
    assert answer["ETag"] == f'"{document["version"]}"'
    assert (document["hourly_fen"], document["next_free"]) == (24_000, "2035-03-05T10:00:00+08:00")
    assert (document["capacity"], document["turnaround_minutes"], document["zone"]) == (1, 0, "Asia/Shanghai")
    rules = {rule["code"]: (rule["value"], rule["source"]) for rule in document["rules"]}
    assert (rules["lead_time"], rules["on_grid"]) == ((120, "instrument"), (30, "default"))


def test_search__free_for_two_hours_that_day__only_those_and_when() -> None:
    free, busy = make_bookable(), make_bookable()
    booked(busy, window=slot("09:00", 4))
    booked(busy, window=slot("14:00", 3))
    query = {"free_from": DAY["from"], "free_to": DAY["to"], "duration": 120, "sort": "soonest"}
    (found,) = Api(firm_user()).get("instruments", query).json()["items"]
    assert (found["id"], found["next_free"]) == (free.pk, "2035-03-05T09:00:00+08:00")


def test_search__price_for_the_viewer__decides() -> None:
    instrument = make_bookable()

    def found(viewer: Any, most: int) -> bool:
        return bool(Api(viewer).get("instruments", {"max_hourly_fen": most}).json()["items"])

    operator = operator_of(instrument.institution)
    assert [found(operator, 10_000), found(firm_user(), 10_000), found(firm_user(), 24_000)] == [True, False, True]


def test_search__drafts_and_retired__never_shown() -> None:
    for status in ("draft", "retired"):
        open_instrument(status=status)
    assert Api(firm_user()).get("instruments").json()["items"] == []


@pytest.mark.parametrize("sort", ["", "relevance", "price", "soonest"])
def test_search__pages__everything_once(sort: str) -> None:
    keys = {make_bookable().pk for _ in range(7)}
    api, seen = Api(), []
    url = f"/api/v1/instruments?limit=3&sort={sort}"
    while url:
        page = api.client.get(url).json()
        seen += [item["id"] for item in page["items"]]
        url = page["next"]
    assert (len(seen), set(seen)) == (7, keys)


def test_search__in_order_of_listing__has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_RANKED", 3)
    keys = [make_bookable().pk for _ in range(5)]
    page = Api().get("instruments", {"limit": 2}).json()
    seen = [item["id"] for item in page["items"]]
    while page["next"]:
        page = Api().client.get(page["next"]).json()
        seen += [item["id"] for item in page["items"]]
    assert seen == keys


@pytest.mark.parametrize("sort", ["", "price", "soonest"])
def test_search__any_number__same_number_of_queries(sort: str) -> None:
    make_bookable()
    api = Api(firm_user())
    with_one = counted(api, sort)
    for _ in range(4):
        make_bookable()
    assert counted(api, sort) == with_one


def counted(api: Api, sort: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get("instruments", {"sort": sort}).status_code == 200
    return len(queries)


def test_create_change_publish__by_the_manager__seen_by_everybody() -> None:
    place = make_institution()
    api = Api(manager_of(place))
    made = api.post("instruments", {"institution": place.pk, "name_en": "Laser", "publish": True})
    document = made.json()
    assert (made.status_code, document["status"], document["name_en"]) == (201, "published", "Laser")
    path = f"instruments/{document['id']}"
    version = f'"{document["version"]}"'
    changed = api.patch(path, {"model": "X-1"}, If_Match=version)
    assert (changed.status_code, changed.json()["model"]) == (200, "X-1")
    problem(api.patch(path, {"model": "X-2"}, If_Match=version), 412, "stale")
    assert Api().get(path).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"name_en": "", "name_zh": ""},
        {"category": "999999"},
        {"contact_email": "nobody"},
        {"contact_url": "javascript:alert(1)"},
        {"access_modes": ["flying"]},
        {"original_value_fen": -1},
        {"original_value_fen": 10**30},
        {"commissioned_on": "yesterday"},
        {"model": "x" * 201},
        {"description": "a\x00"},
        {"status": "published"},
        {"access_modes": ["\x00"]},
        {"category": "\ud7ff\u0000"},
    ],
)
def test_change__impossible_details__422(change: dict[str, Any]) -> None:
    instrument = make_bookable()
    answer = Api(manager_of(instrument.institution)).patch(f"instruments/{instrument.pk}", change)
    assert answer.status_code == 422
    problem(answer, 422, answer.json()["code"])


@pytest.mark.parametrize("path", ["institutions", "categories", "instruments"])
def test_public_lists__anonymous__items_next_count(path: str) -> None:
    make_bookable()
    document = Api().get(path).json()
    assert {"items", "next", "count"} <= set(document)


def test_institutions__pages__everything_once() -> None:
    keys = [make_institution().pk for _ in range(5)]
    api, seen, url = Api(), [], "/api/v1/institutions?limit=2"
    while url:
        page = api.client.get(url).json()
        seen += [item["id"] for item in page["items"]]
        url = page["next"]
    assert seen == keys
    assert api.get(f"institutions/{keys[0]}").json()["zone"] == "Asia/Shanghai"
    problem(api.get("institutions/999999999999999999999999"), 404, "not_found")


def test_search__answer__is_what_its_schema_says(instrument: Instrument) -> None:
    make_bookable()
    document = Api(None).get("instruments", {"duration": 60}).json()
    assert len(document["items"]) == 2
    assert len(document["facets"]["institution"]) == 2
    assert ResultsOut.model_validate(document).model_dump(mode="json").keys() == document.keys()
    for item in document["items"]:
        checked = CardOut.model_validate(item).model_dump()
        assert item.keys() == checked.keys()
        assert {**checked, "next_free": None, "next_window": None} == {
            **item,
            "next_free": None,
            "next_window": None,
        }
        assert item["next_free"] == item["next_window"]["start"]
