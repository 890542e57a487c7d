"""Every rule by itself: pure functions over a Context, both DST days included."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Role, Tier
from booking.reservations.errors import RuleViolations
from booking.reservations.models import Kind
from booking.reservations.policy_values import Effective, Level
from booking.reservations.rules.on_grid import grid_origin
from booking.reservations.rules.registry import Context, Taken, Violation, all_rules, defaults, evaluate, rule
from booking.reservations.rules.window_valid import asked_window
from core.windows import TimeWindow, at_wall_clock
from tests.factories.booking import MONDAY, SHANGHAI, slot

LONDON = ZoneInfo("Europe/London")
NOW = at_wall_clock(MONDAY, time(8), SHANGHAI)
UNLIMITED: Mapping[str, int | None] = dict.fromkeys(defaults())


def context(
    window: TimeWindow | None = None, values: Mapping[str, int | None] = UNLIMITED, **facts: Any
) -> Context:
    """A wish that breaks nothing: open all day, free, all values unlimited. facts override."""
    asked = window or slot()
    base: dict[str, Any] = {
        "now": NOW,
        "window": asked,
        "tier": Tier.ENTERPRISE,
        "kind": Kind.USE,
        "places": 1,
        "by_staff": False,
        "zone": SHANGHAI,
        "instrument_id": 1,
        "institution_id": 1,
        "resource_id": 1,
        "revision": 1,
        "capacity": 1,
        "turnaround_minutes": 0,
        "status": "published",
        "user_active": True,
        "hourly_fen": None,
        "open": (asked.widened(before=timedelta(days=1), after=timedelta(days=1)),),
        "taken": (),
        "values": {code: Effective(value, Level.DEFAULT) for code, value in {**UNLIMITED, **values}.items()},
    }
    return Context(**(base | facts))


def check(code: str, judged: Context) -> Violation | None:
    return all_rules()[code].check(judged)


def taken(window: TimeWindow, place: int = 1, kind: str = Kind.USE) -> Taken:
    return Taken(place, window, kind, "confirmed")


def test_evaluate__nothing_broken__nothing_returned() -> None:
    assert evaluate(context()) == []


def test_evaluate__many_broken__all_come_back_with_who_may_waive_them() -> None:
    judged = context(
        slot("08:10", 0.25, day=-1), {"min_duration": 60, "on_grid": 30}, open=(), status="draft", user_active=False
    )
    broken = {violation.code: violation.waivable_by for violation in evaluate(judged)}
    staff = (Role.OPERATOR, Role.MANAGER, Role.ADMIN)
    assert broken == {
        "instrument_open_for_booking": (),
        "requester_active": (),
        "min_duration": staff,
        "on_grid": staff,
        "starts_in_future": staff,
        "within_opening_hours": staff,
    }


@pytest.mark.parametrize("kind", [Kind.CLOSURE, Kind.MAINTENANCE])
def test_evaluate__closure__only_needs_free_places_and_a_valid_window(kind: str) -> None:
    judged = context(slot(day=-1), {"min_duration": 600}, kind=kind, open=(), status="draft")
    assert evaluate(judged) == []
    assert [each.code for each in evaluate(replace(judged, taken=(taken(slot()),)))] == ["place_free"]


def test_registry__code_given_twice__refused() -> None:
    grid = all_rules()["on_grid"]
    with pytest.raises(ValueError, match="twice"):
        rule("on_grid", section=grid.section, title=grid.title, meaning=grid.meaning)(lambda judged: None)


def test_registry__every_rule__has_a_file_texts_and_a_documented_check() -> None:
    for code, each in all_rules().items():
        assert str(each.title)
        assert str(each.meaning).endswith(".")
        assert each.check.__doc__
        assert each.check.__name__ == code
        assert each.setting is None or each.setting.unit in ("minutes", "hours", "days", "bookings", "points", "")


def test_group_a__never_waivable__and_all_of_group_b_is() -> None:
    group_a = {code for code, each in all_rules().items() if not each.waivable_by}
    assert group_a == {
        "instrument_open_for_booking",
        "not_closed",
        "own_bookings_do_not_collide",
        "place_free",
        "requester_active",
        "shared_resources_free",
        "window_valid",
    }
    blocking = {code for code, each in all_rules().items() if each.blocks_time}
    assert blocking == {"place_free", "not_closed", "shared_resources_free"}


@pytest.mark.parametrize(("starts", "ends"), [("10:00", "10:00"), ("10:00", "09:59")])
def test_asked_window__end_not_after_start__window_valid(starts: str, ends: str) -> None:
    first, last = (at_wall_clock(MONDAY, time.fromisoformat(each), SHANGHAI) for each in (starts, ends))
    with pytest.raises(RuleViolations) as refusal:
        asked_window(first, last, zone="Europe/London")
    assert [each.code for each in refusal.value.extra["violations"]] == ["window_valid"]
    assert refusal.value.extra["zone"] == "Europe/London"


def test_window_valid__over_400_days__broken_with_limit_and_actual() -> None:
    judged = context(slot(hours=24 * 400 + 1))
    broken = check("window_valid", judged)
    assert broken
    assert (broken.limit, broken.actual) == (400 * 1440, 400 * 1440 + 60)
    assert check("window_valid", context(slot(hours=24 * 400))) is None


@pytest.mark.parametrize(
    ("capacity", "places", "claims", "broken"),
    [
        (1, 1, (), False),
        (1, 1, (1,), True),
        (2, 1, (1,), False),
        (2, 2, (1,), True),
        (2, 1, (1, 2), True),
        (3, 2, (2,), False),
        (1, 2, (), True),
    ],
)
def test_place_free__capacity_and_claims__counts_places(
    capacity: int, places: int, claims: tuple[int, ...], broken: bool
) -> None:
    judged = context(capacity=capacity, places=places, taken=tuple(taken(slot(), place) for place in claims))
    assert (check("place_free", judged) is not None) is broken
    assert check("not_closed", judged) is None


def test_not_closed__closure_over_a_place__broken_instead_of_place_free() -> None:
    judged = context(taken=(taken(slot(), kind=Kind.MAINTENANCE),))
    assert check("not_closed", judged)
    assert check("place_free", judged) is None


def test_not_closed__one_place_closed_and_one_booked__both_said() -> None:
    both = (taken(slot(), 1, Kind.CLOSURE), taken(slot(), 2))
    assert {each.code for each in evaluate(context(capacity=2, taken=both))} == {"not_closed", "place_free"}


@pytest.mark.parametrize("status", ["draft", "suspended", "retired"])
def test_instrument_open_for_booking__not_published__broken(status: str) -> None:
    broken = check("instrument_open_for_booking", context(status=status))
    assert broken
    assert broken.actual == status


@pytest.mark.parametrize(
    ("opened", "inside"),
    [
        ([slot("09:00", 2)], True),
        ([slot("08:00", 8)], True),
        ([slot("09:01", 8)], False),
        ([slot("09:00", 1), slot("10:30", 4)], False),
        ([], False),
    ],
)
def test_within_opening_hours__any_window__every_minute_counts(opened: list[TimeWindow], inside: bool) -> None:
    assert (check("within_opening_hours", context(slot("09:00", 2), open=tuple(opened))) is None) is inside


@pytest.mark.parametrize(
    ("start", "by_staff", "broken"),
    [("08:00", False, False), ("07:59", False, True), ("07:59", True, False), ("00:00", True, False)],
)
def test_starts_in_future__staff__may_backdate_within_the_local_day(
    start: str, by_staff: bool, broken: bool
) -> None:
    judged = context(slot(start), by_staff=by_staff)
    assert (check("starts_in_future", judged) is not None) is broken
    assert check("starts_in_future", context(slot("23:00", day=-1), by_staff=by_staff)) is not None


@pytest.mark.parametrize(
    ("lead", "start", "broken"),
    [(0, "08:00", False), (None, "08:00", False), (60, "09:00", False), (60, "08:59", True), (60, "07:00", False)],
)
def test_lead_time__minutes_ahead__the_past_is_another_rules(lead: int | None, start: str, broken: bool) -> None:
    assert (check("lead_time", context(slot(start), {"lead_time": lead})) is not None) is broken


@pytest.mark.parametrize(
    ("days", "start", "day", "broken"), [(7, "08:00", 7, False), (7, "08:01", 7, True), (None, "08:00", 399, False)]
)
def test_booking_window__far_ahead__counted_in_days_of_24_hours(
    days: int | None, start: str, day: int, broken: bool
) -> None:
    assert (check("booking_window", context(slot(start, day=day), {"booking_window": days})) is not None) is broken


@pytest.mark.parametrize(
    ("code", "limit", "hours", "broken"),
    [
        ("min_duration", 120, 2, False),
        ("min_duration", 121, 2, True),
        ("min_duration", None, 0.1, False),
        ("max_duration", 120, 2, False),
        ("max_duration", 119, 2, True),
        ("max_duration", None, 2000, False),
    ],
)
def test_duration__elapsed_minutes__limit_included(
    code: str, limit: int | None, hours: float, broken: bool
) -> None:
    found = check(code, context(slot(hours=hours), {code: limit}))
    assert (found is not None) is broken
    if found:
        assert (found.limit, found.actual) == (limit, hours * 60)


OPENED = slot("09:10", 8)


@pytest.mark.parametrize(
    ("start", "hours", "broken"),
    [("09:10", 1, False), ("09:40", 1.5, False), ("09:30", 1, True), ("09:10", 0.75, True), ("09:41", 0.5, True)],
)
def test_on_grid__any_start_and_length__counted_from_the_opening(start: str, hours: float, broken: bool) -> None:
    found = check("on_grid", context(slot(start, hours), {"on_grid": 30}, open=(OPENED,)))
    assert (found is not None) is broken


@pytest.mark.parametrize(
    ("opened", "start", "origin"),
    [
        (slot("22:15", 8, day=-1), "01:00", "00:00"),
        (slot("00:20", 8), "01:00", "00:20"),
        (slot("12:00", 8), "01:00", "00:00"),
    ],
)
def test_grid_origin__stretch_began_the_day_before__local_midnight(
    opened: TimeWindow, start: str, origin: str
) -> None:
    at = slot(start).starts_at
    assert f"{grid_origin(context(open=(opened,)), at).astimezone(SHANGHAI):%H:%M}" == origin


@pytest.mark.parametrize(("on", "hours"), [(date(2035, 3, 25), 2), (date(2035, 10, 28), 3)])
def test_on_grid__over_the_change__lengths_are_elapsed_minutes(on: date, hours: int) -> None:
    """01:00 to 04:00 on the wall is two hours in March and four in October; 02:00 UTC stays on the grid."""
    starts_at = at_wall_clock(on, time(0), LONDON)
    window = TimeWindow(starts_at, starts_at + timedelta(hours=hours))
    opened = (TimeWindow(starts_at, starts_at + timedelta(hours=20)),)
    judged = context(window, {"on_grid": 60, "max_duration": hours * 60}, zone=LONDON, open=opened, now=NOW)
    assert evaluate(judged) == []
    assert {
        each.code for each in evaluate(replace(judged, window=window.widened(after=timedelta(minutes=30))))
    } == {
        "on_grid",
        "max_duration",
    }


@pytest.mark.parametrize("on", [date(2035, 3, 25), date(2035, 10, 28)])
def test_starts_in_future__on_the_day_of_the_change__the_whole_local_day_may_be_backdated(on: date) -> None:
    late = datetime.combine(on, time(23, 30), LONDON)
    start = at_wall_clock(on, time(0), LONDON)
    window = TimeWindow(start, start + timedelta(hours=1))
    judged = context(window, zone=LONDON, now=late, by_staff=True)
    assert check("starts_in_future", judged) is None
    assert check("starts_in_future", replace(judged, by_staff=False)) is not None
