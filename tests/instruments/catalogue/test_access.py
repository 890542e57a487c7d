"""Who may see, operate and manage an instrument."""

import pytest

from accounts.models import Role
from accounts.viewers import ANONYMOUS, Viewer
from core.errors import DomainError, Forbidden, NotFound, NotSignedIn
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument, access_instrument_by_slug
from tests.factories.accounts import make_enterprise, make_institution, make_viewer
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

OK = "ok"
ROLES = (
    "anonymous",
    "firm",
    "operator",
    "manager",
    "admin",
    "other manager",
    "reviewer",
    "other reviewer",
    "platform",
)


def viewer_as(role: str, instrument: Instrument) -> Viewer:
    place = instrument.institution
    return {
        "anonymous": lambda: ANONYMOUS,
        "firm": lambda: make_viewer(Role.FIRM_USER, enterprise=make_enterprise()),
        "operator": lambda: make_viewer(Role.OPERATOR, institution=place),
        "manager": lambda: make_viewer(Role.MANAGER, institution=place),
        "admin": lambda: make_viewer(Role.ADMIN, institution=place),
        "other manager": lambda: make_viewer(Role.MANAGER, institution=make_institution()),
        "reviewer": lambda: make_viewer(Role.REVIEWER, region="3301"),
        "other reviewer": lambda: make_viewer(Role.REVIEWER, region="3302"),
        "platform": lambda: make_viewer(Role.ADMIN),
    }[role]()


def answer(role: str, status: str, action: str) -> object:
    instrument = make_instrument(make_institution(region="330106"), status=status)
    try:
        found = access_instrument(viewer_as(role, instrument), instrument.pk, action)  # type: ignore[arg-type]
    except DomainError as error:
        return type(error)
    assert found == instrument
    return OK


@pytest.mark.parametrize("status", ["published", "suspended"])
@pytest.mark.parametrize("role", ROLES)
def test_access_instrument__public__everybody_sees_it(role: str, status: str) -> None:
    assert answer(role, status, "view") == OK


@pytest.mark.parametrize("status", ["draft", "retired"])
@pytest.mark.parametrize("role", ROLES)
def test_access_instrument__not_public__only_its_people_see_it(role: str, status: str) -> None:
    insiders = ("operator", "manager", "admin", "reviewer", "platform")
    assert answer(role, status, "view") == (OK if role in insiders else NotFound)


@pytest.mark.parametrize("role", ROLES)
def test_access_instrument__manage_public__managers_only(role: str) -> None:
    expected = {"manager": OK, "admin": OK, "platform": OK, "anonymous": NotSignedIn}
    assert answer(role, "published", "manage") == expected.get(role, Forbidden)


@pytest.mark.parametrize("role", ROLES)
def test_access_instrument__manage_draft__hidden_from_others(role: str) -> None:
    expected = {"manager": OK, "admin": OK, "platform": OK, "anonymous": NotSignedIn}
    expected |= {"operator": Forbidden, "reviewer": Forbidden}
    assert answer(role, "draft", "manage") == expected.get(role, NotFound)


def test_access_instrument__operate__staff_only() -> None:
    assert answer("operator", "published", "operate") == OK
    assert answer("firm", "published", "operate") == Forbidden


@pytest.mark.parametrize("key", [0, -1, 10**30])
def test_access_instrument__no_such_id__not_found(key: int) -> None:
    with pytest.raises(NotFound):
        access_instrument(ANONYMOUS, key)


def test_access_instrument_by_slug__published__found() -> None:
    instrument = make_instrument()
    assert access_instrument_by_slug(ANONYMOUS, instrument.slug) == instrument


@pytest.mark.parametrize("slug", ["", "nothing", "\x00", "显微镜", "x" * 5000])
def test_access_instrument_by_slug__no_such_slug__not_found(slug: str) -> None:
    with pytest.raises(NotFound):
        access_instrument_by_slug(ANONYMOUS, slug)


def test_access_instrument__found__one_statement(django_assert_num_queries: object) -> None:
    instrument = make_instrument()
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = access_instrument(ANONYMOUS, instrument.pk)
        assert (found.institution.name, found.category) is not None
