"""Replay: past bookings judged again by values that are tried, as of the moment they were made."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution, Scope, Tier
from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.models import PolicyValue, Reservation, Waiver
from booking.reservations.policy_values import INHERIT
from booking.reservations.rules.registry import all_rules
from booking.reservations.selectors.replay import Replay, replay
from booking.reservations.selectors.verdicts import verdict
from core import clock
from core.windows import TimeWindow, at_wall_clock
from instruments.catalogue.models import Instrument, InstrumentGroup, InstrumentStatus
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    MONDAY,
    SHANGHAI,
    Api,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    set_values,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

REPLAYED = {code for code, each in all_rules().items() if each.can_replay}


@contextmanager
def on_day(day: int, at: str = "08:00") -> Iterator[None]:
    """So many days after MONDAY. What the triggers write meanwhile carries the stopped clock's time."""
    with time_machine.travel(
        at_wall_clock(MONDAY + timedelta(days=day), time.fromisoformat(at), SHANGHAI), tick=False
    ):
        yield
        events = apps.get_model("reservations", "ReservationEvent").objects
        events.filter(pgh_created_at__lt=at_wall_clock(MONDAY, time(0), SHANGHAI)).update(
            pgh_created_at=clock.now()
        )


def tried(at: Instrument | Institution, months: int = 1, **values: int | None) -> Replay:
    """A replay a week after MONDAY and a day."""
    with on_day(8):
        return replay(at, {(code, ""): value for code, value in values.items()}, months=months)


def refused(found: Replay) -> dict[int, list[tuple[str, Any, Any]]]:
    return {
        each.reservation.pk: [(broken.code, broken.limit, broken.actual) for broken in each.violations]
        for each in found.bookings
    }


@pytest.mark.parametrize(
    ("code", "value", "limit", "actual"),
    [
        ("lead_time", 120, 120, 60),
        ("booking_window", 1, 1, 3),
        ("min_duration", 90, 90, 60),
        ("max_duration", 60, 60, 180),
        ("on_grid", 120, 120, 60),
    ],
)
def test_replay__rule_of_one_window__judged_by_the_moment_it_was_booked(
    code: str, value: int, limit: int, actual: int
) -> None:
    instrument = make_bookable()
    fitting = booked(instrument, window=slot("13:00", 2))
    broken = {
        "booking_window": slot("13:00", 2, day=3),
        "max_duration": slot("09:00", 3),
        "on_grid": slot("11:00", 1),
        "min_duration": slot("11:00", 1),
        "lead_time": slot("09:00", 2),
    }[code]
    only = booked(instrument, window=broken)
    if code == "max_duration":
        Reservation.objects.filter(pk=fitting.pk).delete()
    found = tried(instrument, **{code: value})
    assert refused(found).get(only.pk) == [(code, limit, actual)]
    assert (found.today_too, found.is_incomplete) == (0, False)


WISHES = [
    (0, slot("09:00", 1)),
    (0, slot("10:00", 2, day=1)),
    (0, slot("12:00", 1, day=1)),
    (1, slot("13:00", 2, day=1)),
    (1, slot("09:00", 3, day=4)),
    (1, slot("13:00", 4, day=4)),
]
"""The day on which each is booked, and the window."""


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("max_per_day", 2),
        ("max_upcoming", 3),
        ("max_upcoming_hours", 4),
        ("max_hours_per_week", 7),
        ("max_hours_per_month", 8),
        ("min_gap", 60),
        ("max_per_day_enterprise", 1),
        ("max_upcoming_enterprise", 3),
        ("max_upcoming_hours_enterprise", 5),
        ("max_hours_per_week_enterprise", 6),
        ("max_hours_per_month_enterprise", 9),
    ],
)
def test_replay__caps__agree_with_what_booking_would_have_said(code: str, value: int) -> None:
    instrument, viewer = make_bookable(), firm_user()
    (account,) = viewer.enterprise_ids
    expected: dict[int, list[tuple[str, Any, Any]]] = {}
    for day, window in WISHES:
        with on_day(day):
            said = said_by_engine(viewer, instrument, window, account, code, value)
            made = booked(instrument, viewer, window, account_id=account)
            expected |= {made.pk: said} if said else {}
    assert expected
    assert refused(tried(instrument, **{code: value})) == expected


def said_by_engine(
    viewer: Viewer, instrument: Instrument, window: TimeWindow, account: int, code: str, value: int
) -> list[tuple[str, Any, Any]]:
    """The verdict at this moment if the value were set."""
    with transaction.atomic():
        set_values(instrument, **{code: value})
        said = verdict(viewer=viewer, instrument=instrument, window=window, account_id=account).violations
        transaction.set_rollback(True)
    return [(each.code, each.limit, each.actual) for each in said]


