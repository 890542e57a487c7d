"""What counts towards a cap: whose bookings, which of them, where, and what is offered instead."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import RuleViolations
from booking.reservations.models import PolicyValue, Reservation, Status
from booking.reservations.process_settings import PROCESS_SETTINGS
from booking.reservations.rules.registry import Violation, all_rules
from booking.reservations.selectors.verdicts import verdict
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.factories.accounts import make_enterprise, make_institution, manager_of
from tests.factories.booking import ALL_DAY, booked, firm_user, make_bookable, open_instrument, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def limit(code: str, value: int, tier: str = "", **where: object) -> None:
    PolicyValue.objects.create(code=code, value=value, tier=tier, **where)


def broken_by(
    viewer: Viewer, instrument: Instrument, window: TimeWindow | None = None, **more: Any
) -> list[Violation]:
    asked = window or slot()
    return list(verdict(viewer=viewer, instrument=instrument, window=asked, **more).violations)


def codes(viewer: Viewer, instrument: Instrument, window: TimeWindow | None = None, **more: Any) -> list[str]:
    return [each.code for each in broken_by(viewer, instrument, window, **more)]


def test_counted_codes__in_the_database__are_those_of_the_registry() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reservation_counted_codes()")
        known = set(cursor.fetchone()[0])
    rules = {code for code, each in all_rules().items() if each.is_counted and each.setting}
    assert known == rules | {"asks_presence"}
    assert "asks_presence" in PROCESS_SETTINGS


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        *((status, True) for status in ("requested", "confirmed", "in_use", "completed", "no_show")),
        *((status, False) for status in ("declined", "cancelled", "expired")),
    ],
)
def test_max_per_day__status__decides_whether_it_counts(viewer: Viewer, status: str, counts: bool) -> None:
    instrument = make_bookable()
    limit("max_per_day", 1, instrument=instrument)
    made = booked(instrument, viewer, slot("13:00"))
    if status not in ("requested", "confirmed", "in_use", "completed"):
        cancel_reservation(viewer=viewer, reservation=made)
    until = slot(day=1).starts_at if status == "requested" else None
    Reservation.objects.filter(pk=made.pk).update(status=status, request_expires_at=until)
    assert (codes(viewer, instrument) == ["max_per_day"]) is counts


def test_max_per_day__other_day_other_person_other_instrument__does_not_count(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_per_day", 1, instrument=instrument)
    booked(instrument, viewer, slot("09:00", day=1))
    booked(instrument, firm_user(), slot("13:00"))
    booked(open_instrument(instrument.institution), viewer)
    assert codes(viewer, instrument) == []


@pytest.mark.parametrize("level", ["instrument", "group", "institution", "platform"])
def test_max_upcoming__level__is_the_scope_that_is_counted(viewer: Viewer, level: str) -> None:
    home = make_institution()
    group = InstrumentGroup.objects.create(institution=home)
    asked, mate = open_instrument(home, group=group), open_instrument(home, group=group)
    others = {"instrument": asked, "group": mate, "institution": open_instrument(home), "platform": make_bookable()}
    where: dict[str, object] = {"instrument": asked, "group": group, "institution": home, "platform": None}
    PolicyValue.objects.create(code="max_upcoming", value=1, **{level: where[level]} if where[level] else {})
    for scope, other in others.items():
        made = booked(other, viewer, slot(day=1))
        within = list(others).index(scope) <= list(others).index(level)
        assert (codes(viewer, asked) == ["max_upcoming"]) is within, scope
        cancel_reservation(viewer=viewer, reservation=made)


def test_max_upcoming__nearest_level_is_unlimited__nothing_is_counted(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_upcoming", 1)
    PolicyValue.objects.create(code="max_upcoming", value=None, instrument=instrument)
    booked(instrument, viewer, slot(day=1))
    assert codes(viewer, instrument) == []


def test_max_upcoming__value_of_another_tier__does_not_bind(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_upcoming", 1, Tier.INTERNAL, instrument=instrument)
    booked(instrument, viewer, slot(day=1))
    assert codes(viewer, instrument) == []
    assert codes(manager_of(instrument.institution), instrument) == []


def test_max_upcoming__hold__counts_until_its_time_is_up(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_upcoming", 1, institution=instrument.institution)
    other = open_instrument(instrument.institution)
    hold_window(viewer=viewer, instrument=other, window=slot(day=1), wanted=Wanted())
    assert codes(viewer, instrument) == ["max_upcoming"]
    Reservation.objects.update(hold_expires_at=slot("07:00").starts_at)
    assert codes(viewer, instrument) == []


def test_max_upcoming__confirmed_or_moved__does_not_count_itself(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_upcoming", 1, instrument=instrument)
    hold = hold_window(viewer=viewer, instrument=instrument, window=slot(), wanted=Wanted())
    made = confirm_hold(viewer=viewer, hold=hold, window=slot(), wanted=Wanted())
    moved = reschedule_reservation(viewer=viewer, reservation=made, window=slot(day=1))
    assert (moved.pk, moved.status) == (hold.pk, Status.CONFIRMED)


def test_max_upcoming__refused__offers_nothing_since_no_time_would_help(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_upcoming", 1, instrument=instrument)
    booked(instrument, viewer)
    with pytest.raises(RuleViolations) as refusal:
        booked(instrument, viewer, slot("13:00"))
    assert refusal.value.extra["alternatives"] == ()
    assert [each.nearest for each in refusal.value.extra["violations"]] == [None]


def test_caps_of_firms__colleague_books_for_the_firm__counts_and_privately_does_not() -> None:
    firm, instrument = make_enterprise(), make_bookable()
    first, second = firm_user(firm), firm_user(firm)
    for code in ("max_upcoming_enterprise", "max_per_day_enterprise"):
        limit(code, 1, instrument=instrument)
    for code in ("max_upcoming_hours", "max_hours_per_week", "max_hours_per_month"):
        limit(f"{code}_enterprise", 3, instrument=instrument)
    booked(instrument, first, slot("13:00"), account_id=firm.pk)
    assert set(codes(second, instrument, account_id=firm.pk)) == {
        code for code in all_rules() if code.endswith("_enterprise")
    }
    assert codes(second, instrument) == []


def test_max_upcoming_hours__sum_of_elapsed_hours__with_places(viewer: Viewer) -> None:
    instrument = open_instrument(places=2)
    limit("max_upcoming_hours", 6, instrument=instrument)
    booked(instrument, viewer, slot("09:00", 2, day=1), places=2)
    assert codes(viewer, instrument, slot("13:00", 2)) == []
    assert codes(viewer, instrument, slot("13:00", 2.5)) == ["max_upcoming_hours"]


def test_max_hours_per_week__borders_in_the_instruments_zone__and_early_ends() -> None:
    instrument = open_instrument(make_institution(zone="Europe/London"), bands=[ALL_DAY])
    viewer = firm_user()
    limit("max_hours_per_week", 10, instrument=instrument)
    late = TimeWindow(
        slot("06:00", day=7).starts_at, slot("10:00", day=7).starts_at
    )  # Sunday 22:00 to Monday 02:00
    booked(instrument, viewer, late)
    booked(instrument, viewer, slot("12:00", 6, day=1))
    assert codes(viewer, instrument, slot("08:00", 2, day=2)) == []
    assert codes(viewer, instrument, slot("08:00", 2.5, day=2)) == ["max_hours_per_week"]
    Reservation.objects.filter(during__startswith__lt=late.starts_at).update(
        used_until=slot("13:00", day=1).starts_at
    )
    assert codes(viewer, instrument, slot("08:00", 7, day=2)) == []


def test_max_hours_per_month__dst_month__elapsed_hours_between_local_midnights(viewer: Viewer) -> None:
    instrument = open_instrument(make_institution(zone="Europe/London"), bands=[ALL_DAY])
    limit("max_hours_per_month", 24, instrument=instrument)
    limit("booking_window", 180, instrument=instrument)
    limit("max_duration", 3000, instrument=instrument)
    start = slot("07:00", day=27).starts_at  # Saturday 31 March, 23:00 UTC: midnight of 1 April in London
    booked(instrument, viewer, TimeWindow(start - timedelta(hours=23), start + timedelta(hours=1)))
    assert codes(viewer, instrument, TimeWindow(start + timedelta(hours=2), start + timedelta(hours=25))) == []
    before = TimeWindow(start - timedelta(hours=26), start - timedelta(hours=24))
    assert codes(viewer, instrument, before) == ["max_hours_per_month"]


def test_max_per_day__full_days__alternatives_on_the_next_day_with_room(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("max_per_day", 1, instrument=instrument)
    booked(instrument, viewer, slot("13:00"))
    booked(instrument, viewer, slot("13:00", day=1))
    booked(instrument, viewer, slot("13:00", day=3))
    reached = verdict(viewer=viewer, instrument=instrument, window=slot())
    starts = [each.window.starts_at for each in reached.alternatives]
    assert starts[0] == slot("09:00", day=2).starts_at
    assert reached.violations[0].nearest == reached.alternatives[0].window
    assert slot(day=3).starts_at.date() not in {start.date() for start in starts}


def test_min_gap__taken_time__alternatives_keep_the_gap_too(viewer: Viewer) -> None:
    instrument = make_bookable()
    limit("min_gap", 120, institution=instrument.institution)
    booked(open_instrument(instrument.institution), viewer)
    booked(instrument, viewer, slot("09:00", 2))
    assert codes(viewer, instrument, slot("13:00", 1)) == []
    reached = verdict(viewer=viewer, instrument=instrument, window=slot("10:00", 1))
    assert {each.code for each in reached.violations} == {"place_free", "min_gap"}
    assert reached.alternatives[0].window == slot("13:00", 1)


def test_own_bookings__both_instruments_ask_for_presence__collide(viewer: Viewer) -> None:
    here, there, alone = make_bookable(), make_bookable(), make_bookable()
    for instrument in (here, there):
        limit("asks_presence", 1, institution=instrument.institution)
    booked(alone, viewer)
    assert codes(viewer, here) == []
    booked(there, viewer, slot("10:00"))
    (broken,) = broken_by(viewer, here)
    assert (broken.code, broken.waivable_by) == ("own_bookings_do_not_collide", ())
    assert broken.nearest == slot("12:00")
    assert codes(viewer, alone, slot("12:00")) == []


@pytest.mark.parametrize("subject", ["person", "firm"])
def test_reservation_lock__subjects__are_locked_only_where_a_value_counts_them(subject: str) -> None:
    instrument = make_bookable()
    code = "max_upcoming" if subject == "person" else "max_upcoming_enterprise"

    def counted() -> dict[str, bool]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT person, firm FROM reservation_counts(%s)", [[instrument.pk]])
            return dict(zip(("person", "firm"), cursor.fetchone(), strict=True))

    assert counted() == {"person": False, "firm": False}
    limit("max_duration", 60)
    limit(code, 5)
    assert counted() == {"person": subject == "person", "firm": subject == "firm"}


def test_book__with_caps__costs_as_many_statements(viewer: Viewer, django_assert_num_queries: Any) -> None:
    instrument = make_bookable()
    for code in ("max_upcoming", "max_upcoming_hours", "max_per_day", "max_hours_per_week", "min_gap"):
        limit(code, 50, institution=instrument.institution)
    booked(instrument, viewer, slot(day=1))
    with django_assert_num_queries(1):
        assert codes(viewer, instrument) == []
