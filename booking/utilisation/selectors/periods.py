"""Periods of local dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from booking.utilisation.errors import PeriodInvalid

LONGEST_PERIOD: Final = timedelta(days=3 * 366)
_FIRST_YEAR: Final = 1900


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates [from_on, until_on), each in its institution's zone. Raises PeriodInvalid."""

    from_on: date
    until_on: date

    def __post_init__(self) -> None:
        length = self.until_on - self.from_on
        if not timedelta(0) < length <= LONGEST_PERIOD or self.from_on.year < _FIRST_YEAR:
            raise PeriodInvalid

    @property
    def last_on(self) -> date:
        """The last day of the period, as people name its end."""
        return self.until_on - timedelta(days=1)

    @property
    def year_before(self) -> "Period":
        """The same dates one year earlier; 29 February becomes 1 March."""
        return Period(_year_before(self.from_on), _year_before(self.until_on))


def _year_before(on: date) -> date:
    try:
        return on.replace(year=on.year - 1)
    except ValueError:
        return date(on.year - 1, 3, 1)
