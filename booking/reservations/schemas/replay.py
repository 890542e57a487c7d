"""API shapes of trying values on past bookings."""

from datetime import datetime

from ninja import Field, Schema

from booking.reservations.policy_values import INHERIT, Inherit
from booking.reservations.schemas import ViolationOut
from booking.reservations.schemas.policy import PolicyIn
from core.schemas import Line, StrictSchema

MOST_MONTHS = 24


class TriedIn(PolicyIn):
    """A value that is tried: as a PUT of this rule's policy would set it."""

    code: Line


class ReplayIn(StrictSchema):
    """Values to try on the bookings that began in the last months. Of what is named twice the last counts."""

    values: list[TriedIn] = Field(max_length=200)
    months: int = Field(3, ge=1, le=MOST_MONTHS)


class RuleRefusalsOut(Schema):
    """How many bookings a rule refuses by the tried values alone, and how many by the present ones as well."""

    code: str
    title: str
    refused: int
    refused_today_too: int


class RuleNameOut(Schema):
    """A rule by its code and its name."""

    code: str
    title: str


class RefusedBookingOut(Schema):
    """A booking that the tried values would have refused. start, end: as it was made; today: codes broken today."""

    reservation: int
    instrument: int
    instrument_name: str
    status: str
    start: datetime
    end: datetime
    made_at: datetime
    user: str
    violations: list[ViolationOut]
    today: list[str]


class ReplayOut(Schema):
    """What the tried values would have refused of `judged` bookings that began from `since` until `until`.

    refused: only by the tried values; refused_today_too: by the present ones as well (waived then, or made before
    those were set); let_through: only by the present ones. The lists hold the newest 100 of each. incomplete: there
    were more than 10,000 bookings, and the newest are judged. without_hours: not judged by the time grid, because
    they began outside the hours that are kept for their day. not_judged: rules that nothing was judged by, because
    facts of that day are not kept.
    """

    since: datetime
    until: datetime
    zone: str
    judged: int
    incomplete: bool
    refused: int
    refused_today_too: int
    let_through: int
    without_hours: int
    rules: list[RuleRefusalsOut]
    bookings: list[RefusedBookingOut]
    bookings_today_too: list[RefusedBookingOut]
    not_judged: list[RuleNameOut]


def changes_of(body: ReplayIn) -> dict[tuple[str, str], int | Inherit | None]:
    """The values by code and tier."""
    return {(each.code, each.tier): INHERIT if each.inherit else each.value for each in body.values}
