"""Opening hours, bookings and facts for tests, told in local wall-clock times: "2026-03-02 09:00"."""

from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.range import TimestamptzRange

from accounts.models import Institution, Tier
from booking.calendars.models import OpeningAssignment, OpeningProfile, OpenWindow, Resource
from booking.calendars.recurrence import create_calendar
from booking.reservations.models import Reservation
from booking.utilisation.commands.refresh_facts import refresh_facts
from booking.utilisation.models import DailyFact
from core.windows import zone
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, make_user
from tests.factories.instruments import make_instrument

EVERYONE = Tier.everyone()
HOME = "Asia/Shanghai"
MONDAY = date(2026, 3, 2)


def local(text: str, zone_name: str) -> datetime:
    """The instant of a wall-clock time in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(zone_name))


def span(zone_name: str, start: str, end: str) -> TimestamptzRange:
    return TimestamptzRange(local(start, zone_name), local(end, zone_name))


def open_instrument(
    *windows: tuple[int, str, str], zone_name: str = HOME, capacity: int = 1, institution: Institution | None = None
) -> Instrument:
    """An instrument that is open for these (tiers, start, end), always."""
    instrument = make_instrument(institution or make_institution(zone=zone_name))
    Resource.objects.filter(instrument=instrument).update(capacity=capacity)
    keeps(instrument, make_profile(zone_name, *windows), None, None)
    return instrument


def make_profile(zone_name: str, *windows: tuple[int, str, str]) -> OpeningProfile:
    profile = OpeningProfile.objects.create(
        zone=zone_name, calendar=create_calendar("test"), institution=make_institution()
    )
    OpenWindow.objects.bulk_create(
        OpenWindow(profile=profile, tiers=tiers, during=span(zone_name, start, end))
        for tiers, start, end in windows
    )
    return profile


def keeps(instrument: Instrument, profile: OpeningProfile, since: datetime | None, until: datetime | None) -> None:
    """From when to when the instrument keeps these hours."""
    OpeningAssignment.objects.create(
        resource=instrument.resource, profile=profile, effective=TimestamptzRange(since, until)
    )


def booked(
    instrument: Instrument, start: str, end: str, *, used: tuple[str, str] | None = None, **fields: Any
) -> Reservation:
    """A completed use by a firm; fields override."""
    zone_name = instrument.institution.zone
    actual = span(zone_name, *used) if used else None
    values = {"kind": "use", "status": "completed", "tier": Tier.ENTERPRISE, "user": make_user()} | fields
    if values["kind"] in ("closure", "maintenance"):
        values["user"] = None
    return Reservation.objects.create(
        instrument=instrument,
        during=span(zone_name, start, end),
        used_from=actual.lower if actual else None,
        used_until=actual.upper if actual else None,
        **values,
    )


def fact_on(instrument: Instrument, on: date) -> tuple[int, int, int, int, int] | None:
    """Open, booked, used, external minutes and bookings of a day, recomputed; None: there is no fact."""
    refresh_facts(from_on=on, until_on=on + timedelta(days=1), instrument_ids=[instrument.pk])
    columns = ("open_minutes", "booked_minutes", "used_minutes", "external_minutes", "bookings")
    return DailyFact.objects.filter(instrument=instrument, on=on).values_list(*columns).first()


def make_fact(
    instrument: Instrument, on: date, *, open_hours: int, booked: int = 0, used: int = 0, external: int = 0
) -> None:
    """A stored fact, in hours; a booking for every booked hour."""
    DailyFact.objects.create(
        instrument=instrument,
        on=on,
        open_minutes=open_hours * 60,
        booked_minutes=booked * 60,
        used_minutes=used * 60,
        external_minutes=external * 60,
        bookings=booked,
    )
