"""The daily extension: whenever it runs, whatever is busy, and what it costs when nothing is due."""

from collections.abc import Callable
from datetime import time, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import DjangoAssertNumQueries

from booking.calendars import functions
from booking.calendars.commands import extend_calendars as commands
from booking.calendars.commands import forget_claims as forgetting
from booking.calendars.commands.extend_calendars import extend_calendars
from booking.calendars.commands.forget_claims import forget_claims
from booking.calendars.commands.materialise_windows import locked_profile
from booking.calendars.commands.open_calendar import complete_gaps
from booking.calendars.models import SEARCH_DAYS, Claim, OpeningProfile, Resource
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.models import Reservation
from core.errors import CalendarBusy
from core.windows import TimeWindow, at_wall_clock
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution
from tests.factories.booking import MONDAY, SHANGHAI, booked, make_bookable, open_instrument, revision_of, slot
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db


def days_ahead(*instruments: Instrument) -> list[int | None]:
    """How many local days after the fixed Monday the free gaps of each reach."""
    monday = at_wall_clock(MONDAY, time.min, SHANGHAI)
    ends = Resource.objects.filter(instrument__in=instruments).order_by("pk").values_list("gaps_until", flat=True)
    return [(end - monday).days if end else None for end in ends]


def busy(monkeypatch: pytest.MonkeyPatch, instrument: Instrument, *, times: int) -> list[int]:
    """The calendar of one instrument is busy so many times; returns the resources tried, in order."""
    its = Resource.objects.get(instrument=instrument).pk
    tried: list[int] = []
    complete: Callable[[int, str], None] = complete_gaps

    def attempt(resource_id: int, zone_name: str) -> None:
        tried.append(resource_id)
        if resource_id == its and tried.count(its) <= times:
            raise CalendarBusy
        complete(resource_id, zone_name)

    monkeypatch.setattr(commands, "complete_gaps", attempt)
    return tried


def test_extend__machine_off_for_two_months__everything_reaches_its_horizon(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    clock.shift(timedelta(days=60))
    assert extend_calendars() == 0
    assert days_ahead(instrument) == [60 + SEARCH_DAYS]
    profile = OpeningProfile.objects.get()
    assert profile.expanded_until == MONDAY + timedelta(days=60 + 215)
    today = at_wall_clock(MONDAY + timedelta(days=60), time.min, SHANGHAI)
    assert functions.wrong_gaps(instrument.resource.pk, today) == []


def test_extend__nothing_due__three_queries_for_any_number_of_instruments(
    clock: time_machine.Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for zone in ("Asia/Shanghai", "Asia/Shanghai", "Europe/London", "America/New_York"):
        open_instrument(make_institution(zone=zone))
    extend_calendars()
    with django_assert_num_queries(3):
        extend_calendars()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/London", "America/Havana", "Asia/Beirut"])
def test_extend__hour_by_hour_over_the_changes_of_the_clock__no_day_late_and_none_repeated(
    clock: time_machine.Traveller, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument = open_instrument(make_institution(zone=zone))
    tried = busy(monkeypatch, instrument, times=0)
    for _ in range(24 * 40):
        clock.shift(timedelta(hours=1))
        if commands._resource_steps():
            extend_calendars()
    assert len(tried) == 40


def test_extend__one_is_busy_once__the_others_first_and_that_one_at_the_end(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_bookable(), make_bookable()
    tried = busy(monkeypatch, first, times=1)
    clock.shift(timedelta(days=1))
    assert extend_calendars() == 0
    assert tried == [first.resource.pk, second.resource.pk, first.resource.pk]
    assert days_ahead(first, second) == [1 + SEARCH_DAYS] * 2


def test_extend__one_stays_busy__all_others_done_and_the_next_run_takes_it(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make_bookable(), make_bookable()
    busy(monkeypatch, first, times=2)
    clock.shift(timedelta(days=1))
    assert extend_calendars() == 1
    assert days_ahead(first, second) == [SEARCH_DAYS, 1 + SEARCH_DAYS]
    assert f"resource {first.resource.pk} is busy" in caplog.text
    assert extend_calendars() == 0
    assert days_ahead(first) == [1 + SEARCH_DAYS]


def test_extend__busy_profile__the_others_are_expanded(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for zone in ("Asia/Shanghai", "Europe/London"):
        open_instrument(make_institution(zone=zone))
    held, free = OpeningProfile.objects.order_by("pk").values_list("pk", flat=True)
    before = dict(OpeningProfile.objects.values_list("pk", "expanded_until"))

    def attempt(profile_id: int) -> OpeningProfile:
        if profile_id == held:
            raise CalendarBusy
        return locked_profile(profile_id)

    monkeypatch.setattr(commands, "locked_profile", attempt)
    clock.shift(timedelta(days=1))
    assert extend_calendars() == 1
    after = dict(OpeningProfile.objects.values_list("pk", "expanded_until"))
    assert (after[held] == before[held], after[free] == before[free]) == (True, False)


def test_extend__published_without_a_calendar__opened_and_screens_told(clock: time_machine.Traveller) -> None:
    published, draft = make_instrument(), make_instrument(status="draft")
    before = revision_of(published)
    extend_calendars()
    assert days_ahead(published, draft) == [SEARCH_DAYS, None]
    assert revision_of(published) == before + 1


def test_extend__something_breaks__old_claims_are_forgotten_all_the_same(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(make_bookable())
    clock.shift(timedelta(days=3))
    advance_reservations()
    monkeypatch.setattr(commands, "_resource_steps", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        extend_calendars()
    assert not Claim.objects.exists()


def test_forget__more_than_a_batch__all_and_no_revision_grows(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    instrument = make_bookable()
    for hour in range(9, 14):
        booked(instrument, window=slot(f"{hour:02}:00", 1))
    clock.shift(timedelta(days=3))
    advance_reservations()
    Resource.objects.update(revised_in=0)  # the test's steps share one transaction
    before = revision_of(instrument)
    assert (forget_claims(), forget_claims()) == (5, 0)
    assert revision_of(instrument) == before


def test_claims__years_old_and_released_by_a_command__new_revision(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    reservation = booked(instrument)
    long_ago = TimeWindow(*(at_wall_clock(MONDAY.replace(year=2020), time(hour), SHANGHAI) for hour in (9, 10)))
    functions.release_claims(reservation.pk)
    functions.take_claims(reservation.pk, [(instrument.resource.pk, 1)], long_ago, turns_around=False)
    forget_claims()
    Resource.objects.update(revised_in=0)
    before = revision_of(instrument)
    functions.release_claims(reservation.pk)
    Reservation.objects.update(status="cancelled")
    assert revision_of(instrument) == before + 1


def test_command__by_hand__shows_progress_and_says_when_something_was_busy(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_bookable()
    make_bookable()
    clock.shift(timedelta(days=1))
    busy(monkeypatch, first, times=2)
    out = StringIO()
    with pytest.raises(CommandError, match="1 calendars were busy"):
        call_command("extend_calendars", stdout=out, stderr=out, skip_checks=True)
    assert "2 of 2 calendars" in out.getvalue()
    call_command("extend_calendars", stdout=out, stderr=out, skip_checks=True)
    assert "Every calendar reaches its horizon." in out.getvalue()
