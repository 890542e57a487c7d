"""Who manages people, institutions, enterprises and roles in the admin site, and what stays with superusers."""

from typing import Any

import pytest

from accounts.models import Enterprise, Membership, Role, User
from accounts.selectors import viewer_of
from accounts.viewers import Viewer
from tests.factories.accounts import make_institution, make_user, make_viewer
from tests.frontend.pages.desk_scenario import browser_of

pytestmark = pytest.mark.django_db

PAGES = ("user", "institution", "enterprise")
NO_ROLES = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")}


def staff(role: str = "", **where: object) -> Viewer:
    """Somebody with a role who may open the admin site."""
    viewer = make_viewer(role, **where)
    User.objects.filter(pk=viewer.person_id).update(is_staff=True)
    return viewer


def platform_admin() -> Any:
    return browser_of(staff(Role.ADMIN))


def person(user: User, **change: str) -> dict[str, str]:
    """The form of a person, as it is sent."""
    return (
        {"email": user.email, "name": user.name, "phone": "", "language": "", "is_active": "on"} | NO_ROLES | change
    )


@pytest.mark.parametrize("model", PAGES)
@pytest.mark.parametrize("page", ["", "add/"])
def test_pages__platform_admin__open(model: str, page: str) -> None:
    assert platform_admin().get(f"/admin/accounts/{model}/{page}").status_code == 200


@pytest.mark.parametrize("model", PAGES)
def test_pages__others_who_may_open_the_site__403(model: str) -> None:
    place = make_institution()
    others = (staff(), staff(Role.ADMIN, institution=place), staff(Role.MANAGER, institution=place))
    for viewer in (*others, staff(Role.REVIEWER), make_viewer(Role.ADMIN)):
        client = browser_of(viewer)
        assert client.get(f"/admin/accounts/{model}/", follow=True).status_code == 403
        assert client.post(f"/admin/accounts/{model}/add/", {}, follow=True).status_code == 403


def test_platform_admin__enterprise_and_role__are_made() -> None:
    client, user, place = platform_admin(), make_user(), make_institution()
    client.post("/admin/accounts/enterprise/add/", {"slug": "firm", "name_zh": "公司", "name_en": ""})
    assert Enterprise.objects.filter(slug="firm").exists()
    role = {"memberships-0-role": Role.MANAGER, "memberships-0-institution": str(place.pk)}
    change = person(user, **{"memberships-TOTAL_FORMS": "1", "memberships-0-user": str(user.pk)}, **role)
    assert client.post(f"/admin/accounts/user/{user.pk}/change/", change).status_code == 302
    assert Membership.objects.get(user=user).role == Role.MANAGER


def test_platform_admin__sends_is_superuser__is_ignored() -> None:
    client, user = platform_admin(), make_user()
    page = client.post(f"/admin/accounts/user/{user.pk}/change/", person(user, is_superuser="on", name="New"))
    user.refresh_from_db()
    assert (page.status_code, user.name, user.is_superuser) == (302, "New", False)


@pytest.mark.parametrize("page", ["change/", "password/", "delete/"])
def test_platform_admin__a_superuser__is_not_changed(page: str) -> None:
    chief = make_user(is_superuser=True, is_staff=True)
    sent = person(
        chief, name="Taken", usable_password="true", password1="a new long one", password2="a new long one"
    )
    answer = platform_admin().post(f"/admin/accounts/user/{chief.pk}/{page}", sent | {"post": "yes"})
    assert answer.status_code == 403
    assert User.objects.get(pk=chief.pk).name == chief.name


def test_platform_admin__deletes_superusers_together__none_is_deleted() -> None:
    chief = make_user(is_superuser=True)
    sent = {"action": "delete_selected", "_selected_action": [str(chief.pk)], "post": "yes"}
    platform_admin().post("/admin/accounts/user/", sent)
    assert User.objects.filter(pk=chief.pk).exists()


def test_superuser__makes_superusers() -> None:
    client, user = browser_of(viewer_of(make_user(is_superuser=True, is_staff=True))), make_user()
    client.post(f"/admin/accounts/user/{user.pk}/change/", person(user, is_superuser="on"))
    assert User.objects.get(pk=user.pk).is_superuser
