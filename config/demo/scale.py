"""How large a demo province is."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of one demo province. Two institutions lie abroad; bulk: worth rebuilding indexes after loading."""

    name: str
    institutions: int
    instruments: int
    enterprises: int
    researchers_each: int
    individuals: int
    demand: float
    bulk: bool


SMALL: Final = Scale("small", 12, 60, 40, 8, 10, demand=0.3, bulk=False)
CITY: Final = Scale("city", 24, 420, 300, 40, 60, demand=0.44, bulk=True)
PROVINCE: Final = Scale("province", 120, 7000, 3000, 40, 300, demand=0.44, bulk=True)
SCALES: Final = {scale.name: scale for scale in (SMALL, CITY, PROVINCE)}

FIRST_INSTITUTION_INSTRUMENTS: Final = 15
PAST_DAYS: Final = 365
COMING_DAYS: Final = 21


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make: a scale, a seed, and the instant that is "now" in it (aware, UTC)."""

    scale: Scale
    seed: int
    on: date
    now: datetime

    def dice(self, topic: str) -> Random:
        """Reproducible chance, independent for every topic."""
        return Random(f"{self.seed} {topic}")  # noqa: S311 - reproducible, not secret
