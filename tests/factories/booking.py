"""Scenarios of booking: open instruments, people who book, slots, tokens and an API client.

Dates lie in one fixed week (see MONDAY); a test that books in it asks for the fixture `monday_morning`. Tests
against real web processes can't stop the clock and take `coming_slot` instead.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.test import Client

from accounts.commands.issue_token import issue_token
from accounts.models import Enterprise, Institution, Role, Scope, Tier, User
from accounts.viewers import Viewer
from booking.calendars.commands.create_opening_profile import create_opening_profile
from booking.calendars.commands.materialise_windows import materialise_windows
from booking.calendars.commands.open_calendar import OFFICE_HOURS, open_calendar
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.models import LONGEST_BOOKING_WINDOW_DAYS, SEARCH_DAYS, Claim, Resource
from booking.calendars.recurrence import WEEKDAYS, Band
from booking.pricing.commands.set_hourly_rates import set_hourly_rates
from booking.reservations.commands.book import Wanted, book
from booking.reservations.models import PolicyValue, Reservation
from core import clock
from core.windows import TimeWindow, at_wall_clock
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_institution, make_viewer, manager_of
from tests.factories.instruments import make_instrument

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
MONDAY: Final = date(2035, 3, 5)
"""A Monday far enough ahead that the database's own clock, which no test can stop, is behind it."""

PRICES: Final = {Tier.INTERNAL: 10_000, Tier.MEMBER: 15_000, Tier.ENTERPRISE: 24_000, Tier.EXTERNAL: 30_000}
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
ALL_DAY: Final = Band(WEEKDAYS, time(0), time(0), Tier.everyone())


def slot(start: str = "09:00", hours: float = 2, *, day: int = 0, zone: ZoneInfo = SHANGHAI) -> TimeWindow:
    """A window in the fixed week: wall-clock start, elapsed hours, days after MONDAY."""
    starts_at = at_wall_clock(MONDAY + timedelta(days=day), time.fromisoformat(start), zone)
    return TimeWindow(starts_at, starts_at + timedelta(hours=hours))


def coming_slot(start: str = "09:00", hours: float = 2, *, week: int = 1) -> TimeWindow:
    """A window on the Monday after next, or so many weeks after it, by the real clock."""
    today = clock.today(SHANGHAI)
    monday = today + timedelta(days=7 * week + 7 - today.weekday())
    starts_at = at_wall_clock(monday, time.fromisoformat(start), SHANGHAI)
    return TimeWindow(starts_at, starts_at + timedelta(hours=hours))


def band(
    start: str,
    end: str,
    *,
    days: Sequence[str] = WEEKDAYS,
    tiers: int = Tier.everyone(),
    is_off_peak: bool = False,
) -> Band:
    """A weekly band: band("22:00", "06:00", days=["FR"])."""
    return Band(tuple(days), time.fromisoformat(start), time.fromisoformat(end), tiers, is_off_peak)


def make_platform_hours() -> None:
    """The platform's opening hours, which the first instrument of a zone brings: from today on, and from MONDAY.

    The half year after MONDAY has windows, and so has the one after today; the years between have none.
    """
    profile = create_opening_profile(bands=OFFICE_HOURS, zone=SHANGHAI.key, on=clock.today(SHANGHAI))
    half_a_year = LONGEST_BOOKING_WINDOW_DAYS + SEARCH_DAYS
    materialise_windows(profile=profile, from_on=MONDAY, until_on=MONDAY + timedelta(days=half_a_year))


