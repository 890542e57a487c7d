"""Candidates, facets and counts."""

import pytest

from accounts.viewers import ANONYMOUS
from instruments.catalogue.commands import load_first_two_levels, refresh_search
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import Filters, by_relevance, count_up_to, facets, matching
from tests.factories.accounts import make_institution, manager_of
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _categories() -> None:
    load_first_two_levels()


def found(**filters: object) -> set[Instrument]:
    return set(matching(ANONYMOUS, Filters(**filters)))  # type: ignore[arg-type]


def test_matching__no_filter__what_is_public() -> None:
    shown = {make_instrument(), make_instrument(status="suspended")}
    make_instrument(status="draft")
    make_instrument(status="retired")
    assert found() == shown


@pytest.mark.parametrize("code", ["01", "010000", "0102", "010200"])
def test_matching__category_of_any_level__with_all_below(code: str) -> None:
    inside = make_instrument(category="010200")
    make_instrument(category="020100")
    assert found(category=code) == {inside}


def test_matching__institution_region_access_mode__each_narrows() -> None:
    here = make_institution(region="330106")
    one = make_instrument(here, access_modes=["remote", "self_operated"])
    make_instrument(make_institution(region="330203"))
    assert found(institution=here.pk) == found(region="3301") == found(access_mode="remote") == {one}


@pytest.mark.parametrize(
    "filters",
    [
        {"category": "%"},
        {"category": "abc"},
        {"region": "%"},
        {"access_mode": "x"},
        {"institution": 10**30},
        {"q": "?"},
    ],
)
def test_matching__nonsense__finds_nothing(filters: dict[str, object]) -> None:
    make_instrument(make_institution(region="330106"), category="010200")
    assert found(**filters) == set()


def test_matching__words_of_several_fields__all_must_occur() -> None:
    one = make_instrument(make_institution(name_zh="之江大学"), name_zh="质谱仪", manufacturer="Bruker")
    assert found(q="质谱 bruker 之江") == {one}
    assert found(q="质谱 waters") == set()


def test_matching__managed__own_ones_in_any_status() -> None:
    place = make_institution()
    own = {make_instrument(place, status=status) for status in ("draft", "retired", "published")}
    make_instrument()
    assert set(matching(manager_of(place), Filters(managed=True))) == own
    assert set(matching(ANONYMOUS, Filters(managed=True))) == set()


def test_by_relevance__name_before_description__in_this_order() -> None:
    weak = make_instrument(name_en="Furnace", description="near the microscope")
    strong = make_instrument(name_en="Microscope")
    assert list(by_relevance(matching(ANONYMOUS, Filters(q="microscope")), "microscope")) == [strong, weak]


def test_facets__some_hits__counted_in_one_statement(django_assert_num_queries: object) -> None:
    place = make_institution(region="330106", name_zh="之江大学")
    make_instrument(place, category="010200", access_modes=["remote"])
    make_instrument(place, category="010000", access_modes=["remote", "self_operated"])
    make_instrument(category="020100")
    with django_assert_num_queries(1):  # type: ignore[operator]
        result = facets(matching(ANONYMOUS, Filters()))
    assert [(value.value, value.count) for value in result.category] == [("010000", 2), ("020000", 1)]
    assert (result.institution[0].name.text, result.institution[0].count) == ("之江大学", 2)
    assert [(value.value, value.count) for value in result.region] == [("3301", 2)]
    assert [(value.value, value.count) for value in result.access_mode] == [("remote", 2), ("self_operated", 1)]
    assert result.exact


def test_facets__nothing_found__empty_and_exact() -> None:
    result = facets(matching(ANONYMOUS, Filters(q="?")))
    assert (result.category, result.exact) == ((), True)


def test_facets__percent_in_question__no_error() -> None:
    make_instrument()
    assert facets(matching(ANONYMOUS, Filters(q="100% 'x'", region="33"))).exact


def test_count_up_to__more_than_the_limit__says_so() -> None:
    for _ in range(3):
        make_instrument()
    assert count_up_to(matching(ANONYMOUS, Filters()), 2) == (2, False)
    assert count_up_to(matching(ANONYMOUS, Filters()), 3) == (3, True)


def test_refresh_search__all__two_statements_a_thousand(django_assert_max_num_queries: object) -> None:
    make_instrument()
    Instrument.objects.update(search=None)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert refresh_search() == 1
    assert len(found(q="spectrometer")) == 1


def test_refresh_search__more_ids_than_a_statement_may_have__all_done() -> None:
    instrument = make_instrument()
    assert refresh_search(instrument_ids=[*range(10**9, 10**9 + 70_000), instrument.pk]) == 1
