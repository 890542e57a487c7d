"""What a booking costs, line by line. Pure: rates in, lines out."""

from dataclasses import dataclass

from core import money
from core.windows import TimeWindow


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """quantity in unit, unit_fen per unit; amount_fen is rounded once, per line."""

    kind: str
    quantity: float
    unit: str
    unit_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Frozen on the booking as JSON. Amounts in fen."""

    lines: tuple[QuoteLine, ...]

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


def hourly_quote(hourly_fen: int | None, window: TimeWindow, places: int = 1) -> Quote:
    """Machine time at a price per hour and place; no price: no lines. Elapsed time, to the minute."""
    if hourly_fen is None:
        return Quote(())
    amount_fen = places * money.for_duration(hourly_fen, window.duration)
    hours = round(places * window.minutes / 60, 2)
    return Quote((QuoteLine("machine_time", hours, "hour", hourly_fen, amount_fen),))
