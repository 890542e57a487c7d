"""API shapes of reservations."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from booking.intake.schemas import Answers, FilledSchema, People, SampleDeclarationIn
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import may_change_now
from booking.reservations.selectors.filled import may_read_filled
from booking.reservations.selectors.out_of_service import out_of_service
from core import money
from core.schemas import Instant, Line, Paragraph, StrictSchema
from core.windows import zone
from instruments.catalogue.models import AccessMode

Minutes = Annotated[int, Field(ge=0, le=1_000_000)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
OperatorKey = Key | Literal["any"] | None
"""Who shall run it: an operator's number, or "any": whoever is free."""


class WaiverIn(StrictSchema):
    """A broken rule to let pass, and why."""

    code: Line
    reason: Line = Field(min_length=1)


class BookingIn(FilledSchema):
    """A wish to book. start/end: RFC 3339 with offset, half-open. account: the firm it is for, one's own.

    on_behalf_of: another firm, for which staff, the desk of a complex or its technology commissioner books.
    answers, sample_declaration: what the instrument asks (GET /instruments/{id}/form, rule sample_declared).
    hold: one's own hold on this instrument, which becomes the booking. operator: of the instrument's, who shall run
    it; without or with "any", whoever is free.
    """

    instrument: int
    start: Instant
    end: Instant
    purpose: Line = ""
    note: Paragraph = ""
    places: int = Field(1, ge=1, le=200)
    account: int | None = None
    on_behalf_of: Key | None = None
    operator: OperatorKey = None
    hold: int | None = None
    waive: list[WaiverIn] = Field(default_factory=list, max_length=20)


class HoldIn(StrictSchema):
    """A window to keep for some minutes. start/end: RFC 3339 with offset, half-open. The firm as in BookingIn.

    access_mode: how it is to be used, where that decides what is needed; left out: the first that is offered.
    """

    instrument: int
    start: Instant
    end: Instant
    places: int = Field(1, ge=1, le=200)
    account: int | None = None
    on_behalf_of: Key | None = None
    operator: OperatorKey = None
    access_mode: AccessMode | None = None


class ReservationPatch(StrictSchema):
    """What to change. start and end come together. answers: those to change; null takes one back.

    operator: who shall run it from now on; without, who does now: where they are not free and others are, a move is
    refused (409 slot_taken, shared_resources_free) and `operators` lists those.
    """

    start: Instant | None = None
    end: Instant | None = None
    operator: OperatorKey = None
    purpose: Line | None = None
    note: Paragraph | None = None
    access_mode: AccessMode | None = None
    answers: Answers | None = None
    participants: People | None = None
    sample_declaration: SampleDeclarationIn | None = None
    waive: list[WaiverIn] = Field(default_factory=list, max_length=20)


class ReasonIn(StrictSchema):
    """Why. Required when the booking is somebody else's."""

    reason: Line = ""


class CheckInOut(Schema):
    """When one can check in, half-open, with the instrument's offset. required: else the clock begins the use."""

    required: bool
    opens_at: datetime
    until: datetime
    open: bool


class CancelIn(ReasonIn):
    """most_fen: the fee one agrees to; 409 cost_changed where it has become more."""

    most_fen: int | None = Field(None, ge=0)


class CancellationOut(Schema):
    """What cancelling would cost now. deadline: until when it is not late; null: always."""

    late: bool
    fee_fen: int
    currency: str = money.CURRENCY
    deadline: datetime | None


class WindowOut(Schema):
    """Half-open, RFC 3339."""

    start: datetime
    end: datetime


class ViolationOut(Schema):
    """A broken rule; waivable_by names roles; nearest is the nearest window that passes."""

    code: str
    message: str
    limit: int | str | None
    actual: int | str | None
    waivable_by: list[str]
    nearest: WindowOut | None


class AlternativeOut(WindowOut):
    """A window on an instrument that would pass the time rules."""

    instrument: int


class QuoteLineOut(Schema):
    """One price line: quantity × unit_fen, rounded once."""

    kind: str
    label: str
    quantity: float
    unit: str
    unit_fen: int
    amount_fen: int


class VerdictOut(Schema):
    """What booking would answer now. Nothing was written. unanswered: questions that still have to be answered."""

    instrument: int
    start: datetime
    end: datetime
    zone: str
    lines: list[QuoteLineOut]
    total_fen: int
    voucher_fen: int
    payable_fen: int
    currency: str
    ok: bool
    needs_approval: bool
    unanswered: list[str]
    violations: list[ViolationOut]
    alternatives: list[AlternativeOut]


class InstrumentRef(Schema):
    """The instrument of a reservation."""

    id: int
    slug: str
    name: str
    zone: str = Field(alias="institution.zone")


class PersonRef(Schema):
    """Somebody's name."""

    id: int
    name: str

    @staticmethod
    def resolve_name(user: Any) -> str:
        return str(user["name"] if isinstance(user, dict) else user)


class ParticipantOut(Schema):
    """Somebody who comes along."""

    name: str
    email: str


class SampleDeclarationOut(Schema):
    """What is declared about the samples. hazards empty: none."""

    hazards: list[str]
    biosafety_level: int | None


