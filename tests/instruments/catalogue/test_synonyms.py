"""People ask for `SEM` or 电镜 and mean what is listed as 扫描电子显微镜."""

import pytest

from accounts.viewers import ANONYMOUS
from instruments.catalogue.search import query_text
from instruments.catalogue.selectors import Filters, matching
from instruments.catalogue.synonyms import groups
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

SAME = [
    ("场发射扫描电子显微镜", "", ["电镜", "扫描电镜", "SEM", "sem", "electron microscopy", "扫描电镜 场发射"]),
    ("气相色谱－质谱联用仪", "", ["GC-MS", "gcms", "气质联用", "气相色谱质谱", "GC", "质谱"]),
    ("电子万能材料试验机", "Universal testing machine", ["拉伸试验", "tensile", "tensile test"]),
    ("总有机碳分析仪", "", ["TOC", "toc"]),
    ("", "X-ray photoelectron spectrometer", ["XPS", "光电子能谱"]),
]


@pytest.mark.parametrize(("name_zh", "name_en", "questions"), SAME)
def test_search__other_words_for_the_same__found(name_zh: str, name_en: str, questions: list[str]) -> None:
    instrument = make_instrument(name_zh=name_zh, name_en=name_en)
    make_instrument(name_zh="液氮罐", name_en="Dewar")
    found = {q: list(matching(ANONYMOUS, Filters(q=q))) for q in questions}
    assert found == {q: [instrument] for q in questions}


def test_synonyms__every_line__makes_a_query_postgresql_takes() -> None:
    for group in groups():
        for expression in group:
            assert query_text(expression)
            list(matching(ANONYMOUS, Filters(q=expression)))


def test_synonyms__an_expression__stands_in_one_line_only() -> None:
    expressions = [expression.casefold() for group in groups() for expression in group]
    assert sorted(expressions) == sorted(set(expressions))
