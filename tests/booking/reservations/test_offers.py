"""Offers keep their word: what a refusal or a search offers passes the verdict for that viewer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.db.models import Value
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Role, Tier
from accounts.viewers import Viewer
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.models import Resource
from booking.discovery.functions import Stretch, soonest
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.models import PolicyValue
from booking.reservations.selectors import hunts
from booking.reservations.selectors.offers import NextFree, next_free
from booking.reservations.selectors.verdicts import Verdict, verdict
from core import clock
from core.errors import DomainError
from core.windows import TimeWindow, at_wall_clock
from instruments.catalogue.models import Instrument
from tests.conftest import DEEP
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import (
    ALL_DAY,
    MONDAY,
    SHANGHAI,
    band,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

OPENINGS = (
    [band("09:00", "17:00")],
    [band("22:00", "06:00")],
    [ALL_DAY],
    [band("08:10", "18:00"), band("18:00", "22:00", tiers=Tier.INTERNAL.bit)],
    [ALL_DAY, band("19:20", "07:00", is_off_peak=True)],
    [
        band("07:00", "12:00"),
        band("12:00", "21:00", is_off_peak=True),
        band("21:00", "07:00", tiers=3, is_off_peak=True),
    ],
)
policies = st.fixed_dictionaries(
    {
        "on_grid": st.sampled_from([None, 1, 15, 30, 45, 60, 100]),
        "min_duration": st.sampled_from([None, 1, 30, 50, 90]),
        "max_duration": st.sampled_from([None, 45, 120, 720]),
        "lead_time": st.sampled_from([None, 0, 90, 3000]),
        "booking_window": st.sampled_from([1, 7, 60, None]),
    }
)
moments = st.tuples(
    st.integers(0, 21), st.integers(0, 1439), st.sampled_from([1, 20, 30, 45, 60, 95, 120, 300, 900])
)


def at(zone: ZoneInfo, moment: tuple[int, int, int]) -> TimeWindow:
    day, minute, minutes = moment
    starts_at = at_wall_clock(MONDAY + timedelta(days=day), time(), zone) + timedelta(minutes=minute)
    return TimeWindow(starts_at, starts_at + timedelta(minutes=minutes))


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def taken(instrument: Instrument, manager: Viewer, windows: list[TimeWindow]) -> None:
    """Book what can be booked, outside opening hours and off the grid too; close the last one."""
    codes = ("within_opening_hours", "on_grid", "min_duration", "max_duration", "lead_time", "booking_window")
    waivers = dict.fromkeys((*codes, "starts_in_future"), "test")
    for number, window in enumerate(windows):
        try:
            if number == 3:
                close_instrument(viewer=manager, instrument=instrument, window=window, reason="test")
            else:
                book(viewer=manager, instrument=instrument, window=window, waivers=waivers)
        except DomainError:
            continue


@pytest.fixture(params=["Asia/Shanghai", "Europe/London"])
def instrument(request: pytest.FixtureRequest) -> Instrument:
    return open_instrument(make_institution(zone=request.param), places=2, turnaround=20)


def judge(viewer: Viewer, instrument: Instrument, window: TimeWindow, places: int = 1) -> Verdict:
    return verdict(viewer=viewer, instrument=instrument, window=window, places=places)


@settings(
    max_examples=1000 if DEEP else 12,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=not DEEP,
)
@given(
    opening=st.sampled_from(OPENINGS),
    policy=policies,
    occupied=st.lists(moments, max_size=6),
    wishes=st.lists(st.tuples(moments, st.integers(1, 2)), min_size=4, max_size=6),
    hour=st.integers(0, 23),
)
def test_offers__any_calendar_and_policy__pass_the_verdict(
    instrument: Instrument, opening: Any, policy: Any, occupied: Any, wishes: Any, hour: int
) -> None:
    zone = ZoneInfo(instrument.institution.zone)
    manager = manager_of(instrument.institution)
    with time_machine.travel(at_wall_clock(MONDAY, time(hour, 7), zone), tick=False), undone():
        set_opening_hours(viewer=manager, instrument=instrument, bands=opening)
        taken(instrument, manager, [at(zone, moment) for moment in occupied])
        PolicyValue.objects.bulk_create(
            PolicyValue(instrument=instrument, code=k, value=v) for k, v in policy.items()
        )
        for viewer in (manager, firm_user(), make_viewer()):
            for moment, places in wishes:
                assert_offers_pass(viewer, instrument, at(zone, moment), places)


def assert_offers_pass(viewer: Viewer, instrument: Instrument, wish: TimeWindow, places: int) -> None:
    refused = judge(viewer, instrument, wish, places)
    for offer in refused.alternatives:
        assert judge(viewer, instrument, offer.window, places).violations == (), ("alternative", wish, offer)
    for broken in refused.violations:
        if broken.nearest:
            assert judge(viewer, instrument, broken.nearest, places).violations == (), ("nearest", broken)
    tier = viewer.tier_at(instrument.institution_id)
    free = next_free([(instrument.pk, tier)], minutes=wish.minutes)[instrument.pk]
    if free.window:
        assert judge(viewer, instrument, free.window).violations == (), ("next_free", free)
    assert_search_agrees(viewer, instrument, wish.minutes, free)


def assert_search_agrees(viewer: Viewer, instrument: Instrument, minutes: int, free: NextFree) -> None:
    """A search finds the same window as the card, within the index of free gaps."""
    now, tier = clock.now(), viewer.tier_at(instrument.institution_id)
    candidates = Instrument.objects.filter(pk=instrument.pk).values_list("pk", Value(tier.bit))
    found = soonest(candidates, Stretch(now, now, None, minutes), offset=0, limit=1, most=10)
    horizon = Resource.objects.values_list("gaps_until", flat=True).get(instrument=instrument)
    offers = [TimeWindow(offer.starts_at, offer.ends_at) for offer in found.page]
    assert horizon is not None
    assert offers == ([free.window] if free.window and free.window.starts_at < horizon else []), ("search", minutes)


def test_next_free__free_now__says_so_and_starts_on_the_next_grid_line() -> None:
    instrument = make_bookable()
    with time_machine.travel(at_wall_clock(MONDAY, time(10, 7), SHANGHAI), tick=False):
        free = next_free([(instrument.pk, Tier.ENTERPRISE)])[instrument.pk]
    assert (free.window, free.is_now) == (slot("10:30", 0.5), True)


def test_next_free__in_a_window__inside_it_or_nothing() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("10:00", 2))
    wanted = [(instrument.pk, Tier.ENTERPRISE)]

    def found(window: TimeWindow, minutes: int) -> TimeWindow | None:
        since, until = window.starts_at, window.ends_at
        return next_free(wanted, minutes=minutes, since=since, until=until)[instrument.pk].window

    assert found(slot("09:00", 8), 60) == slot("09:00", 1)
    assert found(slot("09:00", 8), 120) == slot("12:00", 2)
    assert found(slot("09:30", 2), 60) is None
    assert found(slot("17:00", 15), 30) is None


def test_next_free__hundred_instruments__one_statement(django_assert_num_queries: Any) -> None:
    wanted = [(make_bookable().pk, Tier.EXTERNAL) for _ in range(5)]
    with django_assert_num_queries(1):
        assert len(next_free(wanted)) == 5


@pytest.mark.parametrize("places", [1, 10])
def test_next_free__lead_time__looks_behind_it(places: int) -> None:
    instrument = open_instrument(places=places)
    PolicyValue.objects.create(instrument=instrument, code="lead_time", value=14 * 24 * 60)
    free = next_free([(instrument.pk, Tier.ENTERPRISE)])[instrument.pk]
    assert (free.window, free.is_now) == (slot(day=14, hours=0.5), False)


def test_next_free__many_gaps_too_short_for_its_rules__found_behind_them() -> None:
    instrument = open_instrument(bands=[band("09:00", "09:45"), band("10:00", "10:40"), band("11:00", "11:50")])
    PolicyValue.objects.create(instrument=instrument, code="min_duration", value=60)
    assert next_free([(instrument.pk, Tier.ENTERPRISE)])[instrument.pk] == NextFree(
        revision_of(instrument), None, is_now=False
    )
    PolicyValue.objects.create(instrument=instrument, code="on_grid", value=25)
    PolicyValue.objects.update_or_create(instrument=instrument, code="min_duration", defaults={"value": 50})
    free = next_free([(instrument.pk, Tier.ENTERPRISE)])[instrument.pk]
    assert free.window == slot("11:00", 50 / 60)


def test_next_free__beyond_the_index__computed() -> None:
    instrument = make_bookable()
    taken_until(instrument, days=40)
    wanted = [(instrument.pk, Tier.ENTERPRISE)]
    assert next_free(wanted)[instrument.pk].window == slot(day=42, hours=0.5)
    late = slot("00:00", 24, day=50)
    found = next_free(wanted, minutes=120, since=late.starts_at, until=late.ends_at)[instrument.pk]
    assert (found.window, found.is_certain) == (slot(day=50), True)
    PolicyValue.objects.create(instrument=instrument, code="booking_window", value=30)
    assert next_free(wanted)[instrument.pk] == NextFree(revision_of(instrument), None, is_now=False)


def test_next_free__beyond_the_index_for_too_many__says_that_it_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hunts, "MOST_BEYOND", 1)
    wanted = [(make_bookable().pk, Tier.ENTERPRISE) for _ in range(2)]
    found = next_free(wanted, since=slot(day=49).starts_at)
    assert [(bool(each.window), each.is_certain) for each in found.values()] == [(True, True), (False, False)]


@pytest.mark.parametrize(("place_count", "wished"), [(1, 1), (2, 2)])
def test_alternatives__refused_wish_on_day_50__the_next_ones(place_count: int, wished: int) -> None:
    instrument = open_instrument(places=place_count)
    window = slot("11:00", 1, day=50)
    close_instrument(viewer=manager_of(instrument.institution), instrument=instrument, window=window, reason="x")
    refused = judge(firm_user(), instrument, window, places=wished)
    assert [offer.window for offer in refused.alternatives] == [
        slot("12:00", 1, day=50),
        slot("09:00", 1, day=51),
        slot("09:00", 1, day=52),
    ]
    assert refused.violations[0].nearest == slot("12:00", 1, day=50)


def taken_until(instrument: Instrument, *, days: int) -> None:
    window = slot("00:00", 24 * days)
    close_instrument(viewer=manager_of(instrument.institution), instrument=instrument, window=window, reason="x")


def test_alternatives__taken__the_next_three_from_the_wished_start_on() -> None:
    instrument = make_bookable()
    for hour in (9, 12, 15):
        booked(instrument, window=slot(f"{hour:02}:00", 1))
    offers = [offer.window for offer in judge(firm_user(), instrument, slot("12:00", 1)).alternatives]
    assert offers == [slot("13:00", 1), slot("16:00", 1), slot("09:00", 1, day=1)]


def test_alternatives__nothing_broken__none_offered() -> None:
    reached = judge(firm_user(), make_bookable(), slot())
    assert (reached.ok, reached.alternatives) == (True, ())


def test_verdict__two_places_wanted__only_windows_with_both_are_offered() -> None:
    instrument = open_instrument(places=2)
    booked(instrument, window=slot("10:00", 2))
    reached = judge(firm_user(), instrument, slot("10:00", 1), places=2)
    assert [broken.code for broken in reached.violations] == ["place_free"]
    assert reached.alternatives
    for offer in reached.alternatives:
        assert judge(firm_user(), instrument, offer.window, places=2).ok


def test_verdict__far_beyond_the_gaps__still_judged(monday_morning: datetime) -> None:
    instrument = make_bookable()
    assert judge(firm_user(), instrument, slot(day=56)).ok
    late = judge(firm_user(), instrument, slot(day=63))
    assert [broken.code for broken in late.violations] == ["booking_window"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_verdict__staff__has_the_internal_price(role: Role) -> None:
    instrument = make_bookable()
    viewer = make_viewer(role, institution=instrument.institution)
    assert judge(viewer, instrument, slot(hours=1.5)).quote.total_fen == 15_000


def test_verdict__costs__one_statement_and_one_more_when_broken(django_assert_num_queries: Any) -> None:
    instrument, viewer = make_bookable(), firm_user()
    with django_assert_num_queries(1):
        judge(viewer, instrument, slot())
    with django_assert_num_queries(2):
        judge(viewer, instrument, slot("20:00"))


def test_book__two_places_where_one_is_taken__refused() -> None:
    instrument = open_instrument(places=2)
    booked(instrument)
    with pytest.raises(DomainError):
        book(viewer=firm_user(), instrument=instrument, window=slot(), wanted=Wanted(places=2))
