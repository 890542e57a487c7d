"""Bad input: each kind its own clear problem document, in the caller's language, never a 500."""

import json
import re
from typing import Any

import pytest

from accounts.models import Scope
from config.runner.layout import CHECKOUT
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import Api, firm_user, open_instrument, problem, slot, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

HUGE = 10**30


@pytest.fixture
def api() -> Api:
    return Api(firm_user())


def test_api__end_before_start__window_valid(api: Api, instrument: Instrument) -> None:
    body = wish(instrument)
    for path in ("quotes", "reservations"):
        answer = api.post(path, body | {"start": body["end"], "end": body["start"]})
        document = problem(answer, 422, "rules_violated")
        assert [broken["code"] for broken in document["violations"]] == ["window_valid"]
        assert document["detail"] == "The end must be after the start."
        assert document["zone"] == "Asia/Shanghai"


def test_api__ten_year_window__window_valid_with_its_limit(api: Api, instrument: Instrument) -> None:
    document = problem(api.post("reservations", wish(instrument, slot(hours=87_600))), 422, "rules_violated")
    (broken,) = document["violations"]
    assert (broken["code"], broken["limit"], broken["actual"]) == ("window_valid", 576_000, 5_256_000)
    assert document["zone"] == "Asia/Shanghai"
    query = {"from": "2035-01-01T00:00:00Z", "to": "2045-01-01T00:00:00Z"}
    problem(api.get(f"instruments/{instrument.pk}/availability", query), 422, "window_invalid")


@pytest.mark.parametrize("start", ["2035-03-05T09:00:00", "2035-03-05 09:00", "2035-03-05"])
def test_api__naive_time__says_what_would_be_right(api: Api, instrument: Instrument, start: str) -> None:
    document = problem(api.post("reservations", wish(instrument) | {"start": start}), 422, "invalid")
    assert "+08:00" in document["detail"]
    assert document["errors"][0]["field"] == "start"
    answer = api.get(f"instruments/{instrument.pk}/availability", {"from": start, "to": start})
    assert "+08:00" in problem(answer, 422, "invalid")["detail"]


@pytest.mark.parametrize(
    "start",
    [
        "tomorrow",
        "",
        "2035-02-30T09:00:00Z",
        "2035-03-05T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1899-12-31T00:00:00Z",
        "1741136400",
        1_741_136_400,
        1e300,
        True,
        None,
        [],
        {},
    ],
)
def test_api__not_a_time__invalid(api: Api, instrument: Instrument, start: object) -> None:
    for field in ("start", "end"):
        for path in ("quotes", "reservations"):
            answer = api.post(path, wish(instrument) | {field: start})
            assert problem(answer, 422, "invalid")["errors"][0]["field"] == field
    if isinstance(start, str):
        answer = api.get(f"instruments/{instrument.pk}/availability", {"from": start, "to": start})
        problem(answer, 422, "invalid")
        problem(api.get("instruments", {"free_to": start}), 422, "invalid")


@pytest.mark.parametrize("key", [0, 10**9, HUGE])
def test_api__unknown_instrument__not_found(api: Api, instrument: Instrument, key: int) -> None:
    for path in ("quotes", "reservations"):
        problem(api.post(path, wish(instrument) | {"instrument": key}), 404, "not_found")
    problem(api.get(f"instruments/{key}"), 404, "not_found")
    query = {"from": "2035-03-05T00:00:00Z", "to": "2035-03-06T00:00:00Z"}
    problem(api.get(f"instruments/{key}/availability", query), 404, "not_found")


def test_api__draft_of_another_institution__as_if_it_did_not_exist(api: Api) -> None:
    draft = open_instrument(status="draft")
    problem(api.post("reservations", wish(draft)), 404, "not_found")
    problem(api.get(f"instruments/{draft.pk}"), 404, "not_found")


