"""Series: plan, book, read, change, cancel."""

from datetime import date, datetime, time
from re import fullmatch
from typing import Annotated, Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.calendars.patterns import Every, Repeat
from booking.reservations import documents, schemas
from booking.reservations.api.bookings import wanted_of
from booking.reservations.api.versions import expected_version
from booking.reservations.commands.book_series import book_series
from booking.reservations.commands.cancel_series import cancel_series
from booking.reservations.commands.change_series import Change, change_series
from booking.reservations.commands.occurrences import SeriesScope
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_calendar
from booking.reservations.selectors.series import access_series
from core import money
from core.errors import Invalid
from core.schemas import Line, StrictSchema
from core.windows import LONGEST_QUERY

router = Router(tags=["reservations"])

_LONGEST_MINUTES: Final = LONGEST_QUERY.days * 1440


def _written_date(value: Any) -> Any:
    """Numbers would be taken for seconds since 1970."""
    if value is None or (isinstance(value, str) and fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise PydanticCustomError("date_not_written", _("Give a date such as 2026-03-02."))


Day = Annotated[date, BeforeValidator(_written_date)]
WallTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class RepeatIn(StrictSchema):
    """How it repeats, on the instrument's wall clock: until a local day (included) or so many times.

    weekdays: MO … SU; of `week` any number, of `month_weekday` one; left out: the first window's. ordinal: of
    `month_weekday`, which one of the month, 1 to 4 or -1 for the last; left out: the first window's.
    """

    every: Every
    interval: int = Field(1, ge=1, le=366)
    weekdays: list[str] = Field(default_factory=list, max_length=7)
    ordinal: int | None = Field(None, ge=-1, le=4)
    until: Day | None = None
    count: int | None = Field(None, ge=1, le=366)

    def repeat(self) -> Repeat:
        """Raises InvalidRepeat."""
        return Repeat(self.every, self.interval, tuple(self.weekdays), self.ordinal, self.until, self.count)


class SeriesIn(schemas.BookingIn):
    """The first booking and how it repeats. dry_run: judge and price all of it, book nothing.

    skip_refused: book all but the refused. hold and waive are for single bookings.
    """

    repeat: RepeatIn
    dry_run: bool = False
    skip_refused: bool = False


class SeriesCancelIn(StrictSchema):
    """Which bookings: `this` or `following` with a reservation of the series, or `all`; what has begun stays.

    most_fen: the fee one agrees to for all of them; 409 cost_changed where it has become more.
    """

    scope: SeriesScope
    occurrence: int | None = None
    reason: Line = ""
    most_fen: int | None = Field(None, ge=0)
    dry_run: bool = False


class SeriesPatch(StrictSchema):
    """What becomes of each of them: start is a wall time (09:30), minutes the length on the same clock.

    operator: who shall run each of them, moved or not, judged like the operator of a single booking; without, who
    runs each now.
    """

    scope: SeriesScope
    occurrence: int | None = None
    start: WallTime | None = None
    minutes: int | None = Field(None, ge=1, le=_LONGEST_MINUTES)
    purpose: Line | None = None
    operator: schemas.OperatorKey = None
    dry_run: bool = False


class RepeatOut(Schema):
    """How it repeats. A stored series has become until; a plan says what was asked."""

    every: Every
    interval: int
    weekdays: list[str]
    ordinal: int | None
    until: date | None
    count: int | None


class OccurrenceOut(Schema):
    """One of a series. reservation: null where refused or only planned; violations: why it is refused."""

    instrument: int
    original_start: datetime
    start: datetime
    end: datetime
    reservation: int | None
    status: str | None
    total_fen: int | None
    fee_fen: int
    version: int | None
    violations: list[schemas.ViolationOut]


class SeriesOut(Schema):
    """A series, its plan (id null), or the part that was changed. total_fen, fee_fen: of what is not refused.

    fee_fen: what was noted for cancelling or moving late; changing and cancelling answer what this itself costs,
    without what the bookings had cost before.
    """

    id: int | None
    version: int | None
    instrument: int
    zone: str
    repeat: RepeatOut
    occurrences: list[OccurrenceOut]
    count: int
    refused: int
    total_fen: int
    fee_fen: int
    currency: str = money.CURRENCY


@router.post("series", response={200: SeriesOut, 201: SeriesOut})
def create_series(request: ViewerRequest, wish: SeriesIn) -> Status[dict[str, Any]]:
    """Plan (dry_run) or book a series: all or nothing, or with skip_refused all but the refused."""
    require_scope(request.auth, Scope.BOOK)
    if wish.hold is not None or wish.waive:
        raise Invalid(_("A series takes neither a hold nor waivers."))
    instrument = access_calendar(request.auth, wish.instrument).instrument
    made = book_series(
        viewer=request.auth,
        instrument=instrument,
        window=asked_window(wish.start, wish.end, zone=instrument.institution.zone),
        repeat=wish.repeat.repeat(),
        wanted=wanted_of(wish),
        skip_refused=wish.skip_refused,
        dry_run=wish.dry_run,
    )
    return Status(200 if wish.dry_run else 201, documents.series_document(made))


@router.get("series/{int:series_id}", response=SeriesOut)
def get_series(request: ViewerRequest, response: HttpResponse, series_id: int) -> dict[str, Any]:
    """A series with all its bookings, in the order planned; its ETag is its version."""
    document = documents.series_document(access_series(request.auth, series_id))
    response["ETag"] = f'"{document["version"]}"'
    return document


@router.patch("series/{int:series_id}", response=SeriesOut)
def patch_series(request: ViewerRequest, series_id: int, change: SeriesPatch) -> dict[str, Any]:
    """Change bookings of a series, all of those meant or none. If-Match: the version that was read, else 412."""
    require_scope(request.auth, Scope.BOOK)
    found = access_series(request.auth, series_id, "change")
    assert found.series is not None
    changed = change_series(
        viewer=request.auth,
        series=found.series,
        scope=change.scope,
        change=Change(
            start=time.fromisoformat(change.start) if change.start else None,
            minutes=change.minutes,
            purpose=change.purpose,
            operator=change.operator,
        ),
        occurrence_id=change.occurrence,
        expected_version=expected_version(request),
        dry_run=change.dry_run,
    )
    return documents.series_document(changed)


@router.post("series/{int:series_id}/cancel", response=SeriesOut)
def cancel(request: ViewerRequest, series_id: int, body: SeriesCancelIn) -> dict[str, Any]:
    """Give the time of bookings of a series back. A reason is required when they are somebody else's."""
    require_scope(request.auth, Scope.BOOK)
    found = access_series(request.auth, series_id, "change")
    assert found.series is not None
    cancelled = cancel_series(
        viewer=request.auth,
        series=found.series,
        scope=body.scope,
        occurrence_id=body.occurrence,
        reason=body.reason,
        most_fen=body.most_fen,
        expected_version=expected_version(request),
        dry_run=body.dry_run,
    )
    return documents.series_document(cancelled)
