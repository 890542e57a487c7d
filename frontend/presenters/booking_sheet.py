"""Everything the pages of one booking show."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.intake.models import BookingForm
from booking.intake.questions import modes_of
from booking.intake.selectors import questions_in
from booking.pricing.quotes import Quote
from booking.reservations.models import EndedBy, Kind, Reservation, Status
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.access import may_act, may_change_now
from booking.reservations.selectors.beneficiaries import is_own
from booking.reservations.selectors.cancelling import Cancellation, cancellation_of
from booking.reservations.selectors.contexts import way_of_use
from booking.reservations.selectors.filled import form_of, may_read_filled
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.moving import what_it_holds
from booking.reservations.selectors.operators import NOTHING_HELD, Held, operators_of, stand_ins
from booking.reservations.selectors.out_of_service import OutOfService, out_of_service
from booking.reservations.selectors.policy import policy_in_force
from booking.reservations.selectors.series import Series, access_series
from booking.reservations.selectors.verdicts import Verdict
from booking.reservations.states import allows
from core import clock
from core.windows import TimeWindow
from frontend.forms.filled import Intake
from frontend.presenters.attendance import NOTHING, Attendance, attendances
from frontend.presenters.filled import FilledInWords, in_words
from frontend.presenters.history import Sentence, sentences
from frontend.presenters.series import repeat_in_words
from frontend.templatetags.figures import yuan


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a frozen quote."""

    label: str
    quantity: float
    unit_fen: int
    amount_fen: int


