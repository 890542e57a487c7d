"""Tokens: shown once, stored hashed, useless once revoked; and what is forgotten in time."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.commands.forget_expired import forget_expired
from accounts.commands.issue_token import issue_token
from accounts.commands.revoke_token import revoke_token
from accounts.commands.update_profile import update_profile
from accounts.models import ApiToken, IdempotencyRecord, Scope, User
from accounts.selectors import own_tokens, viewer_by_token, viewer_of
from accounts.viewers import ANONYMOUS
from core import clock
from core.errors import NotFound, NotSignedIn
from tests.factories.accounts import make_user, make_viewer

pytestmark = pytest.mark.django_db


def test_issue_token__new__only_its_hash_is_stored() -> None:
    record, token = issue_token(user=make_user(), name="lab", scopes=[Scope.READ])
    row = ApiToken.objects.values().get(pk=record.pk)
    assert token.startswith(row["prefix"])
    assert token not in str(row.values())
    assert len(row["digest"]) == 32
    assert len(token) > 40


def test_issue_token__command__prints_it_and_it_works() -> None:
    user = make_user()
    out = StringIO()
    call_command("issue_token", user.email.upper(), "--scopes", "read, book", "--days", "7", stdout=out)
    viewer = viewer_by_token(out.getvalue().strip())
    assert viewer
    assert (viewer.user_id, viewer.scopes) == (user.pk, frozenset({"read", "book"}))
    expires_at = ApiToken.objects.get().expires_at
    assert expires_at
    assert timedelta(days=6) < expires_at - clock.now() <= timedelta(days=7)


@pytest.mark.parametrize(("email", "scopes"), [("nobody@x.example", "read"), ("", "fly")])
def test_issue_token__command__clear_error(email: str, scopes: str) -> None:
    with pytest.raises(CommandError):
        call_command("issue_token", email or make_user().email, "--scopes", scopes)


def test_revoke_token__own__useless_at_once_and_others_not_found() -> None:
    user, stranger = make_user(), make_viewer()
    record, token = issue_token(user=user, name="lab", scopes=[Scope.READ])
    viewer = viewer_of(user)
    with pytest.raises(NotFound):
        revoke_token(viewer=stranger, token_id=record.pk)
    revoke_token(viewer=viewer, token_id=record.pk)
    assert viewer_by_token(token) is None
    assert list(own_tokens(viewer)) == []
    with pytest.raises(NotFound):
        revoke_token(viewer=viewer, token_id=record.pk)


def test_update_profile__own__and_nobody_elses() -> None:
    viewer, other = make_viewer(), make_viewer()
    update_profile(viewer=viewer, name="New", language="en")
    names = dict(User.objects.values_list("pk", "name"))
    assert (names[viewer.person_id], names[other.person_id]) == ("New", other.name)
    with pytest.raises(NotSignedIn):
        update_profile(viewer=ANONYMOUS, name="New", language="en")


def test_forget_expired__records_of_a_day__gone_and_younger_kept() -> None:
    user = make_user()
    for hours in (1, 23, 25):
        IdempotencyRecord.objects.create(
            user=user,
            key=str(hours),
            method="POST",
            path="/",
            body_digest=b"",
            created_at=clock.now() - timedelta(hours=hours),
        )
    assert (forget_expired(), forget_expired()) == (1, 0)
    assert IdempotencyRecord.objects.count() == 2
