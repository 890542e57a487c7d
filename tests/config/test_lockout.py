"""Wrong passwords: after a few, one account is locked from there; much later, everywhere."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from config.lockout import client_address
from core import clock
from tests.factories.accounts import make_user
from tests.frontend.pages.desk_scenario import text_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LOCKED = "Too many wrong passwords. For your protection, signing in is locked for 15 minutes."


@pytest.fixture
def user() -> User:
    somebody = make_user()
    somebody.set_password(PASSWORD)
    somebody.save()
    return somebody


@pytest.fixture
def travel() -> Iterator[Any]:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def sign_in(email: str, password: str, address: str = "192.0.2.1", language: str = "en") -> Any:
    client = Client(headers={"Accept-Language": language}, REMOTE_ADDR=address)
    return client.post("/sign-in/", {"username": email, "password": password})


def failed(email: str, address: str, times: int) -> None:
    AccessAttempt.objects.create(
        username=email, ip_address=address, user_agent=f"{times}", failures_since_start=times
    )


def test_sign_in__five_wrong_passwords__locked_even_for_the_right_one(user: User) -> None:
    for _attempt in range(4):
        assert sign_in(user.email, "wrong").status_code == 200
    fifth = sign_in(user.email.upper(), "wrong")
    assert (fifth.status_code, fifth["Retry-After"]) == (429, "900")
    assert LOCKED in text_of(fifth)
    assert LOCKED in text_of(sign_in(user.email, PASSWORD))


def test_sign_in__locked_here__goes_on_elsewhere_and_for_others(user: User) -> None:
    failed(user.email, "192.0.2.1", 5)
    assert sign_in(user.email, PASSWORD).status_code == 429
    assert sign_in(user.email, PASSWORD, "192.0.2.9").status_code == 302
    assert sign_in(make_user().email, "wrong").status_code == 200


def test_sign_in__after_the_time_is_over__works_again(user: User, travel: Any) -> None:
    for _attempt in range(6):
        sign_in(user.email, "wrong")
    travel.shift(timedelta(minutes=14))
    assert sign_in(user.email, PASSWORD).status_code == 429
    travel.shift(timedelta(minutes=2))
    assert sign_in(user.email, PASSWORD).status_code == 302


def test_sign_in__right_password__forgets_the_wrong_ones(user: User) -> None:
    for _round in range(2):
        for _attempt in range(4):
            sign_in(user.email, "wrong")
        assert sign_in(user.email, PASSWORD).status_code == 302


@pytest.mark.parametrize(("account", "address"), [(True, False), (False, True)])
def test_sign_in__fifty_from_everywhere_or_from_one_address__locked(
    user: User, *, account: bool, address: bool
) -> None:
    for number in range(13):
        failed(
            user.email if account else f"p{number}@people.example",
            "192.0.2.1" if address else f"198.51.100.{number}",
            4,
        )
    assert sign_in(user.email, PASSWORD).status_code == 429


def test_sign_in__right_at_once__few_queries(user: User) -> None:
    """One more to look for failures, and two that forget them."""
    with CaptureQueriesContext(connection) as captured:
        assert sign_in(user.email, PASSWORD).status_code == 302
    assert len([query for query in captured if "axes" in query["sql"]]) <= 3


@pytest.mark.parametrize("name", ["admin/", "admin/login/", "admin/accounts/user/"])
def test_admin__signs_in_at_the_same_page(name: str) -> None:
    answer = Client().get(f"/{name}", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/sign-in/?next=/admin/")


@pytest.mark.parametrize(
    ("connected", "forwarded", "trusted", "seen"),
    [
        ("192.0.2.1", "", False, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", False, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5, 198.51.100.7", True, "198.51.100.7"),
        ("192.0.2.1", "nonsense", True, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "", False, "192.0.2.1"),
        ("", "", False, None),
    ],
)
def test_client_address__only_a_trusted_proxy_is_believed(
    connected: str, forwarded: str, *, trusted: bool, seen: str | None, settings: LazySettings
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if trusted else None
    request = RequestFactory(REMOTE_ADDR=connected).get("/", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == seen
