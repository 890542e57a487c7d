"""What is wrong with a field is said in the caller's language."""

from typing import Any, get_args

import pytest
from django.utils.translation import override
from pydantic_core.core_schema import ErrorType

from config.api.schema_errors import message_of
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import Api, firm_user, make_bookable, problem, wish

LONG = "x" * 4001
WRONG = [
    ({"start": None}, "Give times with their offset, such as 2026-03-02T09:00:00+08:00."),
    ({"start": "2035-03-05T25:00:00Z"}, "Give times with their offset, such as 2026-03-02T09:00:00+08:00."),
    ({"start": "1812-03-05T05:00:00Z"}, "Times lie between the years 1900 and 2199."),
    ({"place": 2}, "This field is not known here."),
    ({"places": 0}, "The value must be 1 or more."),
    ({"places": 201}, "The value must be 200 or less."),
    ({"places": 1.5}, "Give a whole number."),
    ({"places": "two"}, "Give a whole number."),
    ({"instrument": None}, "Give a whole number."),
    ({"purpose": 5}, "Give a text."),
    ({"note": LONG}, "Too long: 4000 at most."),
    ({"note": "a\x00b"}, "Text must not contain NUL or broken characters."),
    ({"waive": "all"}, "Give a list."),
    ({"waive": [5]}, "Give an object with named fields."),
    ({"waive": [{"code": "on_grid"}]}, "This field is required."),
    ({"waive": [{"code": "on_grid", "reason": ""}]}, "Too short: 1 at least."),
]


@pytest.mark.django_db
@pytest.mark.usefixtures("monday_morning")
@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _change, said in WRONG])
def test_api__wrong_field__is_told_in_the_callers_language(change: dict[str, Any], said: str) -> None:
    instrument, viewer = make_bookable(), firm_user()
    for language in ("en", "zh-CN"):
        answer = Api(viewer, language=language).post("quotes", wish(instrument) | change)
        document = problem(answer, 422, "invalid")
        (error,) = document["errors"]
        assert document["detail"] == f"{error['field']}: {error['message']}"
        assert (error["message"] == said) is (language == "en")
        assert error["message"].isascii() is (language == "en")


@pytest.mark.django_db
def test_api__pattern_and_unreadable_body__are_told_in_chinese() -> None:
    api = Api(manager_of(make_institution()), language="zh-CN")
    document = problem(api.get("instruments", {"sort": "size"}), 422, "invalid")
    assert document["detail"] == "sort: 文本须符合格式 ^(relevance|price|soonest)?$。"
    unreadable = problem(api.post("quotes", "{"), 400, "malformed")
    assert unreadable["detail"] == unreadable["title"] == "请求正文不是可读的 JSON。"


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_message__of_every_kind_that_pydantic_knows__is_chinese(kind: str) -> None:
    limits = {"gt": 1, "ge": 1, "lt": 1, "le": 1, "min_length": 1, "max_length": 1, "pattern": "x"}
    error = {"type": kind, "msg": "Input should be English", "ctx": limits | {"expected": "'a', 'b' or 'c'"}}
    with override("zh-hans"):
        message = message_of(error)
    assert not message.isascii()
    assert "Input" not in message
    assert " or " not in message
