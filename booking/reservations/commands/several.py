"""Booking several windows in one transaction: each is judged behind the ones before it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from booking.reservations.commands.book import Wanted
from booking.reservations.errors import RuleViolations, SlotTaken, UnknownOperator
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Violation
from booking.reservations.selectors.offers import Alternative
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class Wish:
    """One of several bookings somebody wants. waivers: reason by code."""

    instrument: Instrument
    window: TimeWindow
    wanted: Wanted
    waivers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """One of several that was refused. item: its place in what was asked, from 0; zone: the instrument's."""

    item: int
    instrument_id: int
    window: TimeWindow
    zone: str
    violations: tuple[Violation, ...]
    alternatives: tuple[Alternative, ...]
    is_taken: bool = False

    def joined_by(self, violation: Violation) -> "Refused":
        """The same, with something more that is broken."""
        return replace(self, violations=(*self.violations, violation))


@dataclass(frozen=True, slots=True)
class Several:
    """What came of several wishes: the bookings made, in order, and the refused ones."""

    booked: tuple[Reservation, ...]
    refused: tuple[Refused, ...]

    @property
    def total_fen(self) -> int:
        return sum(reservation.total_fen for reservation in self.booked)


def tried(item: int, instrument: Instrument, window: TimeWindow, act: Callable[[], Any]) -> Refused | None:
    """Do it, or say why not. Raises: SlotTaken where the constraint fired and nothing more can be done."""
    try:
        act()
    except (RuleViolations, SlotTaken) as refusal:
        if "violations" not in refusal.extra:
            raise
        return Refused(
            item,
            instrument.pk,
            window,
            refusal.extra["zone"],
            tuple(refusal.extra["violations"]),
            tuple(refusal.extra["alternatives"]),
            is_taken=isinstance(refusal, SlotTaken),
        )
    except UnknownOperator as refusal:  # one of another instrument, or in a way of use that they don't run
        broken = Violation(refusal.code, str(refusal.detail))
        return Refused(item, instrument.pk, window, instrument.institution.zone, (broken,), ())
    return None


def refusal_of(refused: Sequence[Refused]) -> RuleViolations | SlotTaken:
    """409 when a time is taken, else 422: shown like the refusal of one, with all of them in `refused`."""
    first = next((each for each in refused if each.is_taken), refused[0])
    if not first.is_taken:
        return RuleViolations(first.violations, first.alternatives, first.zone, refused=tuple(refused))
    return SlotTaken(
        first.violations[0].message,
        violations=first.violations,
        alternatives=first.alternatives,
        zone=first.zone,
        refused=tuple(refused),
    )


def instruments_of(wishes: Iterable[Wish]) -> list[int]:
    """Whose calendars are to be locked."""
    return sorted({wish.instrument.pk for wish in wishes})