def test_api__foreign_institution__forbidden_for_what_one_sees(instrument: Instrument) -> None:
    manager = Api(manager_of(make_institution()))
    times = {"start": slot().starts_at.isoformat(), "end": slot().ends_at.isoformat()}
    closure = {"instrument": instrument.pk, **times, "reason": "x"}
    problem(manager.post("closures", closure), 403, "forbidden")
    problem(manager.patch(f"instruments/{instrument.pk}", {"model": "X"}), 403, "forbidden")
    listing = {"institution": instrument.institution_id, "name_en": "Laser"}
    problem(manager.post("instruments", listing), 403, "forbidden")
    problem(manager.post("instruments", listing | {"institution": 10**9}), 404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "instrument=1&start=2",
        '{"instrument": 1,}',
        b"\xff\xfe{}",
        b"\x80",
        "[" * 20_000,
        '{"instrument": ' + "9" * 5_000 + "}",
    ],
)
def test_api__unreadable_body__malformed(api: Api, body: str | bytes) -> None:
    for path in ("quotes", "reservations", "closures", "instruments"):
        problem(api.post(path, body), 400, "malformed")


@pytest.mark.parametrize("body", ["", "[]", "null", "5", '"text"', "true", "{}"])
def test_api__json_of_another_shape__invalid(api: Api, body: str) -> None:
    problem(api.post("reservations", body), 422, "invalid")


def test_api__wrong_content_type__json_is_asked_for(api: Api, instrument: Instrument) -> None:
    answer = api.client.post("/api/v1/reservations", {"instrument": instrument.pk})
    problem(answer, 400, "malformed")


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "one"}])
def test_api__ten_megabytes__too_large(api: Api, headers: dict[str, str]) -> None:
    body = json.dumps({"note": "x" * 10_000_000})
    for path in ("reservations", "quotes"):
        problem(api.post(path, body, **headers), 413, "too_large")


@pytest.mark.parametrize(
    "change",
    [
        {"place": 2},
        {"places": 0},
        {"places": -1},
        {"places": 201},
        {"places": HUGE},
        {"places": 1.5},
        {"places": "two"},
        {"instrument": -1.5},
        {"instrument": "x"},
        {"instrument": None},
        {"purpose": "x" * 201},
        {"purpose": 5},
        {"note": "x" * 4001},
        {"note": "a\x00b"},
        {"purpose": "\x00"},
        {"account": "mine"},
        {"waive": [{"code": "on_grid"}]},
        {"waive": [{"code": "on_grid", "reason": ""}]},
        {"waive": [{"code": "on_grid", "reason": "x"}] * 21},
        {"waive": "all"},
        {"\x00": 1},
    ],
)
def test_api__wrong_field__invalid_and_named(api: Api, instrument: Instrument, change: dict[str, Any]) -> None:
    for path in ("quotes", "reservations"):
        document = problem(api.post(path, wish(instrument) | change), 422, "invalid")
        assert document["errors"][0]["field"].split(".")[0] == next(iter(change))


@pytest.mark.parametrize(
    "change", ['"purpose": "\\ud800"', '"note": "a\\udfffb"', '"\\ud800": 1', '"a\\udc00": {}']
)
def test_api__lone_surrogate__invalid(api: Api, instrument: Instrument, change: str) -> None:
    body = json.dumps(wish(instrument))[:-1] + f", {change}}}"
    problem(api.post("reservations", body), 422, "invalid")


@pytest.mark.parametrize("account", [0, -5, HUGE, 10**9])
def test_api__account_of_others__forbidden_for_the_quote_too(
    api: Api, instrument: Instrument, account: int
) -> None:
    for path in ("quotes", "reservations"):
        problem(api.post(path, wish(instrument, account=account)), 403, "forbidden")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": HUGE},
        {"limit": "x"},
        {"duration": -1},
        {"duration": HUGE},
        {"max_hourly_fen": -1},
        {"sort": "colour"},
        {"institution": "x"},
        {"q": "x" * 201},
        {"free_from": "2035-03-05T09:00:00Z", "free_to": "2035-03-05T08:00:00Z"},
    ],
)
def test_search__wrong_parameter__invalid(api: Api, query: dict[str, Any]) -> None:
    problem(api.get("instruments", query), 422, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        {"institution": HUGE},
        {"institution": -HUGE},
        {"max_hourly_fen": HUGE},
        {"category": "%_\\"},
        {"region": "'; --"},
        {"q": "'&|!():*<->\\"},
        {"q": "\ud7ff\U0010ffff"},
        {"access_mode": "\u202e"},
        {"free_from": "1901-01-01T00:00:00Z", "free_to": "2199-01-01T00:00:00Z", "duration": 60},
    ],
)
def test_search__strange_but_possible__an_answer(api: Api, query: dict[str, Any]) -> None:
    assert api.get("instruments", query).status_code == 200