class BookingSheet:
    """One booking as one viewer sees it."""

    def __init__(self, viewer: Viewer, reservation: Reservation) -> None:
        self.viewer, self.reservation = viewer, reservation
        self.instrument = reservation.instrument
        self.zone = reservation.instrument.institution.zone
        self.window = TimeWindow.of(reservation.during)

    @property
    def is_own(self) -> bool:
        """Whether it is the viewer's, or their firm's, or booked by them."""
        return is_own(self.viewer, self.reservation)

    @property
    def is_on_behalf(self) -> bool:
        """Whether it was booked for a firm without naming a person."""
        return self.is_use and self.reservation.user_id is None

    @property
    def can_change(self) -> bool:
        """Whether it can be cancelled now."""
        return may_change_now(self.viewer, self.reservation)

    @cached_property
    def held(self) -> Held:
        """What it holds. One query."""
        return what_it_holds(self.reservation) if self.is_use else NOTHING_HELD

    @property
    def operators(self) -> Mapping[int, str]:
        """Who runs it: name by resource, as long as it holds their time."""
        return self.held.operators

    @cached_property
    def possible_operators(self) -> list[tuple[int, str]]:
        """Who could run it. One query, none where nobody runs it."""
        return operators_of(self.reservation) if self.operators else []

    @property
    def other_operators(self) -> list[tuple[int, str]]:
        """Who could run it instead."""
        return [(key, name) for key, name in self.possible_operators if key not in self.operators]

    @property
    def kept_operators(self) -> list[str]:
        """The names of those who run it and still run the instrument."""
        return [name for key, name in self.possible_operators if key in self.operators]

    def run_by(self, reached: Verdict) -> str:
        """Who would run it by a verdict on a move, where that is somebody else; empty: who does now."""
        others = stand_ins(reached.context, self.held, dict(self.other_operators)) if reached.ok else {}
        return ", ".join(others.values())

    @property
    def can_move(self) -> bool:
        """Whether it can be moved now: not what is only held."""
        return self.can_change and allows("reschedule", self.reservation.status)

    @cached_property
    def attendance(self) -> Attendance:
        """What this person can do about being there. One query where check-in is still to come, else none."""
        if not may_act(self.viewer, self.reservation):
            return NOTHING
        by_staff = self.viewer.staffs(self.instrument.institution_id)
        return attendances([self.reservation], clock.now(), by_staff=by_staff)[self.reservation.pk]

    @property
    def can_report(self) -> bool:
        """Whether the viewer can say how it went."""
        in_hand = self.reservation.status in (Status.IN_USE, Status.COMPLETED)
        is_theirs = self.viewer.user_id == self.reservation.user_id
        return is_theirs and in_hand and self.reservation.kind == Kind.USE

    @property
    def is_use(self) -> bool:
        """Whether it is somebody's booking rather than a closure."""
        return self.reservation.kind in USES

    @property
    def ended_reason(self) -> str:
        """Why it ended; what the clock noted is put into words."""
        noted = self.reservation.ended_reason
        return str(EndedBy(noted).label) if noted in EndedBy.values else noted

    @property
    def lines(self) -> list[PriceLine]:
        return price_lines(self.reservation.quote.get("lines", ()))

    @cached_property
    def cancellation(self) -> Cancellation:
        """What cancelling would cost the viewer now."""
        return cancellation_of(self.viewer, self.reservation)

    @property
    def out_of_service(self) -> OutOfService | None:
        """What keeps a coming booking from taking place, as things stand."""
        return out_of_service(self.reservation)

    @property
    def late_points(self) -> int:
        """How many points of credit it costs to give it back now; nothing where that is not late."""
        if self.reservation.kind != Kind.USE or self.is_on_behalf or not self.cancellation.is_late:
            return 0
        values = policy_in_force(self.instrument, Tier(self.reservation.tier))
        return values["credit_late_cancel"].value or 0

    @property
    def can_waive(self) -> bool:
        """Whether the viewer could waive its fee."""
        due = self.reservation.fee_fen > 0 and not self.reservation.fee_waived
        return due and self.viewer.staffs(self.instrument.institution_id)

    @cached_property
    def series(self) -> Series | None:
        """The series it is part of."""
        key = self.reservation.series_id
        return access_series(self.viewer, key) if key else None

    @property
    def can_change_series(self) -> bool:
        """Whether any of its bookings can be cancelled now."""
        found = self.series.accepted if self.series else []
        return any(may_change_now(self.viewer, reservation) for reservation in found)

    @property
    def repeats(self) -> str:
        """How its series repeats, in words."""
        return repeat_in_words(self.series.repeat) if self.series else ""

    @cached_property
    def history(self) -> list[Sentence]:
        readable = may_read_filled(self.viewer, self.reservation)
        entries = history_of(self.reservation, with_filled=readable)
        return sentences(entries, self.viewer, self.zone, questions_in(self.form) if readable else ())

    @cached_property
    def form(self) -> BookingForm | None:
        """The form that it answers, or should. One query."""
        return form_of(self.reservation) if self.is_use else None

    @cached_property
    def filled(self) -> FilledInWords | None:
        """What was filled in, for those whom it concerns."""
        if not self.is_use or not may_read_filled(self.viewer, self.reservation):
            return None
        return in_words(self.reservation, self.form, offers_choice=len(self.instrument.access_modes) > 1)

    @property
    def can_edit(self) -> bool:
        """Whether the viewer could change what it says."""
        return allows("edit", self.reservation.status) and may_act(self.viewer, self.reservation)

    @property
    def mode(self) -> str:
        """The way of use that it has, said or not."""
        return way_of_use(self.instrument.access_modes, self.reservation.access_mode, self.reservation.kind)

    def intake(self) -> Intake:
        """What its form asks; the way of use that it has stays to choose."""
        offered = modes_of(self.instrument.access_modes)
        modes = offered if self.mode in offered else (self.mode, *offered)
        tier = Tier(self.reservation.tier)
        must_declare = bool(policy_in_force(self.instrument, tier)["sample_declared"].value)
        must_declare &= self.reservation.kind == Kind.USE
        return Intake(
            self.viewer, self.instrument, questions_in(self.form), modes, must_declare, self.reservation.answers
        )


def cancelled_message(reservation: Reservation) -> str:
    """What a cancellation came to."""
    if not reservation.fee_fen or reservation.fee_waived:
        return _("Cancelled. The time is free again, and nothing is charged.")
    return _("Cancelled late: %(fee)s is due, unless somebody else takes the time before it starts.") % {
        "fee": yuan(reservation.fee_fen)
    }


def lines_of(quote: Quote) -> list[PriceLine]:
    """Lines of a fresh quote with their words."""
    return price_lines([asdict(line) for line in quote.lines])


def price_lines(lines: Sequence[Mapping[str, Any]]) -> list[PriceLine]:
    """Lines of a stored quote with their words."""
    return [
        PriceLine(_line_word(line["kind"]), line["quantity"], line["unit_fen"], line["amount_fen"])
        for line in lines
    ]


def _line_word(kind: str) -> str:
    return {"machine_time": _("Machine time")}.get(kind, kind)
