"""Words of a text, and questions about them."""

import random

import pytest
from django.db import connection

from instruments.catalogue.search import folded, query_text, vector_text, words

CHARACTERS = "扫描电子显微镜质谱仪光"


def hits(text: str, question: str) -> bool:
    """Whether PostgreSQL finds the question in the text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [vector_text(names=[text]), query_text(question)])
        (hit,) = cursor.fetchone()
    return bool(hit)


def test_folded__traditional_script__becomes_simplified() -> None:
    assert folded("掃描電子顯微鏡") == "扫描电子显微镜"


def test_folded__full_width_and_accents__become_plain() -> None:
    assert folded("ＳＥＭ Röntgen") == "sem rontgen"


def test_words__chinese_run__single_characters_and_bigrams_at_their_places() -> None:
    assert list(words("光谱仪")) == [("光", 0), ("光谱", 0), ("谱", 1), ("谱仪", 1), ("仪", 2)]


def test_words__model_number__joined_and_divided() -> None:
    assert set(words("S-4800")) == {("s4800", 0), ("s", 0), ("4800", 1)}


def test_vector_text__several_fields__weights_and_no_phrase_across() -> None:
    vector = vector_text(names=["光"], identity=["谱"])
    assert vector == "'光':1A '谱':4B"


def test_query_text__nothing_to_look_for__is_empty() -> None:
    assert query_text(" !? '\\ ") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("掃描電子顯微鏡", "扫描电子"),
        ("扫描电子显微镜", "顯微鏡"),
        ("扫描电子显微镜", "微"),
        ("Hitachi S4800 SEM", "s-4800"),
        ("Hitachi S-4800 SEM", "S4800"),
        ("Hitachi S4800 SEM", "4800"),
        ("GC-MS system", "gcms"),
        ("GC/MS system", "gc-ms"),
        ("Mass spectrometer", "spectrometers"),
        ("Mass spectrometers", "spectrometer"),
        ("Mass spectrometer", "mass spectro"),
        ("Röntgen", "rontgen"),
        ("X射线衍射仪", "x 射线"),
        ("it's", "it's"),
    ],
)
def test_question__what_a_person_types__finds_the_text(text: str, question: str) -> None:
    assert hits(text, question)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "question"),
    [("扫描电子显微镜", "描电镜"), ("扫描仪 电子秤", "扫描电子"), ("mass", "massive"), ("analysis", "sis")],
)
def test_question__something_else__does_not_find_the_text(text: str, question: str) -> None:
    assert not hits(text, question)


@pytest.mark.django_db
def test_question__any_chinese_substring__equals_like() -> None:
    dice = random.Random(7)
    for _ in range(300):
        text = "".join(dice.choices(CHARACTERS, k=dice.randint(1, 12)))
        question = "".join(dice.choices(CHARACTERS, k=dice.randint(1, 3)))
        assert hits(text, question) is (question in text), (text, question)


@pytest.mark.django_db
@pytest.mark.parametrize("question", ["'", "a:*b", "!!!a", "\x00x", "\ud800y", "<->", "🙂 x", "a" * 5000, "(" * 90])
def test_question__hostile__is_a_valid_tsquery(question: str) -> None:
    hits("x y a", question)


@pytest.mark.django_db
def test_vector_text__very_long_text__is_a_valid_tsvector() -> None:
    assert hits("光谱仪 " * 20_000 + "end", "光谱")
