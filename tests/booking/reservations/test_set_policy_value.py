"""set_policy_value: inherit, a value and unlimited are three different things."""

import pytest
from django.apps import apps

from booking.calendars.events import CalendarChanged
from booking.reservations.commands.set_policy_value import InvalidPolicyValue, set_policy_value
from booking.reservations.errors import RuleViolations
from booking.reservations.models import PolicyValue
from booking.reservations.policy_values import INHERIT, Inherit, Level
from booking.reservations.selectors.policy_levels import PolicyOf, policy_at
from core.errors import Forbidden
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, make_bookable, operator_of, revision_of, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def put(instrument: Instrument, code: str, value: int | Inherit | None, tier: str = "") -> bool:
    viewer = manager_of(instrument.institution)
    return set_policy_value(viewer=viewer, instrument=instrument, code=code, value=value, tier=tier)


def in_force(instrument: Instrument, code: str) -> PolicyOf:
    return policy_at(instrument)[code]


def test_set_policy_value__value__is_enforced_at_once(published: list[Event]) -> None:
    instrument = make_bookable()
    before = revision_of(instrument)
    assert put(instrument, "max_duration", 60)
    assert any(isinstance(event, CalendarChanged) and event.revision == before + 1 for event in published)
    with pytest.raises(RuleViolations):
        booked(instrument, window=slot(hours=2))


def test_set_policy_value__unlimited__lifts_what_is_inherited() -> None:
    instrument = make_bookable()
    PolicyValue.objects.create(institution=instrument.institution, code="max_duration", value=60)
    put(instrument, "max_duration", None)
    rule = in_force(instrument, "max_duration").general
    assert (rule.own, rule.effective.value, rule.effective.level) == (None, None, Level.INSTRUMENT)
    booked(instrument, window=slot(hours=8))


def test_set_policy_value__inherit__lets_the_next_level_decide() -> None:
    instrument = make_bookable()
    PolicyValue.objects.create(institution=instrument.institution, code="max_duration", value=60)
    put(instrument, "max_duration", 90)
    assert put(instrument, "max_duration", INHERIT)
    rule = in_force(instrument, "max_duration").general
    assert (rule.own, rule.effective.value, rule.effective.level) == (INHERIT, 60, Level.INSTITUTION)


def test_set_policy_value__for_one_tier__is_shown_as_an_exception() -> None:
    instrument = make_bookable()
    put(instrument, "lead_time", 120, tier="external")
    rule = in_force(instrument, "lead_time")
    assert rule.general.effective.value == 0
    assert [(each.tier, each.effective.value) for each in rule.exceptions] == [("external", 120)]


@pytest.mark.parametrize("value", [60, None, INHERIT])
def test_set_policy_value__what_is_so_already__changes_nothing(value: int | Inherit | None) -> None:
    instrument = make_bookable()
    put(instrument, "lead_time", value)
    before = revision_of(instrument)
    assert not put(instrument, "lead_time", value)
    assert revision_of(instrument) == before


def test_set_policy_value__history__says_who_and_by_what() -> None:
    instrument = make_bookable()
    viewer = manager_of(instrument.institution)
    set_policy_value(viewer=viewer, instrument=instrument, code="lead_time", value=60)
    row = PolicyValue.objects.get(instrument=instrument)
    (context,) = (
        apps.get_model("reservations", "PolicyValueEvent")
        .objects.filter(pgh_obj=row.pk)
        .values_list("pgh_context", flat=True)
    )
    assert (context["command"], context["actor"]) == ("set_policy_value", viewer.user_id)


@pytest.mark.parametrize(
    ("code", "value", "tier"),
    [
        ("lead_time", -1, ""),
        ("on_grid", 0, ""),
        ("booking_window", 181, ""),
        ("place_free", 1, ""),
        ("x", 1, ""),
        ("lead_time", 1, "x"),
    ],
)
def test_set_policy_value__impossible__is_refused(code: str, value: int, tier: str) -> None:
    with pytest.raises(InvalidPolicyValue):
        put(make_bookable(), code, value, tier)


def test_set_policy_value__operator__is_refused() -> None:
    instrument = make_bookable()
    with pytest.raises(Forbidden):
        set_policy_value(
            viewer=operator_of(instrument.institution), instrument=instrument, code="lead_time", value=1
        )
