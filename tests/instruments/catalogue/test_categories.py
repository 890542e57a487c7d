"""The national classification: loading it, and reading it as a tree."""

from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.viewers import ANONYMOUS
from instruments.catalogue.commands import load_categories, load_first_two_levels
from instruments.catalogue.commands.load_categories import CategoryLine
from instruments.catalogue.errors import ClassificationInvalid
from instruments.catalogue.models import Category
from instruments.catalogue.selectors import Filters, category_tree, matching
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

LINES = [
    CategoryLine("010102", "扫描电镜"),
    CategoryLine("010000", "分析仪器"),
    CategoryLine("010100", "电子光学仪器"),
]


def test_load_first_two_levels__empty_catalogue__15_and_93_in_both_languages() -> None:
    loaded = load_first_two_levels()
    assert (loaded.new, loaded.changed) == (108, 0)
    assert Counter(Category.objects.values_list("level", flat=True)) == {1: 15, 2: 93}
    assert not Category.objects.filter(name_en="").exists()
    assert Category.objects.filter(level=2, parent__level=1).count() == 93


def test_load_categories__any_order__parents_linked() -> None:
    load_categories(lines=LINES)
    leaf = Category.objects.get(code="010102")
    assert leaf.parent is not None
    assert leaf.parent.parent == Category.objects.get(code="010000")


def test_load_categories__twice__changes_nothing() -> None:
    load_categories(lines=LINES)
    again = load_categories(lines=LINES)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)


def test_load_categories__renamed__search_follows() -> None:
    load_categories(lines=LINES)
    instrument = make_instrument(category="010102")
    load_categories(lines=[CategoryLine("010000", "解析装置")])
    assert list(matching(ANONYMOUS, Filters(q="解析"))) == [instrument]


def test_load_categories__english_name_unknown__stored_one_stays() -> None:
    load_first_two_levels()
    load_categories(lines=LINES)
    assert Category.objects.get(code="010000").name_en == "Analytical instruments"


def test_load_categories__parent_missing__nothing_loaded() -> None:
    with pytest.raises(ClassificationInvalid):
        load_categories(lines=[CategoryLine("010102", "扫描电镜")])
    assert not Category.objects.exists()


def test_load_classification__good_file__counts_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("code,name,level,parent\n010000,分析仪器,1,\n010100,电子光学仪器,2,010000\n", encoding="utf-8")
    call_command("load_classification", path)
    assert Category.objects.get(code="010100").name_en == "Electron-optical instruments"
    assert "2 " in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "code,name\n010000,分析仪器\n",
        "code,name,level,parent\n01,分析仪器,1,\n",
        "code,name,level,parent\n010000,,1,\n",
        "code,name,level,parent\n010000,分析仪器,2,\n",
        "code,name,level,parent\n010100,电子,2,020000\n",
        "",
    ],
)
def test_load_classification__bad_file__one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("load_classification", path)


def test_load_classification__no_such_file__one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("load_classification", tmp_path / "nothing.csv")


def test_category_tree__counts__include_what_lies_below_and_only_public(
    django_assert_num_queries: object,
) -> None:
    load_first_two_levels()
    load_categories(lines=LINES)
    make_instrument(category="010102")
    make_instrument(category="010100", status="suspended")
    make_instrument(category="010000", status="draft")
    with django_assert_num_queries(1):  # type: ignore[operator]
        tree = category_tree()
    assert [node.code for node in tree] == sorted(node.code for node in tree)
    first = tree[0]
    assert (len(tree), first.instruments, first.children[0].instruments) == (15, 2, 2)
    assert first.children[0].children[0].instruments == 1
