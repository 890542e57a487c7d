"""Values of levels that instruments share: who may set them, what follows, and the API of all levels."""

from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Institution, Role
from accounts.viewers import Viewer
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.revise_calendars import revise_calendars
from booking.reservations.commands.set_shared_policy_value import set_shared_policy_value
from booking.reservations.errors import RuleViolations
from booking.reservations.models import PolicyValue, Terms
from booking.reservations.policy_values import INHERIT
from booking.reservations.tasks import revise_after_policy
from core.errors import Forbidden
from core.events import Event
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import (
    Api,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def home() -> Institution:
    return make_institution()


def admin() -> Viewer:
    return make_viewer(Role.ADMIN)


def jobs() -> list[Any]:
    return list(ProcrastinateJob.objects.filter(task_name="reservations.revise_calendars"))


def values(document: Any, tier: str = "") -> dict[str, Any]:
    (found,) = [each for each in document["values"] if each["tier"] == tier]
    return dict(found)


@pytest.mark.parametrize("level", ["group", "institution", "platform"])
def test_set_shared_policy_value__each_level__is_enforced_at_once(home: Institution, level: str) -> None:
    group = InstrumentGroup.objects.create(institution=home)
    instrument = open_instrument(home, group=group)
    at = {"group": group, "institution": home, "platform": None}[level]
    assert set_shared_policy_value(viewer=admin(), at=at, code="max_duration", value=60)
    assert not set_shared_policy_value(viewer=admin(), at=at, code="max_duration", value=60)
    with pytest.raises(RuleViolations):
        booked(instrument, window=slot(hours=2))
    assert set_shared_policy_value(viewer=admin(), at=at, code="max_duration", value=INHERIT)
    booked(instrument, window=slot(hours=2))


def test_set_shared_policy_value__who_may__managers_at_home_and_administrators_everywhere(
    home: Institution,
) -> None:
    group = InstrumentGroup.objects.create(institution=home)
    assert set_shared_policy_value(viewer=manager_of(home), at=home, code="max_upcoming", value=3)
    assert set_shared_policy_value(viewer=manager_of(home), at=group, code="max_upcoming", value=3)
    others = [operator_of(home), manager_of(make_institution()), firm_user()]
    refused: list[tuple[Viewer, Institution | InstrumentGroup | None]] = [(each, home) for each in others]
    for viewer, at in [*refused, (others[1], group), (manager_of(home), None)]:
        with pytest.raises(Forbidden):
            set_shared_policy_value(viewer=viewer, at=at, code="max_upcoming", value=9)
    assert set(PolicyValue.objects.values_list("value", flat=True)) == {3}


def test_set_shared_policy_value__time_rule__one_job_and_a_cap_none(home: Institution) -> None:
    open_instrument(home)
    set_shared_policy_value(viewer=admin(), at=home, code="max_upcoming", value=3)
    set_shared_policy_value(viewer=admin(), at=home, code="asks_presence", value=1)
    assert jobs() == []
    set_shared_policy_value(viewer=admin(), at=home, code="lead_time", value=30)
    (job,) = jobs()
    assert job.args == {"institution_id": home.pk, "group_id": None}
    assert set(Terms.objects.values_list("lead_time", flat=True)) == {30}


def test_revise_after_policy__platform__a_job_for_each_institution(home: Institution) -> None:
    open_instrument(home)
    other = make_bookable()
    revise_after_policy.func(institution_id=None, group_id=None)
    assert {job.args["institution_id"] for job in jobs()} == {home.pk, other.institution_id}


def test_revise_calendars__in_batches__each_once_and_only_there(
    home: Institution, published: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.reservations.commands.revise_calendars.AT_ONCE", 2)
    instruments, other = [open_instrument(home) for _ in range(3)], make_bookable()
    before = [revision_of(each) for each in (*instruments, other)]
    published.clear()
    assert revise_calendars(institution_id=home.pk) == 3
    after = [revision_of(each) for each in (*instruments, other)]
    assert after == [*(each + 1 for each in before[:3]), before[3]]
    told = [event.instrument_id for event in published if isinstance(event, CalendarChanged)]
    assert told == [each.pk for each in instruments]


def test_api__policy__value_level_and_own_by_tier(home: Institution) -> None:
    instrument, api = open_instrument(home), Api(manager_of(home))
    put = api.send("put", f"institutions/{home.pk}/policy/max_upcoming", {"value": 5})
    assert values(put.json()) == {"tier": "", "value": 5, "level": "institution", "own": 5, "inherits": False}
    path = f"instruments/{instrument.pk}/policy"
    api.send("put", f"{path}/max_upcoming", {"value": None, "tier": "external"})
    (found,) = [each for each in api.get(path).json() if each["code"] == "max_upcoming"]
    assert values(found) == {"tier": "", "value": 5, "level": "institution", "own": None, "inherits": True}
    external = values(found, "external")
    assert (external["value"], external["level"], external["inherits"]) == (None, "instrument", False)
    assert (found["unit"], found["default"], found["minimum"]) == ("bookings", None, 1)
    back = api.send("put", f"{path}/max_upcoming", {"inherit": True, "tier": "external"}).json()
    assert values(back, "external")["value"] == 5


def test_api__platform__administrators_only() -> None:
    api = Api(admin())
    assert values(api.send("put", "policy/lead_time", {"value": 60}).json())["level"] == "platform"
    assert len(api.get("policy").json()) == len(api.get(f"institutions/{make_institution().pk}/policy").json())
    for path in ("policy", "policy/lead_time"):
        method = "put" if "/" in path else "get"
        body = {"value": 1} if method == "put" else None
        problem(Api(firm_user()).send(method, path, body), 403, "forbidden")
        assert Api().send(method, path, body).status_code == 401


def status(viewer: Viewer | None, path: str, body: object) -> int:
    return int(Api(viewer).send("put", path, body).status_code)


def test_api__others_and_bad_bodies__are_refused(home: Institution) -> None:
    instrument: Instrument = open_instrument(home)
    for path in (f"instruments/{instrument.pk}/policy/lead_time", f"institutions/{home.pk}/policy/lead_time"):
        manager = manager_of(home)
        assert status(None, path, {"value": 1}) == 401
        assert status(operator_of(home), path, {"value": 1}) == 403
        assert status(manager_of(make_institution()), path, {"value": 1}) == 403
        for body in ({}, {"value": -1}, {"value": "x"}, {"value": 1, "tier": "x"}, {"value": 2**40}, {"other": 1}):
            assert status(manager, path, body) == 422, body
        assert status(manager, path.replace("lead_time", "nonsense"), {"value": 1}) == 422
        assert status(manager, path.replace(f"/{home.pk}/", "/0/").replace(f"/{instrument.pk}/", "/0/"), {}) == 404
    assert PolicyValue.objects.count() == 0