def open_instrument(
    institution: Institution | None = None,
    *,
    bands: Sequence[Band] | None = None,
    prices: Mapping[Tier, int] | None = PRICES,
    places: int = 1,
    turnaround: int = 0,
    **fields: object,
) -> Instrument:
    """A published instrument with prices and a calendar: weekdays 9–17 for all unless bands say otherwise."""
    instrument = make_instrument(institution, **fields)
    Resource.objects.filter(instrument=instrument).update(capacity=places, turnaround_minutes=turnaround)
    manager = manager_of(instrument.institution)
    open_calendar(instrument_id=instrument.pk)
    if bands is not None:
        set_opening_hours(viewer=manager, instrument=instrument, bands=bands)
    if prices is not None:
        on = clock.today(ZoneInfo(instrument.institution.zone))
        set_hourly_rates(viewer=manager, instrument=instrument, hourly_fen=prices, from_on=on)
    return instrument


def make_bookable(**institution: object) -> Instrument:
    """An open instrument of a new institution."""
    return open_instrument(make_institution(**institution))


def charging_when_late() -> Instrument:
    """An instrument that takes half the price of what is cancelled late."""
    instrument = make_bookable()
    set_values(instrument, late_cancel_fee_percent=50)
    return instrument


def firm_user(enterprise: Enterprise | None = None) -> Viewer:
    """Somebody who books for a firm."""
    return make_viewer(Role.FIRM_USER, enterprise=enterprise or make_enterprise())


def operator_of(institution: Institution) -> Viewer:
    """Duty staff of the institution."""
    return make_viewer(Role.OPERATOR, institution=institution)


def booked(
    instrument: Instrument, viewer: Viewer | None = None, window: TimeWindow | None = None, **wanted: Any
) -> Reservation:
    """A confirmed booking, made by the command itself."""
    made = book(
        viewer=viewer or firm_user(),
        instrument=instrument,
        window=window or slot(),
        wanted=Wanted(**wanted),
    )
    return Reservation.objects.select_related("instrument__institution").get(pk=made.pk)


def status_of(reservation: Reservation) -> str:
    """As it stands in the database now."""
    reservation.refresh_from_db()
    return reservation.status


def set_values(instrument: Instrument, **values: int | None) -> None:
    """Give the instrument values of its own by code: rules and processes."""
    for code, value in values.items():
        PolicyValue.objects.update_or_create(instrument=instrument, code=code, tier="", defaults={"value": value})


def claims_of(instrument: Instrument) -> list[tuple[int, TimeWindow]]:
    """What is taken: (place, window with turnaround), in order."""
    claims = Claim.objects.filter(resource__instrument=instrument).order_by("occupies", "place")
    return [(claim.place, TimeWindow.of(claim.occupies)) for claim in claims]


def revision_of(instrument: Instrument) -> int:
    """The present revision of its calendar."""
    return Resource.objects.values_list("revision", flat=True).get(instrument=instrument)


def token_for(viewer: Viewer, *scopes: Scope, expires_at: datetime | None = None) -> str:
    """A bearer token of the viewer; no scopes named: all of them."""
    user = User.objects.get(pk=viewer.person_id)
    _record, token = issue_token(user=user, name="test", scopes=scopes or tuple(Scope), expires_at=expires_at)
    return token


class Api:
    """Calls the API as a viewer by token (None: anonymous) and returns Django's test responses."""

    def __init__(self, viewer: Viewer | None = None, *scopes: Scope, language: str = "en") -> None:
        headers = {"Accept-Language": language}
        if viewer is not None:
            headers["Authorization"] = f"Bearer {token_for(viewer, *scopes)}"
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, query: Mapping[str, Any] = NOTHING, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"/api/v1/{path}", query, headers=named)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("patch", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}")

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A JSON body, or text and bytes as they are. Header names with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = "" if body is None else body
        call = getattr(self.client, method)
        return call(f"/api/v1/{path}", content, content_type="application/json", headers=named)


def wish(instrument: Instrument, window: TimeWindow | None = None, **more: Any) -> dict[str, Any]:
    """The body of a booking."""
    window = window or slot()
    times = {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
    return {"instrument": instrument.pk, **times, "purpose": "Test of a sample", **more}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Assert that a response is this problem document, complete, and return it."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"]
    assert document["title"]
    assert document["detail"]
    return document
