"""What searches judge by in the database means the same as timing.py and policy_values.py."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Tier
from booking.calendars.models import OffPeakWindow, OpeningAssignment, OpeningProfile
from booking.reservations.models import PolicyValue, Terms
from booking.reservations.policy_values import StoredValue, effective_values
from booking.reservations.rules.registry import defaults
from booking.reservations.selectors.policy import stored_values
from booking.reservations.selectors.terms import FIRST_START, TIMED, timed_parameters
from booking.reservations.selectors.timing import Gap, timing
from core.windows import TimeWindow, merged
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.conftest import DEEP
from tests.factories.accounts import make_institution
from tests.factories.booking import open_instrument
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

CODES = ("lead_time", "on_grid", "min_duration", "max_duration", "booking_window")
# Midnight occurs twice in Havana, is skipped in Cairo and Beirut; the other changes are at night.
ZONES = ("Asia/Shanghai", "Europe/London", "America/New_York", "America/Havana", "Africa/Cairo", "Asia/Kathmandu")
CHANGES = ((2035, 3, 11), (2035, 3, 25), (2035, 4, 27), (2035, 10, 26), (2035, 10, 28), (2035, 11, 4), (2035, 6, 1))
minutes_of_days = st.integers(-36 * 60, 36 * 60)
gaps = st.tuples(st.sampled_from(CHANGES), minutes_of_days, st.integers(0, 40 * 60), st.integers(1, 30 * 60))
values = st.fixed_dictionaries(
    {
        "lead_time": st.sampled_from([None, 0, 7, 90, 3000]),
        "on_grid": st.sampled_from([None, 0, 1, 15, 30, 45, 100, 1440]),
        "min_duration": st.sampled_from([None, 1, 30, 50, 90]),
        "max_duration": st.sampled_from([None, 45, 120, 720]),
        "booking_window": st.sampled_from([None, 1, 7, 60]),
    }
)
questions = st.tuples(minutes_of_days, st.none() | st.integers(0, 48 * 60), st.sampled_from([0, 1, 40, 60, 180]))

_FIRST = f"""
    SELECT (SELECT {FIRST_START} FROM ({TIMED}) t)
    FROM (VALUES (%(gap_start)s::timestamptz, %(gap_end)s::timestamptz, %(opened)s::timestamptz))
             g (starts_at, ends_at, opened_at),
         (VALUES (%(zone)s)) n (zone),
         (VALUES (%(instrument)s::bigint, 1, NULL::int, NULL::int, NULL::int, NULL::int, NULL::int))
             m (instrument_id, tier_bit, lead_time, on_grid, min_duration, max_duration, booking_window)
