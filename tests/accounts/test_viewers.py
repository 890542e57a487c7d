"""Who somebody is: roles held where, tiers, scopes, and viewers read in one query."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import translation

from accounts.models import Enterprise, Institution, InstitutionKind, Membership, Role, Scope, Tier, User
from accounts.selectors import (
    managed_institutions,
    own_enterprises,
    require_scope,
    staffed_institutions,
    viewer_by_token,
    viewer_of,
)
from accounts.viewers import ANONYMOUS, RoleHeld, Viewer
from core import clock
from core.errors import Forbidden, NotSignedIn, ScopeMissing
from tests.factories.accounts import make_enterprise, make_institution, make_user, make_viewer
from tests.factories.booking import Api, problem, token_for

HERE, ELSEWHERE = 1, 2


def held(*roles: RoleHeld, **more: Any) -> Viewer:
    return Viewer(user_id=1, roles=roles, **more)


def at(role: Role, institution: int | None = None, enterprise: int | None = None, region: str = "") -> RoleHeld:
    return RoleHeld(role, institution, enterprise, region)


@pytest.mark.parametrize(
    ("roles", "enterprise", "tier"),
    [
        ([], None, Tier.EXTERNAL),
        ([at(Role.OPERATOR, HERE)], None, Tier.INTERNAL),
        ([at(Role.OPERATOR, ELSEWHERE)], None, Tier.MEMBER),
        ([at(Role.FIRM_USER, enterprise=7)], None, Tier.ENTERPRISE),
        ([at(Role.FIRM_USER, enterprise=7)], 7, Tier.ENTERPRISE),
        ([at(Role.MANAGER, HERE), at(Role.FIRM_USER, enterprise=7)], None, Tier.INTERNAL),
        ([at(Role.MANAGER, HERE), at(Role.FIRM_USER, enterprise=7)], 7, Tier.ENTERPRISE),
        ([at(Role.REVIEWER, region="33")], None, Tier.EXTERNAL),
        ([at(Role.ADMIN)], None, Tier.EXTERNAL),
    ],
)
def test_tier_at__roles_and_firm__the_beneficiarys(
    roles: list[RoleHeld], enterprise: int | None, tier: Tier
) -> None:
    assert held(*roles).tier_at(HERE, enterprise) == tier


@pytest.mark.parametrize(
    ("roles", "manages", "staffs"),
    [
        ([at(Role.OPERATOR, HERE)], False, True),
        ([at(Role.MANAGER, HERE)], True, True),
        ([at(Role.ADMIN, HERE)], True, True),
        ([at(Role.ADMIN)], True, True),
        ([at(Role.MANAGER, ELSEWHERE)], False, False),
        ([at(Role.ADMIN, ELSEWHERE)], False, False),
        ([at(Role.REVIEWER)], False, False),
        ([at(Role.FIRM_USER, enterprise=HERE)], False, False),
    ],
)
def test_viewer__roles__manages_and_staffs(roles: list[RoleHeld], manages: bool, staffs: bool) -> None:
    assert (held(*roles).manages(HERE), held(*roles).staffs(HERE)) == (manages, staffs)


def test_viewer__admin_of_an_institution__is_not_the_platforms() -> None:
    assert not held(at(Role.ADMIN, HERE)).is_platform_admin
    assert held(at(Role.ADMIN)).is_platform_admin
    assert held(is_superuser=True).is_platform_admin


def test_viewer__anonymous__has_no_person() -> None:
    assert ANONYMOUS.is_anonymous
    with pytest.raises(NotSignedIn):
        _ = ANONYMOUS.person_id


def test_tier__masks__one_bit_each() -> None:
    assert [tier.bit for tier in Tier] == [1, 2, 4, 8]
    assert Tier.everyone() == 15
    assert Tier.mask([Tier.INTERNAL, Tier.EXTERNAL, Tier.INTERNAL]) == 9


@pytest.mark.parametrize("scopes", [None, frozenset({"read"}), frozenset({"read", "book"})])
def test_require_scope__session_or_token__scope_named(scopes: frozenset[str] | None) -> None:
    viewer = held(scopes=scopes)
    if scopes is None or "book" in scopes:
        require_scope(viewer, Scope.BOOK)
    else:
        with pytest.raises(ScopeMissing) as refusal:
            require_scope(viewer, Scope.BOOK)
        assert refusal.value.extra == {"scope": "book"}


@pytest.mark.django_db
def test_viewer_of__several_roles__one_query(django_assert_num_queries: Any) -> None:
    user, place, firm = make_user(), make_institution(), make_enterprise()
    Membership.objects.create(user=user, role=Role.MANAGER, institution=place)
    Membership.objects.create(user=user, role=Role.FIRM_USER, enterprise=firm)
    with django_assert_num_queries(1):
        viewer = viewer_of(user)
    assert (viewer.institution_ids, viewer.enterprise_ids) == (frozenset({place.pk}), frozenset({firm.pk}))
    assert (viewer.name, viewer.email, viewer.scopes) == (user.name, user.email, None)


@pytest.mark.django_db
def test_viewer_of__nobody_or_inactive__anonymous() -> None:
    assert viewer_of(AnonymousUser()) is ANONYMOUS
    assert viewer_of(make_user(is_active=False)) is ANONYMOUS
    assert viewer_of(make_user()).roles == ()


@pytest.mark.django_db
def test_viewer_by_token__good_expired_wrong__viewer_or_none(django_assert_num_queries: Any) -> None:
    viewer = make_viewer()
    good, late = token_for(viewer, Scope.READ), token_for(viewer, expires_at=clock.now() - timedelta(seconds=1))
    with django_assert_num_queries(1):
        found = viewer_by_token(good)
    assert found
    assert (found.user_id, found.scopes) == (viewer.user_id, frozenset({"read"}))
    assert [viewer_by_token(token) for token in (late, good[:-1], "", good.upper())] == [None] * 4


@pytest.mark.django_db
def test_institutions__by_role__staffed_and_managed() -> None:
    one, two = make_institution(), make_institution()
    operator, manager = make_viewer(Role.OPERATOR, institution=one), make_viewer(Role.MANAGER, institution=two)
    admin = make_viewer(Role.ADMIN)
    assert [set(staffed_institutions(viewer)) for viewer in (operator, manager, admin)] == [
        {one},
        {two},
        set(Institution.objects.all()),
    ]
    assert set(managed_institutions(manager)) == {two}
    for viewer, error in ((operator, Forbidden), (ANONYMOUS, NotSignedIn)):
        with pytest.raises(error):
            managed_institutions(viewer)


@pytest.mark.django_db
def test_own_enterprises__member_of_one__that_one() -> None:
    firm, _other = make_enterprise(), make_enterprise()
    assert list(own_enterprises(make_viewer(Role.FIRM_USER, enterprise=firm))) == [firm]
    assert list(own_enterprises(make_viewer())) == []


@pytest.mark.django_db
def test_user__address_in_any_case__is_the_same_person() -> None:
    user = User.objects.create_user("Ann.Lee@Firm.Example", "a long password", name="Ann")
    assert user.email == "ann.lee@firm.example"
    assert User.objects.get_by_natural_key("ANN.LEE@firm.example") == user
    assert user.check_password("a long password")
    with pytest.raises(IntegrityError, match="user_email_in_lower_case"):
        User.objects.create(email="Bob@firm.example", name="Bob")


@pytest.mark.django_db
@pytest.mark.parametrize(("zh", "en", "shown"), [("共仪", "Benchshare", "Benchshare"), ("共仪", "", "共仪")])
def test_organisation__names__in_the_language_there_is(zh: str, en: str, shown: str) -> None:
    with translation.override("en"):
        assert str(Enterprise(name_zh=zh, name_en=en)) == shown


def test_commissioner__assigned_firms__are_not_their_own() -> None:
    viewer = held(at(Role.COMMISSIONER, enterprise=7))
    assert (viewer.enterprise_ids, viewer.assigned_firm_ids) == (frozenset(), frozenset({7}))
    assert viewer.tier_at(HERE) == Tier.EXTERNAL
    assert viewer.books_for_firms(HERE)
    assert not viewer.books_for_every_firm(HERE)


@pytest.mark.parametrize(
    ("role", "here", "elsewhere"),
    [
        (at(Role.OPERATOR, HERE), True, False),
        (at(Role.MANAGER, HERE), True, False),
        (at(Role.ADMIN, HERE), True, False),
        (at(Role.ADMIN), True, True),
        (at(Role.COMPLEX_OPERATOR, ELSEWHERE), True, True),
        (at(Role.FIRM_USER, enterprise=7), False, False),
        (at(Role.REVIEWER), False, False),
    ],
)
def test_books_for_every_firm__staff_there_and_desks_of_complexes(
    role: RoleHeld, here: bool, elsewhere: bool
) -> None:
    viewer = held(role)
    assert (viewer.books_for_every_firm(HERE), viewer.books_for_every_firm(ELSEWHERE)) == (here, elsewhere)
    assert viewer.books_for_every_firm(None) == (here or elsewhere)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", InstitutionKind)
def test_complex_operator__only_at_a_complex(kind: InstitutionKind) -> None:
    role = Membership(user=make_user(), role=Role.COMPLEX_OPERATOR, institution=make_institution(kind=kind))
    if kind == InstitutionKind.COMPLEX:
        role.full_clean()
    else:
        with pytest.raises(ValidationError):
            role.full_clean()


@pytest.mark.django_db
def test_enterprises__over_the_api__those_one_may_book_for() -> None:
    blue, red = make_enterprise(name_en="Blue Loom"), make_enterprise(name_en="Red Loom", uscc="91330100799655058B")

    def named(viewer: Viewer, q: str) -> list[str]:
        return [each["name_en"] for each in Api(viewer).get("enterprises", {"q": q}).json()["items"]]

    operator = make_viewer(Role.OPERATOR, institution=make_institution())
    assert named(operator, "loom") == ["Blue Loom", "Red Loom"]
    assert named(operator, "91330100") == ["Red Loom"]
    assert named(make_viewer(Role.COMMISSIONER, enterprise=blue), "loom") == ["Blue Loom"]
    problem(Api(make_viewer(Role.FIRM_USER, enterprise=red)).get("enterprises"), 403, "forbidden")
    problem(Api().get("enterprises"), 401, "not_signed_in")
