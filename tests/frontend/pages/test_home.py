"""The first page: one question, what there is, what is free."""

import pytest
from pytest_django import DjangoAssertNumQueries

from instruments.catalogue.models import Category
from tests.factories.accounts import make_institution
from tests.factories.booking import firm_user, open_instrument
from tests.factories.instruments import make_instrument
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def make_category(code: str = "010000", name: str = "Analytical instruments") -> Category:
    return Category.objects.create(code=code, name_zh="分析仪器", name_en=name, level=1)


def test_home__nothing_listed__says_so_and_still_asks() -> None:
    page = text_of(browser_of().get("/"))
    assert "What do you need to test?" in page
    assert "No instruments are listed yet." in page


def test_home__categories__with_their_counts_and_their_search() -> None:
    make_category()
    make_instrument(category="010000")
    make_instrument(category="010000", status="draft")
    page = text_of(browser_of().get("/"))
    assert '<a class="category" href="/instruments/?category=010000">' in page
    assert '<span>Analytical instruments</span><span class="muted">1</span>' in page


def test_home__an_open_instrument__counts_as_free_now() -> None:
    open_instrument(name_en="Night oven", bands=None)
    assert "free right now" not in text_of(browser_of().get("/"))  # it opens at nine, now it is eight


def test_home__wrong_method__is_refused() -> None:
    assert browser_of().post("/").status_code == 405


@pytest.mark.parametrize("count", [1, 6])
def test_home__queries__do_not_grow(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    institution = make_institution()
    for _n in range(count):
        open_instrument(institution)
    client = browser_of(firm_user())
    client.get("/")
    with django_assert_num_queries(9):
        client.get("/")