"""


def first_start(
    gap: Gap, zone: str, terms: dict[str, int | None], asked: dict[str, Any], instrument_id: int | None = None
) -> datetime | None:
    given = {code: -1 if value is None else value for code, value in terms.items()}
    bounds = {"gap_start": gap.starts_at, "gap_end": gap.ends_at, "opened": gap.opened_at, "zone": zone}
    bounds["instrument"] = instrument_id
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, timed_parameters(**asked) | given | bounds)
        found: datetime | None = cursor.fetchone()[0]
    return found


@settings(
    deadline=None, max_examples=10_000 if DEEP else 300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gap=gaps, zone=st.sampled_from(ZONES), terms=values, question=questions)
def test_first_start__any_gap_and_terms__that_of_timing(
    gap: Any, zone: str, terms: dict[str, int | None], question: Any
) -> None:
    (year, month, day), opened, begins, length = gap
    opened_at = datetime(year, month, day, tzinfo=UTC) + timedelta(minutes=opened)
    starts_at = opened_at + timedelta(minutes=begins)
    tested = Gap(starts_at, starts_at + timedelta(minutes=length), opened_at)
    since, until, minutes = question
    now = starts_at + timedelta(minutes=since, seconds=17)
    bound = None if until is None else now + timedelta(minutes=until)
    asked = {"now": now, "since": now, "until": bound, "minutes": minutes}
    policy = effective_values([], Tier.MEMBER, terms)
    window = timing(policy, ZoneInfo(zone), **asked).first_window(tested)
    assert first_start(tested, zone, terms, asked) == (window and window.starts_at)


quiet = st.lists(st.tuples(minutes_of_days, st.integers(1, 12 * 60)), min_size=1, max_size=5)


@settings(
    deadline=None, max_examples=5_000 if DEEP else 150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gap=gaps, terms=values, question=questions, quiet=quiet)
def test_first_start__longer_than_allowed_with_off_peak_time__that_of_timing(
    off_peak_instrument: Instrument, gap: Any, terms: dict[str, int | None], question: Any, quiet: Any
) -> None:
    (year, month, day), opened, begins, length = gap
    opened_at = datetime(year, month, day, tzinfo=UTC) + timedelta(minutes=opened)
    starts_at = opened_at + timedelta(minutes=begins)
    windows = merged(
        TimeWindow(starts_at + timedelta(minutes=a), starts_at + timedelta(minutes=a + b)) for a, b in quiet
    )
    OffPeakWindow.objects.all().delete()
    profile = OpeningProfile.objects.get()
    OffPeakWindow.objects.bulk_create(
        OffPeakWindow(profile=profile, tiers=1, during=(each.starts_at, each.ends_at)) for each in windows
    )
    tested = Gap(starts_at, starts_at + timedelta(minutes=length), opened_at, off_peak=tuple(windows))
    now = starts_at + timedelta(minutes=question[0], seconds=17)
    bound = None if question[1] is None else now + timedelta(minutes=question[1])
    asked = {"now": now, "since": now, "until": bound, "minutes": question[2] * 4}
    policy = effective_values([], Tier.INTERNAL, terms)
    window = timing(policy, ZoneInfo("Europe/London"), **asked).first_window(tested)
    found = first_start(tested, "Europe/London", terms, asked, off_peak_instrument.pk)
    assert found == (window and window.starts_at)


@pytest.fixture
def off_peak_instrument() -> Instrument:
    """One whose hours are assigned from the beginning of time."""
    instrument = open_instrument(bands=None)
    OpeningAssignment.objects.update(effective=(None, None))
    return instrument


def stored_terms(instrument: Instrument, tier: Tier) -> dict[str, int | None]:
    row = Terms.objects.values(*CODES).get(instrument=instrument, tier_bit=tier.bit)
    built_in = defaults()
    return {code: built_in[code] if row[code] is None else None if row[code] < 0 else row[code] for code in CODES}


def assert_terms_right(instruments: list[Instrument]) -> None:
    for instrument in instruments:
        stored: list[StoredValue] = stored_values(instrument)
        for tier in Tier:
            effective = effective_values(stored, tier, defaults())
            assert stored_terms(instrument, tier) == {code: effective[code].value for code in CODES}


rows = st.lists(
    st.tuples(
        st.sampled_from(["platform", "institution", "group", "instrument"]),
        st.sampled_from(CODES),
        st.sampled_from(["", *Tier.values]),
        st.sampled_from([None, 0, 45, 2**31 - 1]),
    ),
    max_size=12,
    unique_by=lambda row: row[:3],
)


@settings(
    deadline=None, max_examples=1_000 if DEEP else 15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=rows, second=rows)
def test_terms__any_policy_values__those_in_force(first: list[Any], second: list[Any]) -> None:
    with transaction.atomic():
        institution = make_institution()
        group = InstrumentGroup.objects.create(institution=institution)
        instruments = [make_instrument(institution, group=group), make_instrument(institution), make_instrument()]
        levels: dict[str, Any] = {
            "platform": {},
            "institution": {"institution": institution},
            "group": {"group": group},
            "instrument": {"instrument": instruments[0]},
        }
        for given_rows in (first, second):
            PolicyValue.objects.all().delete()
            for level, code, tier, value in given_rows:
                PolicyValue.objects.create(code=code, tier=tier, value=value, **levels[level])
            assert_terms_right(instruments)
        PolicyValue.objects.update(value=33)
        assert_terms_right(instruments)
        transaction.set_rollback(True)


def test_terms__instrument_moves_to_a_group__follow_it() -> None:
    instrument = make_instrument()
    group = InstrumentGroup.objects.create(institution=instrument.institution)
    PolicyValue.objects.create(group=group, code="lead_time", value=5)
    assert stored_terms(instrument, Tier.MEMBER)["lead_time"] == defaults()["lead_time"]
    Instrument.objects.filter(pk=instrument.pk).update(group=group)
    assert stored_terms(instrument, Tier.MEMBER)["lead_time"] == 5
    group.delete()
    assert_terms_right([Instrument.objects.get(pk=instrument.pk)])


def test_terms_refresh__rows_that_are_missing_or_wrong__put_right() -> None:
    instrument = make_instrument()
    PolicyValue.objects.create(instrument=instrument, code="on_grid", value=20)
    Terms.objects.filter(tier_bit=1).delete()
    Terms.objects.update(on_grid=7)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reservation_terms_refresh(NULL)")
    assert_terms_right([instrument])
