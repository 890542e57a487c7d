"""A scene to measure on: open instruments with prices and a firm's user with a token, made once per database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from secrets import token_hex

from psycopg.types.range import DateRange

from accounts.commands.issue_token import issue_token
from accounts.models import Enterprise, Institution, Membership, Role, Scope, Tier, User
from booking.calendars.commands.create_opening_profile import create_opening_profile
from booking.calendars.commands.open_calendar import open_calendar
from booking.calendars.recurrence import WEEKDAYS, Band
from booking.pricing.models import HourlyRate, RateCard
from core import clock
from instruments.catalogue.models import Instrument

SLOT = timedelta(minutes=30)
DAYS = 30


@dataclass(frozen=True)
class Scene:
    """instruments: ids. slots(): disjoint bookable half hours, in order."""

    instruments: list[int]
    token: str
    first_day: datetime

    def slots(self) -> list[tuple[int, datetime]]:
        """(instrument id, start) of every half hour of the coming days, spread over the instruments."""
        starts = [self.first_day + index * SLOT for index in range(DAYS * 48)]
        return [(instrument, start) for start in starts for instrument in self.instruments]


def make_scene(instruments: int) -> Scene:
    """Instruments that are open day and night, priced, of a new institution; a new firm and its user."""
    mark = token_hex(4)
    institution = Institution.objects.create(slug=f"bench-{mark}", name_en="Bench Institute", zone="Asia/Shanghai")
    create_opening_profile(
        bands=[Band(WEEKDAYS, time(0), time(0), Tier.everyone())],
        zone="Asia/Shanghai",
        on=clock.now().date() - timedelta(days=1),
        institution=institution,
    )
    ids = [_instrument(institution, f"{mark}-{number}") for number in range(instruments)]
    firm = Enterprise.objects.create(slug=f"bench-firm-{mark}", name_en="Bench Firm")
    user = User.objects.create(email=f"bench-{mark}@people.example", name="Bench")
    Membership.objects.create(user=user, role=Role.FIRM_USER, enterprise=firm)
    _record, token = issue_token(user=user, name="bench", scopes=list(Scope))
    tomorrow = clock.now().date() + timedelta(days=2)
    return Scene(ids, token, datetime.combine(tomorrow, time(0), tzinfo=UTC))


def _instrument(institution: Institution, mark: str) -> int:
    instrument = Instrument.objects.create(
        institution=institution, number=f"B-{mark}", slug=f"b-{mark}", name_en="Bench", status="published"
    )
    card = RateCard.objects.create(instrument=instrument, valid=DateRange(date(2020, 1, 1), None))
    HourlyRate.objects.create(card=card, tier=Tier.ENTERPRISE, hourly_fen=7320)
    open_calendar(instrument_id=instrument.pk)
    return instrument.pk
