"""Who reaches what: a closed list for everybody, a token or session for the rest, a scope for writing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from ninja.constants import NOT_SET

from accounts.commands.revoke_token import revoke_token
from accounts.models import ApiToken, Scope, User
from config.api.auth import PUBLIC
from config.api.v1 import api as ninja_api
from core import clock
from instruments.catalogue.models import Instrument
from tests.factories.booking import (
    Api,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    token_for,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

EVERYBODY_READS = {
    "institutions",
    "institutions/<int:institution_id>",
    "categories",
    "instruments",
    "instruments/<int:instrument_id>",
    "instruments/<int:instrument_id>/availability",
}
"""Written down a second time on purpose: opening an endpoint to everybody takes two decisions."""

PLANS = {"/quotes"}
"""Methods other than GET that write nothing and so need no scope."""


def operations() -> list[tuple[str, str]]:
    """(method, path) of everything the API serves."""
    return [
        (method, path)
        for _prefix, router in ninja_api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def address(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "1", path).lstrip("/")


ALL = sorted({(method, f"/{path.lstrip('/')}") for method, path in operations()})
WRITES = [(method, path) for method, path in ALL if method != "GET" and path not in PLANS]


def call(client: Client, method: str, path: str, **more: Any) -> Any:
    return client.generic(method, f"/api/v1/{address(path)}", "{}", content_type="application/json", **more)


def is_public(method: str, path: str) -> bool:
    route = re.sub(r"\{([^}]*)\}", r"<\1>", path.lstrip("/"))
    return method == "GET" and route in EVERYBODY_READS


def test_operations__public_ones__a_closed_list() -> None:
    assert set(PUBLIC) == EVERYBODY_READS
    routes = {re.sub(r"\{([^}]*)\}", r"<\1>", path.lstrip("/")) for method, path in ALL if method == "GET"}
    assert routes >= EVERYBODY_READS
    for _prefix, router in ninja_api._routers:
        for view in router.path_operations.values():
            assert all(operation.auth_param in (NOT_SET, ...) for operation in view.operations)


@pytest.mark.parametrize(("method", "path"), ALL)
def test_anonymous__every_operation__401_unless_public(method: str, path: str) -> None:
    answer = call(Client(raise_request_exception=False), method, path)
    if is_public(method, path):
        assert answer.status_code in (200, 404, 422)
    else:
        problem(answer, 401, "not_signed_in")
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ALL)
def test_wrong_token__every_operation__401_even_where_public(method: str, path: str) -> None:
    for header in ("Bearer wrong", "Bearer ", "Basic dTpw", "nonsense", "Bearer \xff"):
        answer = call(Client(raise_request_exception=False), method, path, headers={"Authorization": header})
        problem(answer, 401, "token_invalid")


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_token_that_only_reads__every_writing_operation__scope_missing(
    instrument: Instrument, method: str, path: str
) -> None:
    """What the body says does not matter as long as it is valid; here the empty one often is not."""
    client = Api(operator_of(instrument.institution), Scope.READ).client
    answer = call(client, method, path)
    assert answer.status_code in (403, 422)
    if answer.status_code == 403:
        problem(answer, 403, "scope_missing")


@pytest.mark.parametrize(("method", "path"), [each for each in ALL if each[0] == "GET"])
def test_token_without_read__every_reading_operation__scope_missing(method: str, path: str) -> None:
    problem(call(Api(firm_user(), Scope.BOOK).client, method, path), 403, "scope_missing")


@pytest.mark.parametrize("path", sorted({path for _method, path in ALL}))
def test_wrong_method__every_address__405_as_a_problem(path: str) -> None:
    allowed = {method for method, each in ALL if each == path}
    client = Api(firm_user()).client
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - allowed:
        answer = call(client, method, path)
        problem(answer, 405, "method_not_allowed")
        assert set(answer["Allow"].split(", ")) == allowed


def test_token__expired_revoked_or_of_somebody_inactive__401(instrument: Instrument) -> None:
    viewer = firm_user()
    expired = token_for(viewer, expires_at=clock.now() - timedelta(seconds=1))
    revoked = token_for(viewer)
    newest = ApiToken.objects.order_by("-pk")[0]
    revoke_token(viewer=viewer, token_id=newest.pk)
    good = token_for(viewer)

    def status(token: str) -> int:
        return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [status(token) for token in (expired, revoked, good)] == [401, 401, 200]
    User.objects.filter(pk=viewer.person_id).update(is_active=False)
    assert status(good) == 401


def test_session__without_csrf_token__403_and_with_it_works(instrument: Instrument) -> None:
    user = User.objects.get(pk=firm_user().person_id)
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    client.force_login(user)
    body, kind = wish(instrument), "application/json"
    problem(client.post("/api/v1/reservations", body, content_type=kind), 403, "csrf_failed")
    assert client.get("/api/v1/me").status_code == 200
    client.cookies["csrftoken"] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32}
    assert client.post("/api/v1/reservations", body, content_type=kind, headers=headers).status_code == 201
    problem(
        client.post("/api/v1/quotes", body, content_type=kind, headers={"X-CSRFToken": "b"}), 403, "csrf_failed"
    )


def test_token__beside_a_session__counts_alone_and_needs_no_csrf(instrument: Instrument) -> None:
    viewer = firm_user()
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=firm_user().person_id))
    headers = {"Authorization": f"Bearer {token_for(viewer)}"}
    answer = client.post("/api/v1/reservations", wish(instrument), content_type="application/json", headers=headers)
    assert answer.json()["user"]["id"] == viewer.user_id


def test_me__who_one_is__roles_and_scopes() -> None:
    viewer = firm_user()
    document = Api(viewer, Scope.READ, Scope.BOOK).get("me").json()
    assert (document["id"], document["email"], document["scopes"]) == (
        viewer.user_id,
        viewer.email,
        ["book", "read"],
    )
    (role,) = document["roles"]
    assert (role["role"], role["enterprise_id"]) == ("firm_user", next(iter(viewer.enterprise_ids)))


def test_draft__who_asks__seen_by_its_institution_only() -> None:
    draft = open_instrument(status="draft")
    path = f"instruments/{draft.pk}"
    assert Api(operator_of(draft.institution)).get(path).status_code == 200
    for viewer in (None, firm_user(), operator_of(make_bookable().institution)):
        problem(Api(viewer).get(path), 404, "not_found")