def test_replay__rules__all_that_can_be_judged_are_covered_here() -> None:
    caps = {"max_per_day", "max_upcoming", "max_upcoming_hours", "max_hours_per_week", "max_hours_per_month"}
    covered = {"lead_time", "booking_window", "min_duration", "max_duration", "on_grid", "min_gap"}
    assert covered | caps | {f"{code}_enterprise" for code in caps} == REPLAYED
    left_out = {each.code for each in tried(make_bookable()).not_judged}
    assert left_out == {
        "agreement_signed",
        "credit_sufficient",
        "no_open_feedback",
        "own_bookings_do_not_collide",
        "qualified",
        "sample_declared",
    }


def test_replay__cancelled_before__does_not_count_but_was_itself_a_booking() -> None:
    instrument, viewer = make_bookable(), firm_user()
    first = booked(instrument, viewer, slot("09:00", 1, day=2))
    with on_day(0, "09:00"):
        second = booked(instrument, viewer, slot("11:00", 1, day=2))
    with on_day(1):
        cancel_reservation(viewer=viewer, reservation=first, reason="")
        third = booked(instrument, viewer, slot("13:00", 1, day=2))
    found = tried(instrument, max_per_day=1)
    assert refused(found).keys() == {second.pk, third.pk}
    Reservation.objects.filter(pk=second.pk).delete()
    assert refused(tried(instrument, max_per_day=1)) == {}


def test_replay__moved_later__judged_as_made_and_counts_where_it_was_then() -> None:
    instrument, viewer = make_bookable(), firm_user()
    moved = booked(instrument, viewer, slot("09:00", 1, day=2))
    with on_day(0, "09:00"):
        meanwhile = booked(instrument, viewer, slot("11:00", 1, day=2))
    with on_day(1):
        reschedule_reservation(viewer=viewer, reservation=moved, window=slot("09:00", 4, day=3))
        after = booked(instrument, viewer, slot("13:00", 1, day=2))
    found = tried(instrument, max_per_day=1)
    assert refused(found) == {
        meanwhile.pk: [("max_per_day", 1, 2)],
        after.pk: [("max_per_day", 1, 2)],
    }
    assert refused(tried(instrument, max_duration=60)) == {}


@pytest.mark.parametrize(("where", "counted"), [("instrument", 1), ("institution", 2)])
def test_replay__cap_at_a_level__counts_what_is_booked_there(where: str, counted: int) -> None:
    instrument, viewer = make_bookable(), firm_user()
    other = open_instrument(instrument.institution)
    booked(other, viewer, slot("09:00", 1))
    judged = booked(instrument, viewer, slot("11:00", 1))
    at = instrument if where == "instrument" else instrument.institution
    found = tried(at, max_per_day=1)
    assert refused(found) == ({judged.pk: [("max_per_day", 1, 2)]} if counted == 2 else {})


def test_replay__institution__nearer_values_stay_in_force() -> None:
    home = make_institution()
    group = InstrumentGroup.objects.create(institution=home)
    own, grouped, plain = open_instrument(home), open_instrument(home, group=group), open_instrument(home)
    set_values(own, max_duration=600)
    PolicyValue.objects.create(group=group, code="max_duration", value=180)
    made = [booked(each, window=slot("09:00", 2)) for each in (own, grouped, plain)]
    found = tried(home, max_duration=60)
    assert refused(found) == {made[2].pk: [("max_duration", 60, 120)]}
    assert [(each.rule.code, each.refused, each.today_too) for each in found.rules] == [("max_duration", 1, 0)]


def test_replay__present_values_refuse_it_too__told_apart() -> None:
    instrument = make_bookable()
    old = booked(instrument, window=slot("09:00", 3))
    short = booked(instrument, window=slot("13:00", 2))
    set_values(instrument, max_duration=150)
    found = tried(instrument, max_duration=60)
    assert refused(found) == {short.pk: [("max_duration", 60, 120)]}
    (known,) = found.bookings_today_too
    assert (known.reservation.pk, known.present) == (old.pk, ("max_duration",))
    assert [(each.refused, each.today_too) for each in found.rules] == [(1, 1)]
    assert tried(instrument, max_duration=240).let_through == 1


def test_replay__one_tier_and_inherited_again__as_saving_would_do() -> None:
    instrument = make_bookable()
    internal = booked(instrument, manager_of(instrument.institution), slot("09:00", 2))
    booked(instrument, firm_user(), slot("13:00", 2))
    set_values(instrument, min_duration=60)
    with on_day(8):
        found = replay(instrument, {("max_duration", Tier.INTERNAL.value): 60}, months=1)
        assert refused(found).keys() == {internal.pk}
        set_values(instrument, max_duration=240)
        PolicyValue.objects.create(institution=instrument.institution, code="max_duration", value=60)
        assert replay(instrument, {("max_duration", ""): INHERIT}, months=1).refused == 2


def test_replay__hours_not_kept__not_judged_by_the_grid() -> None:
    instrument = make_bookable()
    made = booked(instrument, window=slot("09:30", 2))
    assert refused(tried(instrument, on_grid=60)).keys() == {made.pk}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM calendars_openwindow")
    found = tried(instrument, on_grid=60)
    assert (found.refused, found.without_hours, found.judged) == (0, 1, 1)


