"""Inheritance of rule values: the nearest level wins, within it the exact tier; unlimited is a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Tier
from booking.reservations.commands.set_policy_value import InvalidPolicyValue, set_policy_value
from booking.reservations.models import PolicyValue
from booking.reservations.policy_values import INHERIT, Effective, Inherit, Level, StoredValue, effective_values
from booking.reservations.process_settings import PROCESS_SETTINGS
from booking.reservations.rules.registry import all_rules
from booking.reservations.selectors.policy import policy_in_force
from booking.reservations.selectors.policy_levels import policy_at
from core.errors import Forbidden
from core.events import Event
from instruments.catalogue.models import InstrumentGroup
from tests.factories.accounts import manager_of
from tests.factories.booking import make_bookable, operator_of, revision_of

DEFAULTS = {"lead_time": 5}


def row(level: Level, value: int | None, tier: str = "") -> StoredValue:
    return StoredValue("lead_time", level, tier, value)


@pytest.mark.parametrize(
    ("stored", "effective"),
    [
        ([], Effective(5, Level.DEFAULT)),
        ([row(Level.PLATFORM, 10)], Effective(10, Level.PLATFORM)),
        ([row(Level.PLATFORM, 10), row(Level.INSTRUMENT, 0)], Effective(0, Level.INSTRUMENT)),
        ([row(Level.GROUP, None), row(Level.INSTITUTION, 10)], Effective(None, Level.GROUP)),
        ([row(Level.INSTITUTION, 10), row(Level.INSTITUTION, 20, "member")], Effective(20, Level.INSTITUTION)),
        ([row(Level.INSTITUTION, 20, "member"), row(Level.GROUP, 30)], Effective(30, Level.GROUP)),
        ([row(Level.INSTRUMENT, 20, "external")], Effective(5, Level.DEFAULT)),
        ([row(Level.INSTRUMENT, None, "member"), row(Level.INSTRUMENT, 7)], Effective(None, Level.INSTRUMENT)),
    ],
)
def test_effective_values__levels_and_tiers__nearest_then_exact(
    stored: list[StoredValue], effective: Effective
) -> None:
    for order in (stored, stored[::-1]):
        assert effective_values(order, Tier.MEMBER, DEFAULTS) == {"lead_time": effective}


def test_effective_values__code_of_no_rule__ignored() -> None:
    stored = [StoredValue("lapsed_rule", Level.INSTRUMENT, "", 1)]
    assert effective_values(stored, Tier.MEMBER, DEFAULTS).keys() == {"lead_time"}


stored_rows = st.lists(
    st.builds(
        row, st.sampled_from(list(Level)[1:]), st.none() | st.integers(0, 9), st.sampled_from(["", *Tier.values])
    ),
    max_size=8,
    unique_by=lambda each: (each.level, each.tier),
)


@given(stored_rows, st.sampled_from(list(Tier)))
def test_effective_values__any_rows__nobody_nearer_or_more_exact(stored: list[StoredValue], tier: Tier) -> None:
    found = effective_values(stored, tier, DEFAULTS)["lead_time"]
    bearing = [each for each in stored if each.tier in ("", tier)]
    best = max(bearing, key=lambda each: (each.level, each.tier != ""), default=None)
    assert found == (Effective(best.value, Level(best.level)) if best else Effective(5, Level.DEFAULT))


@pytest.mark.django_db
def test_policy_in_force__four_levels_stored__nearest_level_named() -> None:
    instrument = make_bookable()
    group = InstrumentGroup.objects.create(institution=instrument.institution, name_en="Optics")
    instrument.group = group
    instrument.save(update_fields=["group"])
    PolicyValue.objects.create(code="on_grid", value=10)
    PolicyValue.objects.create(code="lead_time", value=20, institution=instrument.institution)
    PolicyValue.objects.create(code="min_duration", value=None, group=group)
    PolicyValue.objects.create(code="max_duration", value=40, instrument=instrument, tier="enterprise")
    values = policy_in_force(instrument, Tier.ENTERPRISE)
    assert values["on_grid"] == Effective(10, Level.PLATFORM)
    assert values["lead_time"] == Effective(20, Level.INSTITUTION)
    assert values["min_duration"] == Effective(None, Level.GROUP)
    assert values["max_duration"] == Effective(40, Level.INSTRUMENT)
    assert values["booking_window"].level == Level.DEFAULT
    assert policy_in_force(instrument, Tier.MEMBER)["max_duration"] == Effective(720, Level.DEFAULT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "effective"),
    [(60, Effective(60, Level.INSTRUMENT)), (None, Effective(None, Level.INSTRUMENT)), (INHERIT, None)],
)
def test_set_policy_value__value_unlimited_inherit__three_different_things(
    value: int | Inherit | None, effective: Effective | None, published: list[Event]
) -> None:
    instrument = make_bookable()
    published.clear()
    before = policy_in_force(instrument, Tier.MEMBER)["lead_time"]
    manager = manager_of(instrument.institution)
    changed = set_policy_value(viewer=manager, instrument=instrument, code="lead_time", value=value)
    assert policy_in_force(instrument, Tier.MEMBER)["lead_time"] == (effective or before)
    assert changed is (effective is not None)
    assert [type(event).__name__ for event in published] == ["CalendarChanged"] * changed


@pytest.mark.django_db
def test_set_policy_value__same_again__changes_nothing_and_inherit_takes_it_back() -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    values: list[int | Inherit] = [15, 15, INHERIT, INHERIT]
    changed = [
        set_policy_value(viewer=manager, instrument=instrument, code="on_grid", value=value, tier="member")
        for value in values
    ]
    assert changed == [True, False, True, False]
    assert not PolicyValue.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "value", "tier"),
    [("on_grid", 0, ""), ("on_grid", 1441, ""), ("place_free", 1, ""), ("nothing", 1, ""), ("on_grid", 5, "vip")],
)
def test_set_policy_value__impossible__refused(code: str, value: int, tier: str) -> None:
    instrument = make_bookable()
    revision = revision_of(instrument)
    with pytest.raises(InvalidPolicyValue):
        set_policy_value(
            viewer=manager_of(instrument.institution), instrument=instrument, code=code, value=value, tier=tier
        )
    assert revision_of(instrument) == revision


@pytest.mark.django_db
def test_set_policy_value__operator__forbidden() -> None:
    instrument = make_bookable()
    with pytest.raises(Forbidden):
        set_policy_value(viewer=operator_of(instrument.institution), instrument=instrument, code="on_grid", value=5)


@pytest.mark.django_db
def test_policy_at__own_inherited_and_by_tier__all_told() -> None:
    instrument = make_bookable()
    PolicyValue.objects.create(code="lead_time", value=20, institution=instrument.institution)
    PolicyValue.objects.create(code="lead_time", value=None, instrument=instrument)
    PolicyValue.objects.create(code="lead_time", value=90, instrument=instrument, tier="external")
    found = policy_at(instrument)["lead_time"]
    general = found.general
    assert (general.own, general.inherited.value, general.effective.value) == (None, 20, None)
    (external,) = found.exceptions
    assert (external.tier, external.effective) == ("external", Effective(90, Level.INSTRUMENT))
    with_values = {code for code, each in all_rules().items() if each.setting}
    assert set(policy_at(instrument)) == with_values | set(PROCESS_SETTINGS)
