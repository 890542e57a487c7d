"""People and organisations for tests."""

from itertools import count

from accounts.commands.issue_token import issue_token
from accounts.models import Enterprise, Institution, Membership, Role, Scope, User
from accounts.selectors import viewer_of
from accounts.viewers import Viewer

_next = count(1)


def make_institution(**fields: object) -> Institution:
    """An invented institution; fields override."""
    n = next(_next)
    return Institution.objects.create(
        **{"slug": f"institution-{n}", "name_zh": f"示例大学{n}", "name_en": f"Example University {n}"} | fields
    )


def make_enterprise(**fields: object) -> Enterprise:
    """An invented firm; fields override."""
    n = next(_next)
    return Enterprise.objects.create(**{"slug": f"firm-{n}", "name_zh": f"示例公司{n}"} | fields)


def make_user(**fields: object) -> User:
    """Somebody without roles."""
    n = next(_next)
    return User.objects.create(**{"email": f"person-{n}@people.example", "name": f"Person {n}"} | fields)


def make_viewer(role: str = "", **where: object) -> Viewer:
    """Somebody who holds one role: make_viewer(Role.MANAGER, institution=…), enterprise=…, region=…."""
    user = make_user()
    if role:
        Membership.objects.create(user=user, role=role, **where)
    return viewer_of(user)


def manager_of(institution: Institution) -> Viewer:
    """A lab manager of the institution."""
    return make_viewer(Role.MANAGER, institution=institution)


def bearer(viewer: Viewer, *scopes: Scope) -> dict[str, str]:
    """Headers of a call with a token of this person; without scopes given, with all of them."""
    user = User.objects.get(pk=viewer.user_id or 0)
    _record, token = issue_token(user=user, name="test", scopes=scopes or list(Scope))
    return {"authorization": f"Bearer {token}"}
