"""Signing in and out, the profile, one's tokens."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.commands.issue_token import issue_token
from accounts.models import ApiToken, Scope, User
from accounts.selectors import viewer_by_token, viewer_of
from core import clock
from tests.factories.accounts import make_user
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def somebody(**fields: str) -> User:
    user = make_user(**fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def english() -> Client:
    return Client(headers={"Accept-Language": "en"})


def signed_in(user: User) -> Client:
    return browser_of(viewer_of(user))


def test_sign_in__whatever_the_case_of_the_address__goes_on_to_next() -> None:
    user = somebody()
    form = {"username": user.email.upper(), "password": PASSWORD, "next": "/bookings/"}
    assert english().post("/sign-in/", form)["Location"] == "/bookings/"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_sign_in__next_on_another_host__is_ignored(target: str) -> None:
    form = {"username": somebody().email, "password": PASSWORD, "next": target}
    assert english().post("/sign-in/", form)["Location"] == "/"


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"username": "nobody@people.example"}])
def test_sign_in__refused__one_sentence_that_gives_nothing_away(change: dict[str, str]) -> None:
    form = {"username": somebody().email, "password": PASSWORD} | change
    page = text_of(english().post("/sign-in/", form))
    assert "do not belong together" in page
    assert f'value="{form["username"]}"' in page


def test_sign_in__deactivated__is_refused_alike() -> None:
    user = somebody()
    User.objects.filter(pk=user.pk).update(is_active=False)
    page = text_of(english().post("/sign-in/", {"username": user.email, "password": PASSWORD}))
    assert "do not belong together" in page


def test_sign_in__speaks_the_persons_language_from_then_on() -> None:
    response = english().post("/sign-in/", {"username": somebody(language="zh-hans").email, "password": PASSWORD})
    assert response.cookies["language"].value == "zh-hans"


def test_sign_in__signed_in_already__goes_home() -> None:
    assert signed_in(somebody()).get("/sign-in/")["Location"] == "/"


def test_sign_out__only_by_post() -> None:
    client = signed_in(somebody())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/"
    assert client.get("/profile/")["Location"] == "/sign-in/?next=/profile/"


def test_profile__name_and_language__are_saved() -> None:
    user = somebody()
    response = signed_in(user).post("/profile/", {"name": "Lin Xiao", "language": "zh-hans"})
    user.refresh_from_db()
    assert (user.name, user.language, response.cookies["language"].value) == ("Lin Xiao", "zh-hans", "zh-hans")


def test_profile__without_a_name__says_so_beside_the_field() -> None:
    response = signed_in(somebody()).post("/profile/", {"name": " ", "language": "xx"})
    assert response.status_code == 422
    assert "This field is required." in text_of(response)


def test_token__shown_once_and_works() -> None:
    user = somebody()
    client = signed_in(user)
    response = client.post("/profile/tokens/", {"name": "LIMS", "scopes": ["read", "book"], "days": "30"})
    found = re.search(r"bs_[\w-]{40,}", text_of(response))
    assert found
    viewer = viewer_by_token(found[0])
    assert viewer
    assert (viewer.user_id, viewer.scopes) == (user.pk, frozenset({"read", "book"}))
    record = ApiToken.objects.get()
    assert record.expires_at
    assert record.expires_at - clock.now() > timedelta(days=29)
    assert "no-store" in response["Cache-Control"]
    assert found[0] not in text_of(client.get("/profile/"))


def test_token__without_a_scope__keeps_what_was_typed() -> None:
    response = signed_in(somebody()).post("/profile/tokens/", {"name": "LIMS", "days": "0"})
    assert response.status_code == 422
    assert "Choose at least one." in text_of(response)
    assert 'value="LIMS"' in text_of(response)
    assert not ApiToken.objects.exists()


def test_token__revoked__is_useless() -> None:
    user = somebody()
    record, token = issue_token(user=user, name="LIMS", scopes=[Scope.READ])
    signed_in(user).post(f"/profile/tokens/{record.pk}/revoke/")
    assert viewer_by_token(token) is None


def test_token__somebody_elses__is_not_found() -> None:
    record, token = issue_token(user=somebody(), name="LIMS", scopes=[Scope.READ])
    assert signed_in(somebody()).post(f"/profile/tokens/{record.pk}/revoke/").status_code == 404
    assert viewer_by_token(token)


@pytest.mark.parametrize("address", ["/profile/", "/profile/tokens/", "/profile/tokens/1/revoke/"])
def test_profile__anonymous_or_wrong_method(address: str) -> None:
    assert english().post(address)["Location"].startswith("/sign-in/?next=")
    assert signed_in(somebody()).put(address).status_code == 405


def test_profile__queries__do_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = somebody()
    for n in range(4):
        issue_token(user=user, name=f"token {n}", scopes=[Scope.READ])
    client = signed_in(user)
    client.get("/profile/")
    with django_assert_num_queries(7):
        client.get("/profile/")