def test_replay__more_than_it_judges__the_newest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    instrument = make_bookable()
    made = [booked(instrument, window=slot("09:00", 2, day=day)) for day in range(3)]
    monkeypatch.setattr("booking.reservations.selectors.replay.MOST_BOOKINGS", 2)
    monkeypatch.setattr("booking.reservations.selectors.replay_facts.MOST_BOOKINGS", 2)
    found = tried(instrument, max_duration=60)
    assert (found.is_incomplete, found.judged, found.since) == (True, 2, slot("09:00", day=1).starts_at)
    assert list(refused(found)) == [made[2].pk, made[1].pk]
    monkeypatch.setattr("booking.reservations.selectors.replay.MOST_STATES", 1)
    assert "max_per_day" in {each.code for each in tried(instrument, max_per_day=1).not_judged}


def test_replay__span__only_what_began_in_it_and_was_booked() -> None:
    instrument, viewer = make_bookable(), firm_user()
    booked(instrument, viewer, slot("09:00", 2))
    coming = booked(instrument, viewer, slot("09:00", 2, day=9))
    declined = booked(instrument, viewer, slot("12:00", 2))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        Reservation.objects.filter(pk=declined.pk).update(status="completed", kind="maintenance")
    found = tried(instrument, max_duration=60)
    assert coming.pk not in refused(found)
    assert found.judged == 1
    with on_day(100):
        assert replay(instrument, {}, months=2).judged == 0
        assert replay(instrument, {}, months=4).judged == 2


def test_replay__many_bookings__as_many_queries_and_nothing_written() -> None:
    instrument, viewer = make_bookable(), firm_user()
    counts = []
    for day in (0, 1):
        booked(instrument, viewer, slot("09:00", 2, day=day))
        booked(open_instrument(instrument.institution), window=slot("09:00", 2, day=day))
        with on_day(8), CaptureQueriesContext(connection) as captured:
            replay(instrument.institution, {("max_per_day", ""): 1, ("max_duration", ""): 60}, months=1)
        counts.append(len(captured))
        assert all(each["sql"].lstrip().upper().startswith("SELECT") for each in captured.captured_queries)
    assert counts == [5, 5]
    assert not PolicyValue.objects.exists()
    assert not Waiver.objects.exists()


def body(**values: int | None) -> dict[str, Any]:
    return {"values": [{"code": code, "value": value} for code, value in values.items()], "months": 1}


@pytest.mark.parametrize("level", ["instruments", "institutions"])
def test_api_replay__manager__counts_bookings_and_what_is_not_judged(level: str) -> None:
    instrument = make_bookable()
    made = booked(instrument, window=slot("09:00", 3))
    path = f"{level}/{instrument.pk if level == 'instruments' else instrument.institution_id}/policy/replay"
    with on_day(8):
        answer = Api(manager_of(instrument.institution)).post(path, body(max_duration=60)).json()
    assert (answer["judged"], answer["refused"], answer["refused_today_too"], answer["incomplete"]) == (
        1,
        1,
        0,
        False,
    )
    (rule,) = answer["rules"]
    assert (rule["code"], rule["refused"]) == ("max_duration", 1)
    (booking,) = answer["bookings"]
    assert (booking["reservation"], booking["start"]) == (made.pk, "2035-03-05T09:00:00+08:00")
    assert (booking["violations"][0]["limit"], booking["violations"][0]["actual"]) == (60, 180)
    assert "qualified" in {each["code"] for each in answer["not_judged"]}
    assert PolicyValue.objects.count() == 0


@pytest.mark.parametrize("level", ["instruments", "institutions"])
def test_api_replay__others__may_not(level: str) -> None:
    instrument = make_bookable()
    path = f"{level}/{instrument.pk if level == 'instruments' else instrument.institution_id}/policy/replay"
    assert Api().post(path, body()).status_code == 401
    for viewer in (manager_of(make_institution()), operator_of(instrument.institution), firm_user()):
        problem(Api(viewer).post(path, body()), 403, "forbidden")
    reader = Api(manager_of(instrument.institution), Scope.READ)
    problem(reader.post(path, body()), 403, "scope_missing")
    assert Api(manager_of(instrument.institution)).get(path).status_code == 405
    Instrument.objects.filter(pk=instrument.pk).update(status=InstrumentStatus.DRAFT)
    unseen = Api(firm_user()).post(f"instruments/{instrument.pk}/policy/replay", body())
    problem(unseen, 404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        body(lead_time=-1),
        body(nonsense=1),
        body(qualified=None),
        {"values": [{"code": "lead_time"}]},
        {"values": [{"code": "lead_time", "value": 1, "tier": "vip"}]},
        {"values": [], "months": 0},
        {"values": [], "months": 25},
        {"values": [], "more": 1},
        {},
    ],
)
def test_api_replay__bad_body__is_refused(wrong: dict[str, Any]) -> None:
    instrument = make_bookable()
    answer = Api(manager_of(instrument.institution)).post(f"instruments/{instrument.pk}/policy/replay", wrong)
    assert answer.status_code == 422
