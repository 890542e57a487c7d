"""Answers against questions: pure."""

from typing import Any

import pytest
from django.utils import translation

from booking.intake.answers import SampleDeclaration, checked_answers, files_in, unanswered
from booking.intake.errors import AccessModeNotOffered, AnswersInvalid, FormInvalid
from booking.intake.questions import MOST_QUESTIONS, Question, checked, mode_of, questions_of
from tests.factories.intake import SELF, SUBMITTED, question

FORM = (
    question("material", required_for=(SELF,)),
    question("grams", "number"),
    question("shape", "choice", asked_for=(SUBMITTED,), required_for=(SUBMITTED,)),
    question("sheet", "file"),
)
FILES = {7: {"id": 7, "name": "谱图.pdf", "size": 3}}


def judged(mode: str = SELF, *, kept: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return checked_answers(FORM, mode, given, files=FILES, kept=kept)


def errors_of(mode: str = SELF, **given: Any) -> list[tuple[str, str]]:
    with pytest.raises(AnswersInvalid) as refusal:
        judged(mode, **given)
    return [(each["question"], each["code"]) for each in refusal.value.extra["errors"]]


def test_answers__all_kinds__stored_in_the_forms_order() -> None:
    answers = judged(sheet=7, grams=0.5, material="  二氧化钛 ")
    assert answers == {"material": "二氧化钛", "grams": 0.5, "sheet": FILES[7]}
    assert list(answers) == ["material", "grams", "sheet"]


@pytest.mark.parametrize("value", [None, "", "  \n "])
def test_answers__required_and_empty__missing(value: Any) -> None:
    assert errors_of(material=value) == [("material", "missing")]


def test_answers__required_elsewhere__may_be_missing_here() -> None:
    assert judged(SUBMITTED, shape="film") == {"shape": "film"}
    assert errors_of(SUBMITTED) == [("shape", "missing")]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("colour", "red", "unknown"),
        ("material", 5, "wrong_type"),
        ("material", ["x"], "wrong_type"),
        ("material", "a\x00b", "wrong_type"),
        ("material", "\ud800", "wrong_type"),
        ("material", "x" * 2001, "too_long"),
        ("grams", "5", "wrong_type"),
        ("grams", True, "wrong_type"),
        ("grams", float("nan"), "wrong_type"),
        ("grams", float("inf"), "wrong_type"),
        ("grams", 10**400, "wrong_type"),
        ("grams", {"a": 1}, "wrong_type"),
        ("shape", "film", "not_asked"),
        ("sheet", 8, "unknown_file"),
        ("sheet", "7", "wrong_type"),
        ("sheet", True, "wrong_type"),
        ("sheet", 2**70, "wrong_type"),
    ],
)
def test_answers__unfit_value__says_which_and_why(key: str, value: Any, code: str) -> None:
    assert errors_of(**{"material": "x", key: value}) == [(key, code)]


def test_answers__not_a_choice__names_the_choices() -> None:
    with pytest.raises(AnswersInvalid) as refusal:
        judged(SUBMITTED, shape="liquid")
    assert "powder, film" in str(refusal.value.detail)


def test_answers__several_wrong__all_of_them() -> None:
    assert errors_of(colour=1, grams="x") == [
        ("colour", "unknown"),
        ("material", "missing"),
        ("grams", "wrong_type"),
    ]


def test_answers__kept__stay_unless_given_or_no_longer_asked() -> None:
    kept = {"material": "TiO2", "grams": 2, "shape": "film"}
    assert judged(kept=kept, grams=3) == {"material": "TiO2", "grams": 3}
    assert judged(kept=kept, grams=None) == {"material": "TiO2"}
    assert judged(SUBMITTED, kept=kept) == kept


def test_unanswered__by_mode__only_what_is_required() -> None:
    assert unanswered(FORM, SELF, {}) == ["material"]
    assert unanswered(FORM, SUBMITTED, {"shape": "film"}) == []


def test_files_in__odd_values__only_ids() -> None:
    assert files_in(FORM, {"sheet": 7}) == [7]
    assert [files_in(FORM, {"sheet": odd}) for odd in ("7", True, -1, 2**63, None, [7])] == [[]] * 6


def test_mode_of__nothing_wanted__the_first_offered() -> None:
    assert mode_of((SUBMITTED, SELF), "") == SUBMITTED
    assert mode_of((), "") == SELF
    with pytest.raises(AccessModeNotOffered, match="self_operated"):
        mode_of((), SUBMITTED)


def test_sample_declaration__any_order__stored_once_each() -> None:
    declared = SampleDeclaration(("toxic", "flammable", "toxic"), 2)
    assert declared.document == {"hazards": ["flammable", "toxic"], "biosafety_level": 2}


def test_questions__stored_and_read__the_same() -> None:
    assert questions_of([each.document for each in FORM]) == FORM


@pytest.mark.parametrize(
    "wrong",
    [
        question("Material"),
        question("a" * 41),
        question(""),
        question(label_zh="", label_en=""),
        question(choices=question(kind="choice").choices),
        question(kind="choice", choices=()),
        question(kind="choice", choices=question(kind="choice").choices * 2),
        question(asked_for=(SELF,), required_for=(SUBMITTED,)),
    ],
)
def test_form__unfit_question__names_its_place(wrong: Question) -> None:
    with pytest.raises(FormInvalid, match="Question 2"):
        checked([question("first"), wrong])


def test_form__same_key_twice_or_too_many__refused() -> None:
    with pytest.raises(FormInvalid, match="another question"):
        checked([question(), question()])
    with pytest.raises(FormInvalid, match="at most 30"):
        checked([question(f"q{number}") for number in range(MOST_QUESTIONS + 1)])


@pytest.mark.parametrize(
    ("least", "most", "value", "code", "said"),
    [
        (1, None, -3, "too_small", "Give a number of 1 or more."),
        (None, 0.5, 0.75, "too_large", "Give a number of 0.5 or less."),
        (1, 20, 21, "too_large", "Give a number from 1 to 20."),
        (-5, 0.001, "x", "wrong_type", "Give a number from -5 to 0.001."),
    ],
)
def test_answers__number_outside_its_limits__says_what_would_be_right(
    least: float | None, most: float | None, value: Any, code: str, said: str
) -> None:
    form = (question("samples", "number", minimum=least, maximum=most),)
    with translation.override("en"), pytest.raises(AnswersInvalid) as refusal:
        checked_answers(form, SELF, {"samples": value}, files={})
    (error,) = refusal.value.extra["errors"]
    assert (error["code"], error["message"]) == (code, said)


def test_answers__number_at_its_limits__fits() -> None:
    form = (question("samples", "number", minimum=1, maximum=20),)
    assert [checked_answers(form, SELF, {"samples": n}, files={})["samples"] for n in (1, 20, 2.5)] == [1, 20, 2.5]


@pytest.mark.parametrize(
    "wrong",
    [
        question("a", minimum=1),
        question("a", "number", minimum=2, maximum=1),
        question("a", "number", maximum=1e16),
        question("a", "number", minimum=float("nan")),
    ],
)
def test_questions__impossible_limits__refused(wrong: Question) -> None:
    with pytest.raises(FormInvalid):
        checked([wrong])


def test_questions__stored_before_there_were_limits__have_none() -> None:
    stored = {name: value for name, value in question("a", "number").document.items() if "imum" not in name}
    (read,) = questions_of([stored])
    assert (read.minimum, read.maximum, read.limits) == (None, None, "")