class OutOfServiceOut(Schema):
    """Why an instrument is out of service, and the local date on which it is expected back; null: nobody knows."""

    reason: str
    expected_return_on: date | None


class ReservationOut(Schema):
    """A reservation. Times carry the instrument's offset. version: send it back as If-Match.

    user null: a closure, or booked on behalf of the firm `account`; then booked_by is who did that.
    out_of_service: of a coming booking that can't take place as things stand. form: id of the form that it answers.
    answers, participants and sample_declaration are null for who may see the booking but not what was filled in.
    """

    id: int
    instrument: InstrumentRef
    kind: str
    status: str
    start: datetime
    end: datetime
    zone: str = Field(alias="instrument.institution.zone")
    user: PersonRef | None
    booked_by: PersonRef | None
    account: int | None = Field(alias="account_id")
    purpose: str
    note: str
    places: int
    access_mode: str
    form: int | None
    answers: dict[str, Any] | None
    participants: list[ParticipantOut] | None
    sample_declaration: SampleDeclarationOut | None
    total_fen: int
    currency: str = money.CURRENCY
    used_from: datetime | None
    used_until: datetime | None
    created_at: datetime
    request_expires_at: datetime | None
    late_cancelled: bool
    fee_fen: int
    fee_waived: bool
    version: int
    series: int | None = Field(alias="series_id")
    cancellable: bool
    editable: bool
    out_of_service: OutOfServiceOut | None

    @staticmethod
    def resolve_start(reservation: Reservation) -> datetime:
        return _local(reservation, reservation.during.lower)

    @staticmethod
    def resolve_end(reservation: Reservation) -> datetime:
        return _local(reservation, reservation.during.upper)

    @staticmethod
    def resolve_used_from(reservation: Reservation) -> datetime | None:
        return reservation.used_from and _local(reservation, reservation.used_from)

    @staticmethod
    def resolve_used_until(reservation: Reservation) -> datetime | None:
        return reservation.used_until and _local(reservation, reservation.used_until)

    @staticmethod
    def resolve_created_at(reservation: Reservation) -> datetime:
        return _local(reservation, reservation.created_at)

    @staticmethod
    def resolve_form(reservation: Reservation) -> int | None:
        return reservation.form_id

    @staticmethod
    def resolve_answers(reservation: Reservation, context: Any) -> Any:
        return _to_readers(reservation, context, "answers")

    @staticmethod
    def resolve_participants(reservation: Reservation, context: Any) -> Any:
        return _to_readers(reservation, context, "participants")

    @staticmethod
    def resolve_sample_declaration(reservation: Reservation, context: Any) -> Any:
        return _to_readers(reservation, context, "sample_declaration")

    @staticmethod
    def resolve_late_cancelled(reservation: Reservation) -> bool:
        return reservation.late_during is not None

    @staticmethod
    def resolve_request_expires_at(reservation: Reservation) -> datetime | None:
        until = reservation.request_expires_at
        return until and _local(reservation, until)

    @staticmethod
    def resolve_cancellable(reservation: Reservation, context: Any) -> bool:
        return may_change_now(context["request"].auth, reservation)

    @staticmethod
    def resolve_editable(reservation: Reservation, context: Any) -> bool:
        return may_change_now(context["request"].auth, reservation)

    @staticmethod
    def resolve_out_of_service(reservation: Reservation) -> Any:
        return out_of_service(reservation)


class OperatorOut(Schema):
    """Somebody who runs instruments: the number of the resource, and the name."""

    id: int
    name: str


class HoldOut(ReservationOut):
    """A window that is kept until expires_at, and what booking it would cost."""

    expires_at: datetime

    @staticmethod
    def resolve_expires_at(reservation: Reservation) -> datetime:
        assert reservation.hold_expires_at is not None
        return _local(reservation, reservation.hold_expires_at)


def _to_readers(reservation: Reservation, context: Any, column: str) -> Any:
    """What was filled in is for those whom it concerns; null for others."""
    return getattr(reservation, column) if may_read_filled(context["request"].auth, reservation) else None


def _local(reservation: Reservation, instant: datetime) -> datetime:
    return instant.astimezone(zone(reservation.instrument.institution.zone))


class ChangeOut(Schema):
    """One field that changed."""

    field: str
    old: Any
    new: Any


class HistoryOut(Schema):
    """Who did what, when, and what it changed. actor null: the product itself. run_by: operators who are new."""

    at: datetime
    command: str
    actor: PersonRef | None
    reason: str
    changes: list[ChangeOut]
    run_by: list[str]


class HistoryList(Schema):
    """All of it, oldest first."""

    items: list[HistoryOut]
    next: None
    count: int


class AvailabilityOut(Schema):
    """Open, busy and free stretches, clipped to [from, to); busy: [start, end, kind].

    off_peak: what of the open time does not count towards the longest booking.
    """

    instrument: int
    revision: int
    zone: str
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    open: list[tuple[datetime, datetime]]
    busy: list[tuple[datetime, datetime, str]]
    free: list[tuple[datetime, datetime]]
    off_peak: list[tuple[datetime, datetime]]


class RuleOut(Schema):
    """A rule of the registry."""

    code: str
    title: str
    meaning: str
    unit: str | None
    default: int | None
    waivable_by: list[str]