CURSORS = ["x", "%", "W10", "WzFd", "WyJhIl0", "W251bGxd", "W1tdXQ", "W3t9XQ", "bnVsbA", "WzFlMzAwXQ", "W05hTl0"]
CURSORS += ["W3RydWVd", "WzFlNDAwXQ", "WzEuNV0", "é", "=" * 200, "W" * 200, "WyJcdWQ4MDAiXQ", "WyJcdTAwMDAiXQ"]


@pytest.mark.parametrize("cursor", [*CURSORS, "W1tbW1tbW1tb" * 2000])
@pytest.mark.parametrize("path", ["institutions", "reservations", "instruments"])
def test_cursor__not_from_this_list__cursor_invalid_or_an_answer(api: Api, path: str, cursor: str) -> None:
    answer = api.get(path, {"cursor": cursor})
    if answer.status_code == 422:
        assert problem(answer, 422, answer.json()["code"])["code"] in ("cursor_invalid", "invalid")
    else:
        assert (answer.status_code, cursor) == (200, "WzFd")


@pytest.mark.parametrize("header", ["x", '"', '"-1"', '"1.5"', '"99999999999"', "１", "W/x", '"1", "2"'])
def test_if_match__not_a_version__version_invalid(api: Api, instrument: Instrument, header: str) -> None:
    key = api.post("reservations", wish(instrument)).json()["id"]
    problem(api.patch(f"reservations/{key}", {"note": "x"}, If_Match=header), 422, "version_invalid")


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_idempotency_key__unusable__says_so(api: Api, instrument: Instrument, key: str) -> None:
    answer = api.post("reservations", wish(instrument), Idempotency_Key=key)
    problem(answer, 422, "idempotency_key_invalid")


@pytest.mark.parametrize("path", ["nothing", "reservations/x", "instruments/-1", "instruments/1/", "%00"])
def test_api__unknown_address__not_found_as_a_problem(path: str) -> None:
    api = Api()
    api.client.handler.enforce_csrf_checks = True
    for answer in (api.get(path), api.post(path, {}), api.delete(path)):
        problem(answer, 404, "not_found")


def test_api__nul_in_the_address__malformed(api: Api) -> None:
    problem(api.client.get("/api/v1/instruments?q=a%00b"), 400, "malformed")


@pytest.mark.parametrize(
    ("language", "detail"),
    [("en", "Sign in first."), ("zh-CN", "请先登录。"), ("", "请先登录。"), ("fr, en;q=0.5", "Sign in first.")],
)
def test_api__accept_language__problem_in_that_language(language: str, detail: str) -> None:
    document = problem(Api(language=language).get("me"), 401, "not_signed_in")
    assert document["detail"] == detail


def test_api__accept_language__violations_in_that_language(instrument: Instrument) -> None:
    viewer = firm_user()
    said = {
        language: Api(viewer, language=language).post("quotes", wish(instrument, slot("20:00"))).json()
        for language in ("zh", "en")
    }
    messages = {language: answer["violations"][0]["message"] for language, answer in said.items()}
    assert messages == {"en": "The window is not within the opening hours.", "zh": messages["zh"]}
    assert not messages["zh"].isascii()


def test_api__token_without_scope__says_which(instrument: Instrument) -> None:
    reader = Api(firm_user(), Scope.READ)
    assert problem(reader.post("reservations", wish(instrument)), 403, "scope_missing")["scope"] == "book"


def endpoints_with_a_body() -> list[tuple[str, str]]:
    """(method, path with 1 for every id) of whatever reads JSON."""
    paths = json.loads((CHECKOUT / "docs" / "openapi.json").read_text())["paths"]
    return [
        (method, re.sub(r"\{[^}]*\}", "1", path).removeprefix("/api/v1/"))
        for path, methods in paths.items()
        for method, each in methods.items()
        if "application/json" in each.get("requestBody", {}).get("content", {})
    ]


def test_api__body_that_is_no_object__named_as_the_body_everywhere() -> None:
    api, asked = Api(firm_user()), endpoints_with_a_body()
    assert len(asked) > 30
    fields = {}
    for method, path in asked:
        document = problem(api.send(method, path, "[1]"), 422, "invalid")
        fields[path] = [each["field"] for each in document["errors"]]
    assert {path: names for path, names in fields.items() if names != ["body"]} == {}
